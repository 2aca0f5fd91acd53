"""Shapes and dtypes of results, inferred without computing."""

from __future__ import annotations

import re

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import abstract, masks
from lamina.core.abstract import STAND_INS
from lamina.core.function import Function
from lamina.core.symbolic import KerasTensor
from tests.layers.checks import draw, raises_with


def test_unknown_sizes_stay_unknown_and_known_ones_known(engine):
    x = KerasTensor((None, 4, None), "float32")
    assert (x + 1).shape == (None, 4, None)
    assert ops.sum(x, axis=0).shape == (4, None)
    assert ops.concatenate([x, x], axis=1).shape == (None, 8, None)
    assert ops.reshape(KerasTensor((None, 4, 6)), (-1, 24)).shape == (None, 24)
    assert ops.reshape(KerasTensor((None, 4, 6)), (-1, 2)).shape == (None, 2)
    assert ops.matmul(x, KerasTensor((None, None, 5))).shape == (None, 4, 5)


class Positions(lamina.Layer):
    """Adds the first rows of a table, as many as there are positions."""

    def __init__(self, rows, alone=False):
        super().__init__()
        self.rows, self.alone = rows, alone

    def build(self, input_shape):
        self.table = self.add_weight((self.rows, input_shape[-1]))

    def call(self, x):
        table = self.table[: ops.shape(x)[1]]
        return ops.expand_dims(table, 0) if self.alone else x + table


@pytest.mark.parametrize("rows", [512, 30, 10])
def test_tables_are_cut_to_an_unknown_length(engine, rows):
    x = layers.Input((None, 8))
    assert Positions(rows)(x).shape == (None, None, 8)
    model = lamina.Model(x, layers.Dense(1)(Positions(rows)(x)))
    assert model(draw((2, 3, 8))).shape == (2, 3, 1)


def test_a_size_that_a_table_limits_is_unknown(engine):
    assert Positions(512, alone=True)(layers.Input((None, 8))).shape == (1, None, 8)


class Pooled(lamina.Layer):
    """Pools `times`, without padding."""

    def __init__(self, times):
        super().__init__()
        self.pools = [layers.MaxPooling1D(3, 2) for _ in range(times)]

    def call(self, x):
        for pool in self.pools:
            x = pool(x)
        return x


@pytest.mark.parametrize("times", [1, 3, 7])
def test_unknown_lengths_may_be_pooled_often(engine, times):
    assert Pooled(times)(layers.Input((None, 8))).shape == (None, None, 8)


class Halved(lamina.Layer):
    """Halves the length `times`, doubles it again, and joins what has one length, as a U-Net does."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def call(self, x):
        if not self.times:
            return x
        inner = Halved(self.times - 1).call(ops.max_pool(x, 2))
        return ops.concatenate([x, ops.repeat(inner, 2, axis=1)], axis=-1)


@pytest.mark.parametrize("times", [1, 3, 5])
def test_unknown_lengths_may_be_halved_and_doubled(engine, times):
    assert Halved(times)(layers.Input((None, 8))).shape == (None, None, 8 * (times + 1))


def test_a_weight_of_unknown_size_is_refused_within_other_layers(engine):
    class Outer(lamina.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(ops.transpose(x, (0, 2, 1)))

    with raises_with(ValueError, "(None, 3)", "a size is unknown"):
        Outer()(layers.Input((None, 8)))


def test_ranks_and_numbers_of_results_must_not_depend_on_unknown_sizes():
    class Unstacked(lamina.Layer):
        def call(self, x):
            return ops.unstack(x, axis=1)

    class Squeezed(lamina.Layer):
        def call(self, x):
            return x if x.shape[1] > 100 else x[:, 0]

    for layer in (Unstacked(), Squeezed()):
        with raises_with(ValueError, "depends on a size that is unknown"):
            layer(layers.Input((None, 8)))


def test_numbers_of_the_user_stay_in_errors(engine):
    """24 is a stand-in, too."""

    class Wrong(lamina.Layer):
        def call(self, x):
            raise ValueError(f"{x.shape[1]} positions and {x.shape[2]} features")

    with raises_with(ValueError, "None positions and 24 features"):
        Wrong()(layers.Input((None, 24)))


def test_dtypes_are_inferred(engine):
    x = KerasTensor((None, 2), "int32")
    assert (x + 1).dtype == "int32" and (x * 0.5).dtype == "float32" and (x > 1).dtype == "bool"
    assert ops.argmax(x, axis=-1).dtype == "int32"
    assert (KerasTensor((2,), "bfloat16") + 1.0).dtype == "bfloat16"


def test_errors_know_no_stand_ins(engine):
    x = KerasTensor((None, 4), "float32")
    for wrong in (
        lambda: ops.matmul(x, np.ones((5, 2), "float32")),
        lambda: x + np.ones(3, "float32"),
        lambda: ops.reshape(x, (3, -1, 11)),
    ):
        with pytest.raises(ValueError) as caught:
            wrong()
        assert not re.search(rf"\b({'|'.join(map(str, STAND_INS[:4]))})\b", str(caught.value))
        assert "ops." in str(caught.value) and "float32[None, 4]" in str(caught.value)


# Code that needs values.

ASKS_FOR_A_VALUE = {
    "numpy": lambda x: np.exp(np.asarray(x)),
    "float": lambda x: x * float(ops.sum(x)),
    "int": lambda x: x[: int(ops.sum(x))],
    "if": lambda x: x if ops.sum(x) > 0 else -x,
    "numpy()": lambda x: x.numpy(),
    "tolist": lambda x: x.tolist(),
    "convert_to_numpy": ops.convert_to_numpy,
}


@pytest.mark.parametrize("way", ASKS_FOR_A_VALUE)
def test_code_in_call_that_asks_for_a_value_is_told_so(way, engine):
    class Asks(lamina.Layer):
        def call(self, x):
            return ASKS_FOR_A_VALUE[way](x)

    with raises_with(ValueError, "(Asks)", "(None, 3)", "asks for the value", "lamina.ops"):
        Asks()(layers.Input((3,)))


# Results are kept.


class Held(layers.Layer):
    """A user's layer: its shape depends on a global."""

    rows = 3

    def call(self, x):
        return x[:, : Held.rows]


def test_users_layers_are_inferred_anew(monkeypatch):
    x = layers.Input((8,))
    assert Held()(x).shape == (None, 3)
    monkeypatch.setattr(Held, "rows", 5)
    assert Held()(x).shape == (None, 5)
    wrapped = layers.TimeDistributed(Held())
    monkeypatch.setattr(Held, "rows", 2)
    assert wrapped(layers.Input((4, 8))).shape == (None, 4, 2)


def test_a_layer_that_changes_is_inferred_anew():
    x = layers.Input((8,))
    flat = layers.Reshape((2, 4))
    assert flat(x).shape == (None, 2, 4)
    flat.target_shape = (4, 2)
    assert flat(x).shape == (None, 4, 2)


def test_equal_numbers_of_different_types_are_different():
    x = KerasTensor((3,), "int32")
    assert [(x * n).dtype for n in (1, 1.0, True)] == ["int32", "float32", "int32"]


def test_settings_decide_too():
    image = KerasTensor((None, 8, 6, 4))
    assert ops.max_pool(image, 2).shape == (None, 4, 3, 4)
    lamina.config.set_image_data_format("channels_first")
    try:
        assert ops.max_pool(image, 2).shape == (None, 8, 3, 2)
    finally:
        lamina.config.set_image_data_format("channels_last")


def test_the_second_of_equal_layers_is_not_evaluated(engine, monkeypatch):
    x = layers.Input((None, 6))

    def define():
        y = layers.LSTM(4, return_sequences=True, dropout=0.1)(x)
        y = layers.LayerNormalization()(layers.Dense(4, activation="gelu")(y) + y)
        return layers.Dropout(0.2)(layers.MultiHeadAttention(2, 3)(y, y))

    first = define()
    monkeypatch.setattr(abstract, "evaluate", None)
    assert define().shape == first.shape == (None, None, 4)


MAY_HIDE = {
    "node": lambda x: layers.Dense(4)(x).node,
    "function": lambda x: Function(x, x + 1),
    "functional": lambda x: lamina.Model(x, x + 1),
    "sequential": lambda x: lamina.Sequential([x, layers.Dense(2)]),
    "model in a layer": lambda x: layers.TimeDistributed(lamina.Sequential([x, layers.Dense(2)])),
    "user's function": lambda x: layers.Lambda(lambda y: y),
    "user's activation": lambda x: layers.Dense(4, activation=lambda y: y),
    "unbuilt cell": lambda x: layers.RNN(layers.LSTMCell(2)),
}


@pytest.mark.parametrize("what", MAY_HIDE)
def test_what_may_hide_something_is_not_kept(what):
    """Graphs, what users write, and what an evaluation would build."""
    thing = MAY_HIDE[what](layers.Input((4,)))
    calls = []
    for _ in range(2):
        abstract.kept((thing,), lambda: calls.append(1) or "result")
    assert len(calls) == 2


def test_layers_of_lamina_hide_nothing_in_slots():
    """`Layer.__decisive__` returns the attributes; a class with slots must say what else decides."""
    for kind in vars(layers).values():
        if isinstance(kind, type) and issubclass(kind, layers.Layer) and kind is not layers.Layer:
            own = [base for base in kind.__mro__ if issubclass(base, layers.Layer)][:-1]
            if any("__decisive__" in vars(base) for base in own):
                continue
            assert not any(vars(base).get("__slots__") for base in own), kind


def test_dtypes_and_masks_are_told_apart():
    x = layers.Input((4, 3))
    assert [layers.Dense(2, dtype=d)(x).dtype for d in ("float32", "float16")] == [
        "float32",
        "float16",
    ]
    ids = layers.Input((4,), dtype="int32")
    for mask_zero in (True, False, True):
        y = layers.Dense(2)(layers.Embedding(5, 3, mask_zero=mask_zero)(ids))
        assert (masks.get_mask(y) is not None) == mask_zero
