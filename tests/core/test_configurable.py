"""Configurations read from constructors."""

from __future__ import annotations

import copy
import inspect
import json
import pickle

import numpy as np
import pytest

from lamina import initializers, losses, metrics
from lamina.core import registry
from lamina.core.configurable import Configurable
from lamina.core.constructors import parameters
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


class Scaled(losses.Huber):
    """A loss with an argument of its own; those of `Huber` are handed on."""

    def __init__(self, scale=2.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, y_true, y_pred):
        return self.scale * super().call(y_true, y_pred)


def test_classes_made_of_fields_have_the_constructors_that_they_say():
    signature = str(inspect.signature(losses.Huber)).replace("'", "")
    assert signature.startswith("(delta: float = 1.0, reduction: str | None = ")
    assert losses.Huber(0.5, "sum", "mine").get_config() == {
        "name": "mine",
        "reduction": "sum",
        "delta": 0.5,
    }
    with pytest.raises(TypeError, match="dleta"):
        losses.Huber(dleta=1.0)
    assert pickle.loads(pickle.dumps(losses.Huber(3.0))).options == {"delta": 3.0}
    area = metrics.AUC(curve="PR", name="mine")
    assert copy.deepcopy(area).get_config() == area.get_config()


def test_a_subclass_of_a_class_made_of_fields_may_have_arguments_of_its_own():
    loss = Scaled(scale=3.0, delta=0.5, name="mine")
    assert loss.options == {"delta": 0.5}
    assert float(loss(np.zeros((1, 1)), np.ones((1, 1)))) == 3.0 * 0.375
    again = Scaled.from_config(loss.get_config())
    assert (again.scale, again.delta, again.name) == (3.0, 0.5, "mine")


def test_an_argument_that_is_set_later_counts():
    loss = losses.BinaryCrossentropy()
    loss.from_logits = True
    found = float(loss(np.array([[1.0]]), np.array([[0.0]])))
    assert found == pytest.approx(np.log(2))
