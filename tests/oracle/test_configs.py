"""`get_config` of every class is Keras', key by key, in types and values; each side reads the other's."""

from __future__ import annotations

import json
from typing import Any

import keras
import pytest

import lamina
from tests.oracle.config_cases import arguments, classes, find

CASES = [
    pytest.param(name, further, id=f"{name}-{'further' if further else 'required'}")
    for name in classes()
    for further in (False, True)
    if arguments(keras, name, further) is not None
]


# Of a loss, Keras' configuration has no dtype; of some others not all arguments (`written_if_set`).
WRITTEN_BY_US = {"losses": {"dtype"}}


def plain(x: Any) -> Any:
    """Return data without what Keras adds to it: roundings to float32, numbers of NumPy."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return (tuple if isinstance(x, tuple) else list)(map(plain, x))
    if isinstance(x, float):
        return round(float(x), 6) + 0.0
    if hasattr(x, "get_config"):
        return {"class": type(x).__name__, "config": plain(x.get_config())}
    return x


def typed(x: Any) -> Any:
    """Return `x` with the types of all its parts: 0, 0.0 and False are equal, a list and a tuple are not."""
    if isinstance(x, dict):
        return {key: typed(value) for key, value in x.items()}
    parts = list(map(typed, x)) if isinstance(x, (list, tuple)) else x
    return type(x).__name__, parts


def made(library: Any, name: str, further: bool) -> Any:
    return find(library, name)(**arguments(library, name, further))


@pytest.mark.parametrize(("name", "further"), CASES)
def test_the_configuration_is_keras(name, further):
    ours, theirs = (made(k, name, further).get_config() for k in (lamina, keras))
    for key, value in theirs.items():
        if type(value).__name__ == "TrackedList":  # Keras' tracker makes lists of some tuples
            ours[key] = list(ours[key])
    assert typed(plain(without_ours(name, further, ours))) == typed(plain(theirs))


def without_ours(name: str, further: bool, config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration without what Keras' lacks, which must have been given."""
    only_ours = {*getattr(find(lamina, name), "written_if_set", ())}
    only_ours |= WRITTEN_BY_US.get(name.partition(".")[0], set())
    if name == "layers.InputSpec":
        only_ours |= {"name"}
    given = arguments(lamina, name, further) or {}
    set_by_us = only_ours & given.keys()
    assert set_by_us <= config.keys()
    return {
        key: value
        for key, value in config.items()
        if key not in set_by_us - {"activity_regularizer"}
    }


@pytest.mark.parametrize(("name", "further"), CASES)
def test_an_object_is_made_from_keras_configuration(name, further):
    theirs = made(keras, name, further)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(theirs)))
    again = lamina.saving.deserialize_keras_object(config)
    assert type(again) is find(lamina, name)
    assert as_json(again) == as_json(theirs)


def as_json(thing: Any) -> Any:
    return json.loads(json.dumps(plain(thing.get_config())))
