"""Configurations read from constructors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lamina import initializers, losses
from lamina.core import registry
from lamina.core.configurable import Configurable, parameters
from lamina.core.registry import deserialize, serialize

SHELVES = {
    "initializers": registry.shelves["initializers"],
    "regularizers": registry.shelves["regularizers"],
    "constraints": registry.shelves["constraints"],
    "losses": registry.shelves["losses"],
    "metrics": registry.shelves["metrics"],
}
# Arguments of those that cannot be made without any.
REQUIRED = {
    "LossFunctionWrapper": (losses.mean_squared_error,),
    "MeanMetricWrapper": (losses.mean_squared_error,),
    "Exact": (losses.mean_squared_error,),
    "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,),
    "SensitivityAtSpecificity": (0.5,),
    "SpecificityAtSensitivity": (0.5,),
    "IoU": (2, [0]),
    "OneHotIoU": (2, [0]),
    "MeanIoU": (2,),
    "OneHotMeanIoU": (2,),
}
CLASSES = [
    pytest.param(shelf, cls, id=f"{kind}.{name}")
    for kind, shelf in SHELVES.items()
    for name, cls in shelf.objects.items()
    if isinstance(cls, type)
]


def _make(cls):
    return cls(*REQUIRED.get(cls.__name__, ()))


@pytest.mark.parametrize(("shelf", "cls"), CLASSES)
def test_every_parameter_is_an_attribute(shelf, cls):
    made = _make(cls)
    assert [name for name in parameters(cls) if not hasattr(made, name)] == []


@pytest.mark.parametrize(("shelf", "cls"), CLASSES)
def test_configuration_survives_json(shelf, cls):
    made = _make(cls)
    config = registry.serialize(made)
    again = shelf.deserialize(json.loads(json.dumps(config)))
    assert type(again) is cls
    assert registry.serialize(again) == config
    assert type(deserialize(config)) is cls  # the module in it is enough to find the shelf
    assert config["module"] == f"keras.{shelf.kind}" and config["registered_name"] is None


class Base(Configurable):
    def __init__(self, name="base", size=1):
        self.name, self.size = name, size


class Derived(Base):
    def __init__(self, extra, **kwargs):
        super().__init__(**kwargs)
        self.extra = extra


class Inheriting(Derived):
    pass


def test_a_constructor_with_kwargs_has_its_base_parameters_too():
    assert parameters(Derived) == parameters(Inheriting) == ("extra", "name", "size")
    assert Inheriting(3, size=2).get_config() == {"extra": 3, "name": "base", "size": 2}
    assert Inheriting.from_config({"extra": 3, "size": 2}).size == 2


def test_arrays_and_objects_within_a_configuration_come_back():
    constant = initializers.Constant(np.arange(3.0))
    again = deserialize(json.loads(json.dumps(serialize(constant))))
    np.testing.assert_array_equal(again.value, constant.value)


def test_functions_are_named_as_keras_names_them():
    assert losses.serialize(losses.mean_squared_error) == {
        "module": "builtins",
        "class_name": "function",
        "config": "mean_squared_error",
        "registered_name": "function",
    }
    assert (
        losses.deserialize(losses.serialize(losses.mean_squared_error)) is losses.mean_squared_error
    )
