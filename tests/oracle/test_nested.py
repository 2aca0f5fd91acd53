"""Nested outputs, losses, metrics and weights: both libraries take the same, and give the same numbers."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import keras
import numpy as np
import pytest

import lamina

Pair = namedtuple("Pair", ["first", "second"])
X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
A, B = X[:, :1] * 2, X[:, 1:]
W, V = np.array([1.0, 2.0, 0.0, 1.0], "float32"), np.array([0.5, 1.0, 1.0, 3.0], "float32")

STRUCTURES = {
    "list": lambda a, b: [a, b],
    "tuple": lambda a, b: (a, b),
    "dict": lambda a, b: {"a": a, "b": b},
    "dict in another order": lambda a, b: {"b": b, "a": a},
    "named tuple": lambda a, b: Pair(a, b),
    "nested list": lambda a, b: [[a], [b]],
    "nested dict": lambda a, b: {"one": {"a": a}, "two": {"b": b}},
    "dict of lists": lambda a, b: {"all": [a, b]},
}
DEEP = ("nested list", "nested dict", "dict of lists")  # where each library has names of its own
# What `compile` takes, what the call takes besides x and y; `s` gives a structure like the outputs'.
PLANS: dict[str, Any] = {
    "one loss for all": lambda s: ({"loss": "mse"}, {}),
    "a loss each": lambda s: ({"loss": s("mse", "mae")}, {}),
    "weights of losses": lambda s: ({"loss": s("mse", "mae"), "loss_weights": s(0.5, 2.0)}, {}),
    "no loss for one": lambda s: ({"loss": s("mse", None)}, {}),
    "a metric each": lambda s: ({"loss": s("mse", "mse"), "metrics": s(["mae"], ["mse"])}, {}),
    "metrics of one": lambda s: ({"loss": s("mse", "mse"), "metrics": s(["mae"], None)}, {}),
    "weights of samples": lambda s: ({"loss": s("mse", "mae")}, {"sample_weight": s(W, V)}),
    "weights of one": lambda s: ({"loss": s("mse", "mae")}, {"sample_weight": s(W, None)}),
    "weights for all": lambda s: ({"loss": s("mse", "mae")}, {"sample_weight": W}),
    "weighted metrics": lambda s: (
        {"loss": s("mse", "mae"), "weighted_metrics": s(["mae"], ["mse"])},
        {"sample_weight": s(W, V)},
    ),
}


def outcome(library: Any, structure: str, plan: str) -> dict[str, float] | type[Exception]:
    """Return the logs of one batch, by both steps, or the kind of error."""
    s = STRUCTURES[structure]
    x = library.Input((3,))
    start = {"kernel_initializer": "ones", "bias_initializer": "ones"}
    outputs = s(
        library.layers.Dense(1, name="a", **start)(x), library.layers.Dense(2, name="b", **start)(x)
    )
    compiled, given = PLANS[plan](s)
    try:
        model = library.Model(x, outputs)
        model.compile(library.optimizers.SGD(0.125), **compiled)
        first = model.train_on_batch(X, s(A, B), return_dict=True, **given)
        model.reset_metrics()
        second = model.test_on_batch(X, s(A, B), return_dict=True, **given)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        return type(error)
    logs = {f"train {n}": float(v) for n, v in first.items()}
    return logs | {n: float(v) for n, v in second.items()}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_same_is_taken_and_computed(structure, plan):
    theirs, ours = (outcome(library, structure, plan) for library in (keras, lamina))
    if not isinstance(
        theirs, dict
    ):  # Keras takes no metrics there; the numbers are those of a list
        assert structure in DEEP
        theirs = outcome(keras, "list", plan)
    assert isinstance(ours, dict)
    if structure in DEEP:
        assert sorted(ours.values()) == pytest.approx(sorted(theirs.values()), rel=1e-5)
    else:
        assert ours == pytest.approx(theirs, rel=1e-5)
