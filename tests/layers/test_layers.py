"""Every layer of the table, on every engine, and each property that a layer has."""

from __future__ import annotations

import inspect

import pytest

import lamina
from tests.layers.cases import CASES
from tests.layers.checks import PROPERTIES, check_mask, subject_of
from tests.layers.preprocessing.image_cases import ALL

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
    # Each works on one engine only: tests/layers/test_foreign.py.
    "FlaxLayer",
    "JaxLayer",
    "TFSMLayer",
    "TorchModuleWrapper",
    "Pipeline",
    # These work on the host: tests/layers/test_text.py, tests/layers/preprocessing/test_features.py.
    *("HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"),
} | ALL.keys()  # images: tests/layers/preprocessing/


@pytest.mark.parametrize(
    ("number", "check"),
    [
        pytest.param(number, check, id=f"{case}-{check.__name__.removeprefix('check_')}")
        for number, case in enumerate(CASES)
        for check in PROPERTIES
        if case.masked or check is not check_mask
    ],
)
def test_layer(number, check, engine):
    check(subject_of(number, engine.name))


def test_every_layer_is_in_the_table():
    public = {
        cls.__name__
        for cls in vars(lamina.layers).values()
        if inspect.isclass(cls) and cls.__module__.startswith("lamina.layers")
    }
    assert public - {case.name for case in CASES} == _ELSEWHERE
