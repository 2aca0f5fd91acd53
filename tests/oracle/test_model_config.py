"""Models described as data: Keras reads lamina's descriptions, and lamina Keras'."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

import lamina
from lamina.core import registry


def _nested(lib):
    inner = lib.Sequential([lib.Input((4,)), lib.layers.Dense(3, activation="relu")], name="inner")
    return lib.Sequential([lib.Input((4,)), inner, lib.layers.Dense(2)], name="outer")


def _branches(lib):
    x = lib.Input((4,), name="x")
    dense = lib.layers.Dense(4, name="dense")
    shared = dense(dense(x))
    return lib.Model(
        {"x": x}, [lib.layers.Add(name="sum")([shared, x]), lib.layers.Dense(1)(shared)]
    )


def _ops(lib):
    x = lib.Input((4,), name="x")
    total = lib.ops.sum(x, axis=1, keepdims=True)
    y = lib.ops.concatenate([x[:, 1:3], total * 2.0, lib.ops.relu(x)], axis=-1)
    return lib.Model(x, lib.ops.log_softmax(y))


def _nested_functional(lib):
    x = lib.Input((4,), name="x")
    return lib.Model(x, _branches(lib)({"x": x}))


MODELS = [_nested, _branches, _ops, _nested_functional]
X = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")


def _outputs(model):
    sequential = isinstance(model, (lamina.Sequential, keras.Sequential))
    given = {"x": X} if not sequential and isinstance(model.input, dict) else X
    return [np.asarray(y) for y in lamina.tree.flatten(model(given))]


def _same_numbers(one, other):
    other.set_weights(one.get_weights())
    for a, b in zip(_outputs(one), _outputs(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", MODELS)
def test_a_model_comes_back_from_its_description(make):
    model = make(lamina)
    config = json.loads(json.dumps(lamina.layers.serialize(model)))
    again = lamina.layers.deserialize(config)
    assert type(again) is type(model) and registry.serialize(again) == registry.serialize(model)
    _same_numbers(model, again)
    _same_numbers(model, type(model).from_config(model.get_config()))


@pytest.mark.parametrize("make", MODELS)
def test_keras_reads_laminas_description(make):
    model = make(lamina)
    config = json.loads(json.dumps(lamina.layers.serialize(model)))
    _same_numbers(model, keras.saving.deserialize_keras_object(config))


@pytest.mark.parametrize("make", MODELS)
def test_lamina_reads_keras_description(make):
    model = make(keras)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    _same_numbers(model, registry.deserialize(config))


def test_a_function_without_a_name_in_files_is_refused():
    x = lamina.Input((4,))
    model = lamina.Model(x, lamina.ops.map(lambda row: row * 2, x))
    with pytest.raises(ValueError, match="'map', which has no name in files"):
        model.get_config()
