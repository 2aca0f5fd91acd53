"""The shape of a model's output by the formulas of its layers is that of evaluation."""

import numpy as np
import pytest

import lamina
from lamina import layers, models
from lamina.core import abstract
from lamina.layers.formulas import formulas


def chain():
    return models.Sequential(
        [layers.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3)]
    )


def branches():
    x = layers.Input((4,))
    a, b = layers.Dense(3, activation="relu")(x), layers.Dense(3)(x)
    return models.Model(x, layers.Dense(2)(layers.Concatenate()([a, layers.Add()([a, b])])))


def nested():
    x = layers.Input((8, 8, 1))
    return models.Model(x, layers.Dense(2)(chain()(x)))


@pytest.fixture
def evaluations(monkeypatch):
    """What was evaluated on shapes since the model was defined."""
    evaluate, calls = abstract.evaluate, []
    monkeypatch.setattr(abstract, "evaluate", lambda *a: calls.append(a[0]) or evaluate(*a))
    return calls


@pytest.mark.parametrize("make", [chain, branches, nested])
def test_formulas_say_what_evaluation_says(make, evaluations, monkeypatch):
    model = make()
    x = lamina.KerasTensor(model.inputs[0].shape, "float32")
    evaluations.clear()
    known = model(x).shape
    assert not evaluations
    monkeypatch.delitem(formulas, type(model))
    abstract.forget()
    assert (model(x).shape, bool(evaluations)) == (known, True)


def test_a_layer_that_was_changed_since_counts_as_it_is(evaluations):
    model = models.Sequential([layers.Dense(6, input_shape=(4,))])
    model.layers[-1].activation = lamina.activations.glu
    assert model(lamina.KerasTensor((None, 4), "float32")).shape == (None, 3)


def several():
    x = layers.Input((4,))
    return models.Model(x, [layers.Dense(2)(x), layers.Dense(3)(x)])


def with_an_op():
    x = layers.Input((4,))
    return models.Model(x, layers.Dense(2)(x) + 1.0)


@pytest.mark.parametrize("make", [several, with_an_op])
def test_other_models_are_evaluated(make, evaluations):
    model = make()
    evaluations.clear()
    abstract.forget()
    outputs = model(lamina.KerasTensor((None, 4), "float32"))
    assert evaluations
    values = model(np.zeros((2, 4), "float32"))
    shapes = lamina.tree.map_structure(lambda x: tuple(x.shape)[1:], [outputs, values])
    assert shapes[0] == shapes[1]
