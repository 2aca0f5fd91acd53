"""Layers inside the models of PyTorch and TensorFlow."""

from __future__ import annotations

import itertools
from typing import Any

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.layers.layer import Layer
from lamina.saving.layout import groups


def to_torch_module(layer: Layer, input_shape: Any = None) -> Any:
    """Return a `torch.nn.Module` that computes what a layer or model does; engine `torch`.

    The module's parameters and buffers *are* the layer's weights: PyTorch's optimizers, `state_dict()`,
    `load_state_dict()`, `to(device)` and `requires_grad_()` reach the layer, and `fit` and `load_weights` reach
    the module. `train()` and `eval()` say what `training` is. Names say where the
    weights are within the layer, as `"layers.dense.kernel"`; each model counts from the start.

    Args:
        layer: a layer or model; built, or else `input_shape` says for which inputs.
        input_shape: batch axis included, as for `layer.build`.

    Raises:
        RuntimeError: another engine is in force.
        TypeError: what is given is not a layer.
        ValueError: the layer is not built, so its weights are not there yet.
    """
    _ready(layer, input_shape, "to_torch_module", "torch")
    from lamina.layers.foreign.torch_layer import TorchLayer

    return TorchLayer(layer, _named(layer))


def to_tf_module(layer: Layer, input_shape: Any = None) -> Any:
    """Return a `tf.Module` that computes what a layer or model does; engine `tensorflow`.

    The module's variables *are* the layer's weights: `tf.train.Checkpoint` writes and restores them, and
    `tf.saved_model.save` takes the module, or another one that holds it. TensorFlow wants to know from the start
    what trains: freeze layers before.

    Args, errors: those of `to_torch_module`, for the engine `tensorflow`.
    """
    _ready(layer, input_shape, "to_tf_module", "tensorflow")
    from lamina.layers.foreign.tensorflow_layer import TensorFlowLayer

    return TensorFlowLayer(layer, _named(layer))


def _named(layer: Layer) -> dict[str, Variable]:
    """Return the variables of a layer by where they are in it, in the groups of weights files."""
    places = {id(v): group.path for group in groups(layer).all() for v in group.variables}
    named: dict[str, Variable] = {}
    for variable in layer.variables:
        place = places.get(id(variable), "states")
        name = f"{place}/{variable.name}".strip("/").replace("/", ".")
        free = itertools.chain([name], (f"{name}_{i}" for i in itertools.count(1)))
        named[next(n for n in free if n not in named)] = variable
    return named


def _ready(layer: Any, input_shape: Any, function: str, name: str) -> None:
    if not isinstance(layer, Layer):
        raise TypeError(f"{function} takes a layer or model of lamina, not {layer!r}.")
    if engine().name != name:
        raise RuntimeError(
            f"{function} needs the engine {name}, and {engine().name!r} is in force. Set "
            f"KERAS_BACKEND={name}, or call lamina.config.set_backend({name!r})."
        )
    if input_shape is not None:
        layer.build(input_shape)
    if not layer.built:
        raise ValueError(
            f"{function}: layer {layer.path!r} has no weights yet. Give `input_shape`, (None, 3) say, or "
            "call the layer on data first."
        )
