"""What cannot be meant is refused where it is given: masks, shapes, names, dtypes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import lamina
from lamina import layers
from tests.layers.checks import raises_with

SEQUENCE = np.ones((2, 5, 3), "float32")
TAKE_MASKS = {
    "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(2)),
    "SimpleRNN": lambda: layers.SimpleRNN(2),
    "GRU": lambda: layers.GRU(2, return_sequences=True),
    "LSTM": lambda: layers.LSTM(2),
    "RNN": lambda: layers.RNN(layers.LSTMCell(2)),
    "Bidirectional": lambda: layers.Bidirectional(layers.GRU(2)),
    "GlobalAveragePooling1D": layers.GlobalAveragePooling1D,
    "BatchNormalization": layers.BatchNormalization,
}


OTHER_SHAPES = [*itertools.product(TAKE_MASKS, [(2, 6), (2, 1), (1, 5), (2,)])]
OTHER_SHAPES.remove(("BatchNormalization", (2,)))  # it may count samples instead of places in them


@pytest.mark.parametrize(("name", "shape"), OTHER_SHAPES)
def test_a_mask_of_another_shape_is_refused(backend, name, shape):
    options = {"training": True} if name == "BatchNormalization" else {}
    with raises_with(ValueError, "mask", str(shape), "(2, 5)"):
        TAKE_MASKS[name]()(SEQUENCE, mask=np.ones(shape, bool), **options)


def test_masks_of_attention_and_merging_have_the_shape_of_their_input(backend):
    right, wrong = np.ones((2, 5), bool), np.ones((2, 4), bool)
    with raises_with(ValueError, "value_mask", "(2, 4)"):
        layers.Attention()([SEQUENCE, SEQUENCE], mask=[right, wrong])
    with raises_with(ValueError, "key_mask", "(2, 4)"):
        layers.MultiHeadAttention(1, 2)(SEQUENCE, SEQUENCE, SEQUENCE, key_mask=wrong)
    with raises_with(ValueError, "mask", "(2, 4)"):
        layers.Add()([SEQUENCE, SEQUENCE], mask=[right, wrong])
    with raises_with(ValueError, "mask", "(2, 5, 4)"):
        layers.Softmax()(SEQUENCE, mask=np.ones((2, 5, 4), bool))


@pytest.mark.parametrize("keyword", ["input_shape", "batch_input_shape"])
@pytest.mark.parametrize(
    "make",
    [
        lambda **k: layers.Dense(2, **k),
        lambda **k: layers.Conv1D(2, 1, **k),
        layers.Flatten,
        layers.ReLU,
    ],
)
def test_a_layer_made_with_a_shape_takes_no_other(make, keyword):
    shape = (5, 3) if keyword == "input_shape" else (None, 5, 3)
    layer = make(**{keyword: shape})
    for _ in range(2):  # the first call, and with the layer built
        with raises_with(ValueError, "(None, 5, 3)", "(2, 3, 3)"):
            layer(np.ones((2, 3, 3), "float32"))
        with raises_with(ValueError, "(None, 5, 3)", "(None, 3, 3)"):
            layer(lamina.Input((3, 3)))
        layer(SEQUENCE)


def test_the_study_notes_layer_takes_784_and_no_other():
    layer = layers.Dense(32, input_shape=(784,))
    with raises_with(ValueError, "784", "(5, 783)"):
        layer(np.ones((5, 783), "float32"))
    assert layer(np.ones((5, 784), "float32")).shape == (5, 32)
    with raises_with(ValueError, "(None, 7)", "(5, 6)"):
        layers.Dense(3, input_dim=7)(np.ones((5, 6), "float32"))


@pytest.mark.parametrize(
    "make, parts",
    [
        (lambda: layers.Dense(unit=32), ["Dense", "unit", "`units=`"]),
        (lambda: layers.Dense(3, actvation="relu"), ["actvation", "`activation=`"]),
        (lambda: layers.Conv2D(filter=3, kernel_size=3), ["Conv2D", "`filters=`"]),
        (lambda: layers.LSTM(3, return_sequence=True), ["LSTM", "`return_sequences=`"]),
        (lambda: layers.Dense(4, "relu", "he_norml"), ["Dense", "use_bias", "he_norml"]),
        (lambda: layers.LSTM(4, return_sequences="yes"), ["LSTM", "return_sequences", "yes"]),
        (
            lambda: lamina.Sequential(layers.Dense(1), layers.Dense(1)),
            ["Sequential([Dense(...), ...])"],
        ),
    ],
)
def test_a_wrong_argument_is_named_with_the_near_one(make, parts):
    with raises_with(TypeError, *parts):
        make()


@pytest.mark.parametrize(
    "call, parts",
    [
        (lambda: layers.Dense("32"), ["Dense", "units", "'32'"]),
        (
            lambda: layers.Dense(4, kernel_initializer="he_norml"),
            ["Dense", "`kernel_initializer`", "'he_norml'", "'he_normal'"],
        ),
        (
            lambda: layers.Conv2D(2, 3)(np.ones((8, 8), "float32")),
            ["(batch, rows, columns, channels)", "(8, 8)", "x[..., None]"],
        ),
        (
            lambda: layers.LSTM(2)(layers.LSTM(3)(lamina.Input((5, 3)))),
            ["LSTM", "(None, 3)", "return_sequences=True"],
        ),
        (lambda: layers.Dense(2)([SEQUENCE, SEQUENCE]), ["Dense", "1 input", "Concatenate"]),
        (lambda: layers.Lambda(lambda x: None)(SEQUENCE), ["Lambda", "None"]),
        (lambda: layers.Lambda(lambda x: None)(lamina.Input((3,))), ["Lambda", "None"]),
        (lambda: layers.Embedding(5, 2)(np.array([[1.0, 1.7]])), ["Embedding", "1.7"]),
        (lambda: layers.Dense(2)(np.ones((2, 3), complex)), ["Dense", "complex"]),
    ],
)
def test_an_input_that_cannot_be_meant_is_refused(call, parts):
    with raises_with(ValueError, *parts):
        call()


@pytest.mark.parametrize("value", ["no", None, 2])
def test_trainable_is_true_or_false(value):
    layer = layers.Dense(2)
    with pytest.raises((TypeError, ValueError), match="trainable"):
        layer.trainable = value


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.MaxPooling2D(),
        lambda: layers.ZeroPadding2D(),
        lambda: layers.Dropout(0.5),
        lambda: layers.Flatten(),
        lambda: layers.Add(),
        lambda: layers.Activation("relu"),
        lambda: layers.UnitNormalization(),
    ],
)
def test_a_layer_without_weights_is_built_as_soon_as_it_exists(make):
    assert make().built


def test_keras_2_spellings_are_taken():
    assert layers.Conv2D(2, 3, padding="VALID").padding == "valid"
    assert layers.GRU(2, implementation=2).units == 2
    layer = layers.Embedding(4, 2)
    layer.build()
    assert layer.embeddings.shape == (4, 2)
    assert layers.Lambda(lambda xs: xs[0] + xs[1])([SEQUENCE, SEQUENCE]).shape == (2, 5, 3)
    assert layers.Attention().compute_mask([SEQUENCE, SEQUENCE], mask=[None, None]) is None


HUGE = np.array([[1e5, 2e5, 3e5, 4e5], [1e5, 3e5, 2e5, 4e5]], "float32")


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
@pytest.mark.parametrize(
    "make",
    [
        layers.LayerNormalization,
        layers.RMSNormalization,
        layers.UnitNormalization,
        layers.BatchNormalization,
        lambda **k: layers.GroupNormalization(1, **k),
    ],
)
def test_statistics_are_those_of_the_input_as_given(backend, make, policy):
    """100,000 is infinity in float16."""
    options = {"training": True} if make is layers.BatchNormalization else {}
    half, whole = make(dtype=policy)(HUGE, **options), make()(HUGE, **options)
    half = lamina.ops.convert_to_numpy(lamina.ops.cast(half, "float32"))
    np.testing.assert_allclose(half, lamina.ops.convert_to_numpy(whole), atol=0.02)


def test_a_default_of_training_stays_with_its_layer():
    class Training(lamina.Layer):
        def call(self, x, training=True):
            self.seen = training
            return x

    class Told(lamina.Layer):
        def call(self, x, training=None):
            self.seen = training
            return x

    first, second = Training(), Told()
    model = lamina.Sequential([first, second])
    model(SEQUENCE)
    assert first.seen is True and not second.seen


@pytest.mark.parametrize("returns, passes", [(False, False), (True, True)])
def test_a_mask_goes_on_with_all_steps_only(returns, passes):
    embedded = layers.Embedding(9, 3, mask_zero=True)(np.array([[1, 2, 0]]))
    y = layers.GRU(2, return_sequences=returns)(embedded)
    assert (lamina.core.masks.get_mask(y) is not None) == passes


@pytest.mark.parametrize("declared", [(3,), lambda shapes: shapes[0]])
def test_a_lambda_of_a_list_may_say_its_shape(declared):
    x = lamina.Input((3,))
    add = layers.Lambda(lambda xs: xs[0] + xs[1], output_shape=declared)
    assert add([x, x]).shape == (None, 3)


def test_a_lambda_may_say_several_shapes():
    both = layers.Lambda(lambda x: [x, x[:, :1]], output_shape=lambda shape: [shape, (None, 1)])
    assert [y.shape for y in both(lamina.Input((3,)))] == [(None, 3), (None, 1)]
