"""What users of PyTorch and TensorFlow call on a module, for layers while that engine is in force.

Weights that may be trained are `torch.nn.Parameter`s then, and stay so: what `torch.optim` does to them
the layer sees, and the other way round.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from lamina.core.scope import stateless
from lamina.core.tracking import walk
from lamina.core.variable import Variable, assign_all
from lamina.engine.current import engine
from lamina.layers.weights import own_variables


@contextmanager
def recorded_as_asked(layer: Any, inputs: tuple) -> Iterator[None]:
    """Let the engine's library record a call by the user's own code exactly if gradients are asked for."""
    asked = engine().follows
    follows = None if asked is None or stateless.get() is not None else asked(inputs)
    if follows:
        for variable in layer.trainable_variables:
            if variable.is_float:
                variable.native()
    with engine().no_grad() if follows is False else nullcontext():
        yield


def _named(variables: list[Variable], prefix: str) -> Iterator[tuple[str, Any]]:
    for variable in variables:
        yield prefix + variable.path.replace("/", "."), variable.native()


def named_parameters(
    layer: Any, prefix: str = "", recurse: bool = True
) -> Iterator[tuple[str, Any]]:
    """Give the weights that may be trained, by their paths, as native variables."""
    variables = layer.trainable_variables
    if not recurse:
        own = set(map(id, own_variables(walk(layer), layer)))
        variables = [v for v in variables if id(v) in own]
    return _named(variables, prefix and f"{prefix}.")


def parameters(layer: Any, recurse: bool = True) -> Iterator[Any]:
    """Give the weights that may be trained as native variables."""
    return (value for _, value in named_parameters(layer, recurse=recurse))


def named_buffers(layer: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give the variables that training does not change by gradients, by their paths."""
    for name, value in _named(layer.non_trainable_variables, prefix and f"{prefix}."):
        yield name, value.requires_grad_(False)


def buffers(layer: Any) -> Iterator[Any]:
    """Give the variables that training does not change by gradients."""
    return (value for _, value in named_buffers(layer))


def zero_grad(layer: Any, set_to_none: bool = True) -> None:
    """Forget the gradients that `backward` has gathered."""
    for variable in layer.trainable_variables:
        gradient = variable.value.grad
        if gradient is not None and not set_to_none:
            gradient.zero_()
        else:
            variable.value.grad = None


def requires_grad_(layer: Any, requires_grad: bool = True) -> Any:
    """Freeze the layer, or let it train; the same as `layer.trainable = ...`."""
    layer.trainable = requires_grad
    return layer


def state_dict(layer: Any) -> OrderedDict[str, Any]:
    """Return all values by the paths of their variables; tensors that share memory with the layer."""
    named = [*named_parameters(layer), *named_buffers(layer)]
    return OrderedDict((name, value.detach()) for name, value in named)


def load_state_dict(layer: Any, state: dict[str, Any], strict: bool = True) -> None:
    """Take over what `state_dict` returned.

    Raises:
        ValueError: names or shapes differ; with `strict=False` names may.
    """
    variables = {v.path.replace("/", "."): v for v in layer.variables}
    missing, surplus = variables.keys() - state.keys(), state.keys() - variables.keys()
    if strict and (missing or surplus):
        raise ValueError(
            f"{layer.name}.load_state_dict: missing {sorted(missing)}, not of this layer {sorted(surplus)}. "
            "Names are the paths of the variables; strict=False takes what fits."
        )
    names = [name for name in state if name in variables]
    assign_all([variables[name] for name in names], [state[name] for name in names])


def to(layer: Any, device: Any) -> Any:
    """Move the weights to a device, in place.

    Raises:
        TypeError: a dtype is given; a layer's dtype is set when it is made.
    """
    import torch

    if isinstance(device, torch.dtype):
        raise TypeError(
            f"{layer.name}.to({device}): a layer has its dtype from the start. Make it with `dtype=` "
            "or under a dtype policy, and copy the weights."
        )
    for variable in layer.variables:
        parameter = variable.native()
        parameter.data = parameter.data.to(device)
    return layer


ON_TORCH = {
    fn.__name__: fn
    for fn in [
        *(parameters, named_parameters, buffers, named_buffers, zero_grad, requires_grad_),
        *(state_dict, load_state_dict, to),
    ]
}
