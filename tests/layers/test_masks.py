"""Masks: made, used, joined, passed on and ended."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import masks
from tests.layers.checks import draw


def masked(x, mask):
    x = ops.convert_to_tensor(np.asarray(x, "float32"))
    masks.set_mask(x, ops.convert_to_tensor(np.asarray(mask)))
    return x


def mask_of(x):
    mask = masks.get_mask(x)
    return None if mask is None else ops.convert_to_numpy(mask).tolist()


def values(x):
    return ops.convert_to_numpy(x).ravel().tolist()


def test_embedding_makes_a_mask_that_reaches_the_lstm(engine):
    ids = np.array([[3, 4, 0, 0], [1, 2, 5, 6]])
    embedding, dropout = layers.Embedding(7, 4, mask_zero=True), layers.Dropout(0.1)
    lstm = layers.LSTM(3)
    x = dropout(embedding(ids))
    assert mask_of(x) == (ids != 0).tolist()
    short = lstm(embedding(ids[:1, :2]))
    np.testing.assert_allclose(
        ops.convert_to_numpy(lstm(x))[:1], ops.convert_to_numpy(short), rtol=1e-5, atol=1e-6
    )


def test_masking_zeroes_what_it_masks(engine):
    y = layers.Masking(2.0)(np.array([[[2.0, 2.0], [2.0, 1.0]]], "float32"))
    assert values(y) == [0.0, 0.0, 2.0, 1.0]
    assert mask_of(y) == [[False, True]]


_X, _Y = [[[1.0], [2.0], [3.0], [4.0]]], [[[10.0], [20.0], [30.0], [40.0]]]
_M, _N = [[True, True, False, False]], [[True, False, True, False]]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Add", [11, 22, 33, 44]),
        ("Subtract", [-9, -18, -27, -36]),
        ("Multiply", [10, 2, 30, 0]),
        ("Average", [5.5, 11, 16.5, 22]),
        ("Maximum", [10, 2, 30]),
        ("Minimum", [1, 2, 30]),
    ],
)
def test_merging_leaves_out_what_is_masked(name, expected, engine):
    y = getattr(layers, name)()([masked(_X, _M), masked(_Y, _N)])
    assert values(y)[: len(expected)] == expected
    assert mask_of(y) == [[True, True, True, False]]


def test_merging_with_an_input_without_a_mask_has_no_mask(engine):
    y = layers.Multiply()([masked(_X, _M), np.asarray(_Y, "float32")])
    assert values(y) == [10, 40, 90, 160]
    assert mask_of(y) is None


def test_concatenate_joins_masks_along_time(engine):
    y = layers.Concatenate(axis=1)([masked(_X, _M), np.asarray(_Y, "float32")])
    assert mask_of(y) == [[True, True, False, False, True, True, True, True]]
    y = layers.Concatenate()([masked(_X, _M), masked(_Y, _N)])
    assert mask_of(y) == [[True, True, True, False]]


def test_average_over_time_of_what_counts(engine):
    x = np.arange(8, dtype="float32").reshape(2, 2, 2)
    y = layers.GlobalAveragePooling1D()(x, mask=np.array([[True, False], [False, False]]))
    assert ops.convert_to_numpy(y).tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_softmax_leaves_out_what_is_masked(engine):
    x = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], "float32")
    y = layers.Softmax()(x, mask=np.array([[True, False, True], [False, False, False]]))
    y = ops.convert_to_numpy(y)
    assert y[0, 1] == 0 and y[0].sum() == pytest.approx(1, rel=1e-6)
    assert y[1].tolist() == [0.0, 0.0, 0.0]


def test_batch_normalization_counts_only_what_is_not_masked(engine):
    x, mask = draw((2, 3, 2)), np.array([[1, 1, 0], [1, 0, 0]], bool)
    layer = layers.BatchNormalization(momentum=0.5)
    layer(x, training=True, mask=mask)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x[mask].mean(0) / 2, rtol=1e-5)
    wanted = x[mask].var(0) / 2 + 0.5
    np.testing.assert_allclose(layer.moving_variance.numpy(), wanted, rtol=1e-5)


def test_a_layer_without_masks_ends_them_with_a_warning(engine):
    with pytest.warns(UserWarning, match="Flatten.*does not support masks"):
        y = layers.Flatten()(masked(draw((2, 3, 4)), np.ones((2, 3), bool)))
    assert mask_of(y) is None


# In symbolic calls.


class Masked(lamina.Layer):
    """Multiplies by the mask, which it must get."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, x, mask=None):
        return x * ops.expand_dims(ops.cast(mask, x.dtype), -1)


class Declared(lamina.Layer):
    """Passes the mask on, and says itself what its output is."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, x):
        return x * 1.0

    def compute_output_spec(self, x):
        return lamina.KerasTensor(x.shape, x.dtype)


BEFORE = {
    "embedding": lambda x: x,
    "dense": lambda x: layers.Dense(3)(x),
    "lstm": lambda x: layers.LSTM(3, return_sequences=True)(x),
    "bidirectional": lambda x: layers.Bidirectional(layers.GRU(2, return_sequences=True))(x),
    "add": lambda x: layers.Add()([x, layers.Dropout(0.1)(x)]),
    "declared": lambda x: Declared()(x),
    "model": lambda x: lamina.Sequential([layers.Input((None, 3)), layers.Dense(3)])(x),
}


@pytest.mark.parametrize("before", BEFORE)
def test_masks_reach_layers_in_symbolic_calls(before, engine):
    """A layer gets the mask when the model is defined as when it runs."""
    ids = layers.Input((None,), dtype="int32")
    for _ in range(2):  # the second time the shapes are known
        x = BEFORE[before](layers.Embedding(9, 3, mask_zero=True)(ids))
        y = Masked()(x)
        assert y.shape == x.shape
    values = ops.convert_to_numpy(lamina.Model(ids, y)(np.array([[1, 2, 0], [3, 0, 0]])))
    assert not values[0, 2].any() and not values[1, 1:].any()
