"""`loss="auto"`: what is chosen, what is said, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import Model, Sequential, layers, losses
from lamina.training.choosing import choose

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).astype("float32")
LABELS = np.arange(24) % 3
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
YES_NO = (np.arange(24) % 2)[:, None]
NUMBERS = RNG.normal(size=(24, 1)).astype("float32")


def _model(units, activation, *more):
    return Sequential([layers.Input((4,)), layers.Dense(units, activation=activation), *more])


def _auto(model, y, metrics=None):
    model.compile("sgd", loss="auto", metrics=metrics)
    model.fit(X, y, verbose=0, preflight=False)  # which would warn of a Dropout at the end
    (choice,) = model.loss_choices.values()
    return type(choice.loss).__name__, getattr(choice.loss, "from_logits", False)


CHOICES = [
    (1, "sigmoid", YES_NO, "BinaryCrossentropy", False),
    (1, "sigmoid", YES_NO[:, 0].astype(bool), "BinaryCrossentropy", False),
    (3, "sigmoid", RNG.integers(0, 2, (24, 3)), "BinaryCrossentropy", False),
    (1, None, YES_NO, "BinaryCrossentropy", True),
    (3, None, RNG.integers(0, 2, (24, 3)), "BinaryCrossentropy", True),
    (3, "softmax", ONE_HOT, "CategoricalCrossentropy", False),
    (3, "softmax", RNG.dirichlet(np.ones(3), 24), "CategoricalCrossentropy", False),
    (3, None, ONE_HOT, "CategoricalCrossentropy", True),
    (3, "softmax", LABELS, "SparseCategoricalCrossentropy", False),
    (3, "softmax", LABELS[:, None].astype("float32"), "SparseCategoricalCrossentropy", False),
    (3, None, LABELS, "SparseCategoricalCrossentropy", True),
    (1, None, NUMBERS, "MeanSquaredError", False),
    (1, None, NUMBERS[:, 0], "MeanSquaredError", False),
    (1, "relu", np.abs(NUMBERS), "MeanSquaredError", False),
    (1, None, np.arange(24)[:, None], "MeanSquaredError", False),
    (3, None, RNG.normal(size=(24, 3)), "MeanSquaredError", False),
]


@pytest.mark.parametrize(("units", "activation", "y", "name", "logits"), CHOICES)
def test_choices(trains, units, activation, y, name, logits):
    assert _auto(_model(units, activation), y) == (name, logits)


@pytest.mark.parametrize("after", [layers.Activation, layers.Softmax, layers.Dropout])
def test_the_last_activation_is_found(after):
    more = {
        layers.Activation: layers.Activation("softmax"),
        layers.Softmax: layers.Softmax(),
        layers.Dropout: layers.Dropout(0.1),
    }[after]
    model = _model(3, "softmax" if after is layers.Dropout else None, more)
    assert _auto(model, LABELS) == ("SparseCategoricalCrossentropy", False)


def test_the_last_activation_within_a_model_and_of_an_op():
    inputs = layers.Input((4,))
    inner = Model(inputs, layers.Dense(3, activation="softmax")(inputs))
    other = layers.Input((4,))
    assert _auto(Model(other, inner(other)), LABELS)[1] is False
    hidden = layers.Dense(3)(inputs)
    assert _auto(Model(inputs, lamina.ops.softmax(hidden)), LABELS)[1] is False


def test_sequences_of_labels(trains):
    model = Sequential([layers.Input((6, 4)), layers.Dense(5)])
    x = RNG.normal(size=(8, 6, 4)).astype("float32")
    model.compile("sgd", "auto")
    model.fit(x, np.array([[1, 2, 0]] * 8), verbose=0)
    (choice,) = model.loss_choices.values()
    assert isinstance(choice.loss, losses.CTC)


def test_it_is_said_once_and_kept(trains, capsys):
    model = _model(3, "softmax")
    model.compile("sgd", "auto", metrics=["accuracy"])
    model.fit(X, LABELS, epochs=2, verbose=2)
    said = [line for line in capsys.readouterr().out.splitlines() if "auto" in line]
    assert len(said) == 1 and "SparseCategoricalCrossentropy" in said[0] and "because" in said[0]
    model.evaluate(X, LABELS, verbose=0)
    assert capsys.readouterr().out == ""


def test_one_output_of_several(trains):
    inputs = layers.Input((4,))
    outputs = [
        layers.Dense(3, activation="softmax", name="kind")(inputs),
        layers.Dense(1, name="size")(inputs),
    ]
    model = Model(inputs, outputs)
    model.compile("sgd", {"kind": "auto", "size": "mae"})
    model.fit(X, [LABELS, NUMBERS], verbose=0)
    assert list(model.loss_choices) == ["kind"]
    both = Model(inputs, outputs)
    both.compile("sgd", "auto")
    both.fit(X, {"kind": ONE_HOT, "size": NUMBERS}, verbose=0)
    assert [type(c.loss).__name__ for c in both.loss_choices.values()] == [
        "CategoricalCrossentropy",
        "MeanSquaredError",
    ]


class Own(Model):
    """A model whose last activation cannot be seen."""

    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, inputs):
        return self.dense(inputs)


def test_what_cannot_be_seen_is_not_guessed(trains):
    assert _auto(Own(1), NUMBERS) == ("MeanSquaredError", False)
    for units, y, kind in (
        (3, LABELS, "SparseCategoricalCrossentropy"),
        (3, ONE_HOT, "CategoricalCrossentropy"),
        (1, YES_NO, "BinaryCrossentropy"),
    ):
        with pytest.raises(ValueError, match=rf"cannot be seen. Give losses.{kind}\(\) for prob"):
            _auto(Own(units), y)


@pytest.mark.parametrize(
    ("activation", "target", "predicted", "words"),
    [
        ("softmax", YES_NO, (None, 1), "a softmax over one unit is always 1"),
        ("softmax", RNG.integers(0, 9, (24, 3)), (None, 3), "sum to 1, and the targets' do not"),
        ("sigmoid", 5 * NUMBERS, (None, 1), "stays between 0 and 1"),
        ("sigmoid", RNG.uniform(size=(24, 1)), (None, 1), "BinaryCrossentropy.*MeanSquaredError"),
        ("sigmoid", LABELS, (None, 3), "do not go with sigmoid.*softmax"),
        ("tanh", YES_NO, (None, 1), "do not go with tanh.*losses.Hinge"),
        ("softmax", LABELS + 1, (None, 3), "from 0 to 2"),
        ("softmax", NUMBERS[:, 0], (None, 3), "would be whole"),
        (None, NUMBERS, (None, 4, 2), "shapes go with no loss"),
        ("softmax", np.ones((24, 3), int), (None, 6, 5), "Leave out the softmax"),
        ("linear", np.ones((24, 9), int), (None, 6, 5), "9 labels do not fit into 6 frames"),
    ],
)
def test_refusals_list_what_could_be_meant(activation, target, predicted, words):
    with pytest.raises(ValueError, match=words) as error:
        choose("out", activation, target, predicted)
    assert "'out'" in str(error.value) and str(target.shape) in str(error.value)


def test_steps_of_sequences_and_sequences_of_labels_are_told_apart():
    steps = choose("out", "linear", np.zeros((4, 6), int), (None, 6, 5))
    assert isinstance(steps.loss, losses.SparseCategoricalCrossentropy)
    assert isinstance(choose("out", "linear", np.ones((4, 3), int), (None, 6, 5)).loss, losses.CTC)
