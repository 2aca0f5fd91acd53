"""Names in configurations resolve in closed tables; nothing is imported by path."""

from __future__ import annotations

import os

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.core import registry
from lamina.saving import register_keras_serializable
from tests.layers.checks import raises_with


@pytest.fixture
def nothing_registered(monkeypatch):
    for name in [*registry.registered()]:
        monkeypatch.delitem(registry.registered(), name)


@pytest.mark.parametrize(
    "config",
    [
        {"module": "os", "class_name": "system", "config": "true"},
        {
            "module": "os",
            "class_name": "system",
            "config": {"command": "true"},
            "registered_name": None,
        },
        {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
        {
            "module": "builtins",
            "class_name": "function",
            "config": "eval",
            "registered_name": "function",
        },
        {"module": "builtins", "class_name": "class", "config": "type", "registered_name": "class"},
        {"module": "builtins", "class_name": "exec", "config": {}},
        {
            "module": "subprocess",
            "class_name": "Popen",
            "config": {"args": ["true"]},
            "registered_name": "Popen",
        },
        {"module": "keras.layers", "class_name": "os.system", "config": {}},
        {"module": "keras.layers.core", "class_name": "__import__", "config": {}},
        {"module": "keras.src.models", "class_name": "Nothing", "config": {}},
        {"module": "lamina.core.registry", "class_name": "Shelf", "config": {}},
        {"module": "numpy", "class_name": "load", "config": {"file": "x"}},
    ],
    ids=lambda config: f"{config['module']}:{config['class_name']}",
)
def test_code_that_the_program_does_not_offer_is_refused(config, monkeypatch, nothing_registered):
    monkeypatch.setattr(os, "system", lambda *_: pytest.fail("code of a file was run"))
    for get in (registry.deserialize, lamina.layers.deserialize):
        with pytest.raises(ValueError):
            get(config)


def test_lambda_bytecode_is_refused():
    config = {
        "class_name": "__lambda__",
        "config": {"value": "4wEAAAA=", "defaults": None, "closure": None},
    }
    with pytest.raises(ValueError):
        registry.deserialize(config)


def test_data_come_back_as_they_were():
    data = {"a": [1, 2.5, None, "x", True], "b": {"c": [[1], []]}}
    assert registry.deserialize(registry.serialize(data)) == data
    assert registry.serialize((1, [2])) == (1, [2]) and registry.serialize(np.float32(2)) == 2
    array = np.arange(6, dtype="int8").reshape(2, 3)
    back = registry.deserialize(registry.serialize(array))
    assert back.dtype == "int8" and np.array_equal(back, array)


def test_objects_come_back(nothing_registered):
    layer = layers.Dense(
        3, activation="relu", kernel_regularizer=lamina.regularizers.L2(0.1), name="d"
    )
    config = registry.serialize(layer)
    assert config["module"] == "keras.layers" and config["class_name"] == "Dense"
    back = registry.deserialize(config)
    assert type(back) is layers.Dense and back.get_config() == layer.get_config()


def test_registering_a_class(nothing_registered):
    @register_keras_serializable(package="mine")
    class Twice(lamina.Layer):
        def call(self, x):
            return x * 2

    config = registry.serialize(Twice(name="t"))
    assert config["registered_name"] == "mine>Twice"
    assert type(registry.deserialize(config)) is Twice
    registry.registered().clear()
    with raises_with(ValueError, "Twice", "register_keras_serializable", "custom_objects"):
        registry.deserialize(config)
    with registry.custom_object_scope({"Twice": Twice}):
        assert type(registry.deserialize(config)) is Twice
    with pytest.raises(ValueError):
        registry.deserialize(config)


def test_registering_a_function(nothing_registered):
    @register_keras_serializable()
    def cube(x):
        return x**3

    layer = layers.Dense(2, activation=cube)
    assert layers.deserialize(registry.serialize(layer)).activation is cube
    with raises_with(TypeError, "lambda", "register_keras_serializable"):
        registry.serialize(layers.Dense(2, activation=lambda x: x))


def test_what_cannot_be_described_is_refused(nothing_registered):
    with raises_with(ValueError, "no `get_config`"):
        register_keras_serializable()(type("Bare", (), {}))
    with pytest.raises(TypeError):
        registry.serialize(object())


def test_spellings_and_near_misses():
    shelf = registry.shelves["losses"]
    assert shelf.get("mse") is shelf.get("mean_squared_error")
    assert shelf.get(None) is None
    with pytest.raises(ValueError, match=r"no loss named 'mee'. Did you mean 'mse'[?]$"):
        shelf.get("mee")
    with raises_with(ValueError, "'zzzzzz'", "Known:"):  # nothing is near
        shelf.get("zzzzzz")
    with raises_with(ValueError, "3", "int"):
        shelf.get(3)
