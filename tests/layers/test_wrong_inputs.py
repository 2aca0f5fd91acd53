"""A layer called on what it does not take says so, with its name, and can be called again."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers
from tests.layers.cases import CASES

WRONG = {
    "a list of it": lambda x: [x],
    "two of it": lambda x: [x, x],
    "three of it": lambda x: [x, x, x],
    "a dict": lambda x: {"features": x},
    "an empty list": lambda _: [],
    "nothing": lambda _: None,
    "a number": lambda _: 3,
    "a word": lambda _: "word",
    "words": lambda _: np.array(["one", "two"]),
    "no axes": lambda _: np.float32(1),
    "one axis": lambda _: np.ones(3, "float32"),
    "fewer axes": lambda x: x[0],
    "more axes": lambda x: x[None, None],
}
SHAPELESS = ("nothing", "a number", "a word", "words")
IDS = [f"{number}-{case.name}" for number, case in enumerate(CASES)]


def refusal(layer, inputs):
    """What a `ValueError` says; empty if the layer takes the inputs. Other errors go on."""
    try:
        layer(inputs)
    except ValueError as error:
        return str(error)
    return ""


def symbolic(inputs):
    return lamina.tree.map_structure(
        lambda x: lamina.KerasTensor(np.shape(x), x.dtype.name), inputs
    )


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_wrong_inputs_are_named(case, engine):
    right = case.inputs(batch=2)
    first = right[0] if case.several else right
    for name, make in WRONG.items():
        inputs = make(first)
        for given in (inputs,) if name in SHAPELESS else (inputs, symbolic(inputs)):
            layer = case.layer(layers)
            message = refusal(layer, given)
            # A layer within a wrapper may be the one that refuses.
            names = (layer.name, type(layer).__name__, *(name for name, _ in case.cells), "ops.")
            assert not message or any(name in message for name in names), (name, message)


# Attention's layers check their inputs when called; these have weights that fit any input.
WITH_WEIGHTS = [
    case
    for case in CASES
    if not case.layer(layers).built
    and case.name not in ("Attention", "AdditiveAttention", "Embedding", "ReversibleEmbedding")
]


@pytest.mark.parametrize("case", WITH_WEIGHTS, ids=lambda case: case.name)
def test_a_layer_that_cannot_be_built_stays_as_it_was(case):
    right = case.inputs(batch=2)
    first = right[0] if case.several else right
    failures = 0
    for make in WRONG.values():
        layer = case.layer(layers)
        attributes, weights = dict(vars(layer)), [id(v) for v in layer.variables]
        if refusal(layer, make(first)) and not layer.built:
            failures += 1
            assert vars(layer) == attributes
            assert [id(v) for v in layer.variables] == weights
    assert failures


class Subclass(lamina.Model):
    def __init__(self):
        super().__init__(name="model")
        self.first, self.second = layers.Dense(3), layers.LSTM(2)

    def call(self, inputs):
        return self.second(self.first(inputs))


MODELS = {
    "a sequence": lambda: lamina.Sequential([layers.Dense(3), layers.LSTM(2)], name="model"),
    "a subclass": Subclass,
}
WAYS = {
    "call": lambda model, x: model(x),
    "build": lambda model, x: model.build(x.shape),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "fit": lambda model, x: model.fit(x, np.ones((4, 2), "float32"), verbose=0),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_a_model_takes_the_right_data_after_wrong_ones(make, way):
    model = make()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="3 axes"):
        way(model, np.ones((4, 5), "float32"))
    assert not any(layer.built for layer in (model, *model.layers))
    assert model.weights == []
    way(model, np.ones((4, 6, 7), "float32"))
    assert [v.shape for v in model.weights] == [(7, 3), (3,), (3, 8), (2, 8), (8,)]
    assert model.layers[0].get_build_config()["input_shape"][1:] == (6, 7)
