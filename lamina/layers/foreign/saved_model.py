"""`TFSMLayer`: a SavedModel of TensorFlow as a layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lamina.core import registry
from lamina.core.load_policy import check_safe_mode
from lamina.core.naming import described
from lamina.core.scope import name_scope
from lamina.core.variable import Variable
from lamina.layers.foreign.engines import package, require_engine
from lamina.layers.layer import Layer

_FUNCTIONS = "concrete_functions"  # what `tf.function`s have, and signatures have not


class TFSMLayer(Layer):
    """An endpoint of a SavedModel as a layer; engine `tensorflow`.

    The endpoint is a finished program that reads TensorFlow's variables itself. They are weights of the
    layer, saved and set like others; but they do not train. A SavedModel holds a program: load only
    what you trust.

    Args:
        filepath: folder of the SavedModel.
        call_endpoint: what the layer computes: an attribute of the SavedModel that can be called, or the
            name of one of its signatures.
        call_training_endpoint: the same for calls with `training=True`.
        trainable: accepted for Keras' sake.

    Raises:
        ImportError: TensorFlow is not installed.
        RuntimeError: the layer is called on another engine.
        ValueError: the SavedModel has no such endpoint, or there is none at `filepath`.
    """

    from_caller = ("filepath",)
    __load_schema__ = {"filepath": "code"}  # noqa: RUF012

    def __init__(
        self,
        filepath: Any,
        call_endpoint: str = "serve",
        call_training_endpoint: str | None = None,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ):
        tf = package("TFSMLayer", "tensorflow", "tensorflow")
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self.filepath = str(filepath)
        self.call_endpoint, self.call_training_endpoint = call_endpoint, call_training_endpoint
        if not Path(self.filepath, "saved_model.pb").is_file():
            raise ValueError(f"{described(self)}: there is no SavedModel at {self.filepath!r}.")
        self.saved_model = tf.saved_model.load(self.filepath)
        names = [name for name in (call_endpoint, call_training_endpoint) if name is not None]
        self.endpoints = {name: _endpoint(self, name) for name in names}
        variables = {id(v): v for f in self.endpoints.values() for v in _variables(f)}
        with name_scope(self.name):
            self.saved_variables = [_adopted(v) for v in variables.values()]

    def call(self, inputs: Any, training: bool = False) -> Any:
        """What the endpoint gives for `inputs`; a dict goes by names to a signature."""
        require_engine(self, "tensorflow")
        name = (training and self.call_training_endpoint) or self.call_endpoint
        by_name = isinstance(inputs, dict) and not hasattr(self.saved_model, name)
        return self.endpoints[name](**inputs) if by_name else self.endpoints[name](inputs)

    @classmethod
    def from_config(
        cls, config: Any, custom_objects: Any = None, safe_mode: bool | None = None
    ) -> Any:
        """Make the layer again, of a folder that the caller gives in `custom_objects` by the layer's name.

        Raises:
            PolicyError: none is given: the configuration names a program that would be run.
        """
        check_safe_mode(safe_mode)
        with registry.custom_object_scope(custom_objects):
            return super().from_config(config)


def _endpoint(layer: TFSMLayer, name: str) -> Any:
    saved_model = layer.saved_model
    function = getattr(saved_model, name, None) or saved_model.signatures.get(name)
    if not callable(function):
        offered = {n for n in dir(saved_model) if hasattr(getattr(saved_model, n), _FUNCTIONS)}
        raise ValueError(
            f"{described(layer)}: the SavedModel has no endpoint {name!r}; it has "
            f"{sorted({*offered, *saved_model.signatures})}."
        )
    return function


def _variables(function: Any) -> list[Any]:
    """Return TensorFlow's variables that an endpoint reads."""
    return [v for each in getattr(function, _FUNCTIONS, [function]) for v in each.variables]


def _adopted(variable: Any) -> Variable:
    """Return a variable whose value lies in one of the SavedModel's."""
    name = variable.name.partition(":")[0].rpartition("/")[2]
    adopting = Variable(variable.numpy(), trainable=False, autocast=False, name=name)
    adopting.adopt("tensorflow", variable)
    return adopting
