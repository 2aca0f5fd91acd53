"""Automatic names."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import lamina
from lamina.core import naming


def test_names_count_up_and_start_again():
    first, second = naming.auto_name("made_up"), naming.auto_name("made_up")
    assert (first, second) == ("made_up", "made_up_1")
    assert naming.to_snake_case("Conv2DTranspose") == "conv2d_transpose"
    assert (
        naming.to_snake_case("LSTM") == "lstm" and naming.to_snake_case("MyLayer2") == "my_layer2"
    )


def _named(x):
    return x


class _CallableThing:
    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (_named, "_named"),
        (functools.partial(functools.partial(_named), 1), "_named"),
        (lambda x: x, "metric"),
        (functools.partial(lambda x: x), "metric"),
        (_CallableThing(), "callable_thing"),
    ],
)
def test_functions_have_useful_names(function, name):
    assert naming.of_function(function, "metric").lstrip("_") == name.lstrip("_")


def test_the_history_names_nameless_metrics(trains):
    model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(2,))])
    model.compile(
        "sgd",
        lambda y, p: (y - p) ** 2,
        metrics=[lambda y, p: lamina.ops.abs(y - p), functools.partial(_named_metric, k=2)],
    )
    history = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0).history
    assert list(history) == ["loss", "metric", "_named_metric"]


def _named_metric(y, p, k):
    return k * lamina.ops.abs(y - p)
