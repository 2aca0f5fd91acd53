"""Attention layers: masks of every kind, scores, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from tests.layers.checks import draw, raises_with

X, Y = draw((2, 5, 6)), draw((2, 3, 6), 1)
QUERIES = np.array([[1, 1, 0, 1, 1], [1, 1, 1, 1, 0]], bool)
KEYS = np.array([[1, 0, 1], [0, 0, 1]], bool)


def numpy(x):
    return np.asarray(ops.convert_to_numpy(x))


def heads(**kwargs):
    return layers.MultiHeadAttention(2, 4, **kwargs)


def test_scores_are_weights_and_agree_with_the_fused_path(engine):
    layer = heads()
    y, scores = layer(X, Y, return_attention_scores=True)
    assert scores.shape == (2, 2, 5, 3)
    np.testing.assert_allclose(numpy(scores).sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(numpy(y), numpy(layer(X, Y)), rtol=1e-4, atol=1e-5)


def test_masked_keys_are_not_seen(engine):
    layer = heads()
    _, scores = layer(X, Y, value_mask=KEYS, return_attention_scores=True)
    assert not numpy(scores)[:, :, :, :][~np.broadcast_to(KEYS[:, None, None], scores.shape)].any()
    changed = np.where(KEYS[..., None], Y, 100.0).astype("float32")
    masked = [numpy(layer(X, y, value_mask=KEYS)) for y in (Y, changed)]
    np.testing.assert_allclose(*masked, rtol=1e-5, atol=1e-6)


def test_a_mask_that_comes_with_the_values_is_used(engine):
    ids = np.array([[1, 2, 0], [3, 0, 0]], "int32")
    embed, attend = layers.Embedding(5, 6, mask_zero=True), heads()
    values = embed(ids)
    given = attend(X, numpy(values), value_mask=ids != 0)
    np.testing.assert_allclose(numpy(attend(X, values)), numpy(given), rtol=1e-5, atol=1e-6)


def test_causal_and_sliding_windows(engine):
    _, scores = heads(sliding_window=2)(X, X, return_attention_scores=True, use_causal_mask=True)
    i, j = np.indices((5, 5))
    assert ((numpy(scores)[0, 0] > 0) == ((j <= i) & (i - j < 2))).all()


def test_an_attention_mask_may_have_heads(engine):
    layer = heads()
    mask = np.ones((2, 2, 5, 3), bool)
    mask[:, 1, :, 0] = False
    _, scores = layer(X, Y, attention_mask=mask, return_attention_scores=True)
    assert numpy(scores)[:, 0, :, 0].all() and not numpy(scores)[:, 1, :, 0].any()
    by_position, _ = layer(X, Y, attention_mask=mask[:, 0], return_attention_scores=True)
    np.testing.assert_allclose(numpy(by_position), numpy(layer(X, Y)), rtol=1e-4, atol=1e-5)


def test_masks_beside_axes_that_stay_apart(engine):
    x = draw((2, 3, 4, 6))
    layer = heads(attention_axes=(2,))
    whole = numpy(layer(x, x, use_causal_mask=True))
    one = numpy(layer(x[:, 1:2], x[:, 1:2], use_causal_mask=True))
    np.testing.assert_allclose(whole[:, 1:2], one, rtol=1e-5, atol=1e-6)


def test_the_querys_mask_passes_and_zeroes(engine):
    layer = layers.Attention()
    y = numpy(layer([X, Y], mask=[QUERIES, KEYS]))
    assert not y[~QUERIES].any() and y[QUERIES].any(-1).all()


@pytest.mark.parametrize("cls", [layers.Attention, layers.AdditiveAttention])
def test_scores_beside_keras(cls, engine):
    import keras

    theirs, ours = getattr(keras.layers, cls.__name__)(), cls()
    theirs.build([X.shape, Y.shape])
    ours.build([X.shape, Y.shape])
    ours.set_weights(theirs.get_weights())
    options = {"return_attention_scores": True, "use_causal_mask": True}
    for a, b in zip(
        ours([X, Y], mask=[QUERIES, KEYS], **options),
        theirs([X, Y], mask=[QUERIES, KEYS], **options),
        strict=True,
    ):
        np.testing.assert_allclose(numpy(a), np.asarray(b), rtol=1e-5, atol=1e-5)


def test_a_symbolic_model_attends_to_itself(engine):
    x = lamina.Input((None, 6))
    model = lamina.Model(x, heads()(x, x, use_causal_mask=True))
    assert model.output_shape == (None, None, 6)
    assert numpy(model(X)).shape == X.shape


def test_wrong_use_is_explained():
    with raises_with(ValueError, "a query and a value", "`layer(x, x)`"):
        layers.MultiHeadAttention(2, 4)(lamina.Input((5, 4)))
    with raises_with(ValueError, "query, value and key", "(2, 6)"):
        heads()(X[:, 0], X[:, 0])
    with raises_with(ValueError, "3 query heads", "2 groups"):
        layers.GroupQueryAttention(4, 3, 2)
    with raises_with(ValueError, "score_mode", "sum"):
        layers.Attention(score_mode="sum")
    with raises_with(ValueError, "[query_mask, value_mask]"):
        layers.Attention()([X, Y], mask=KEYS)
    with raises_with(ValueError, "EinsumDense", "input,kernel->output"):
        layers.EinsumDense("abc->ab", 3)(X)
    with raises_with(ValueError, "Dot", "sizes", "[5, 3]"):
        layers.Dot(axes=1)([X, Y])


def test_the_parts_that_other_libraries_override_have_keras_names():
    class Uniform(layers.MultiHeadAttention):
        def _masked_softmax(self, attention_scores, attention_mask=None):
            return lamina.ops.ones_like(attention_scores) / attention_scores.shape[-1]

    x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype("float32")
    layer = Uniform(2, 4)
    _, scores = layer(x, x, return_attention_scores=True)
    np.testing.assert_allclose(lamina.ops.convert_to_numpy(scores), 0.2, rtol=1e-6)
    for name in ("query", "key", "value", "output"):
        assert isinstance(getattr(layer, f"_{name}_dense"), layers.EinsumDense)
    assert {x.name for x in layer._flatten_layers(include_self=False)} >= {"query", "key", "value"}
    result, none = layer._compute_attention(*[np.ones((2, 5, 2, 4), "float32")] * 3)
    assert result.shape == (2, 5, 2, 4) and none is None
