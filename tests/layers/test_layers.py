"""Every layer of the table, on every engine, through everything that must hold for a layer."""

from __future__ import annotations

import inspect

import pytest

import lamina
from tests.layers.cases import CASES
from tests.layers.checks import check_layer

# Layers that are not called on a tensor of their own.
_ELSEWHERE = {
    "InputLayer",
    "Wrapper",
    "Lambda",
    "LSTMCell",
    "GRUCell",
    "SimpleRNNCell",
    "StackedRNNCells",
    "Layer",
    "InputSpec",
}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_layer(case, engine):
    check_layer(
        lambda **kwargs: case.layer(lamina.layers, **_without(kwargs, case.kwargs)),
        case.kwargs,
        inputs=case.inputs(),
        free=case.free,
        mask=case.mask() if case.masked else None,
        draws=case.draws,
    )


def _without(kwargs, known):
    return {name: value for name, value in kwargs.items() if name not in known}


def test_every_layer_is_in_the_table():
    public = {
        cls.__name__
        for cls in vars(lamina.layers).values()
        if inspect.isclass(cls) and cls.__module__.startswith("lamina.layers")
    }
    assert public - {case.name for case in CASES} == _ELSEWHERE
