"""Activations by name."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.activations.activations import exponential, gelu, linear, mish, relu
from lamina.core.registry import Shelf, custom_object, serialize as serialize_any

_FUNCTIONS = (
    *(
        linear,
        relu,
        gelu,
        exponential,
        mish,
        ops.relu6,
        ops.leaky_relu,
        ops.elu,
        ops.selu,
        ops.celu,
    ),
    *(ops.silu, ops.hard_silu, ops.sigmoid, ops.hard_sigmoid, ops.log_sigmoid, ops.softplus),
    *(ops.softsign, ops.squareplus, ops.tanh, ops.hard_tanh, ops.tanh_shrink, ops.hard_shrink),
    *(ops.soft_shrink, ops.threshold, ops.glu, ops.softmax, ops.log_softmax, ops.sparsemax),
    *(ops.sparse_plus, ops.sparse_sigmoid),
)
SHELF = Shelf(
    "activations",
    "activation",
    {fn.__name__: fn for fn in _FUNCTIONS},
    {"swish": ops.silu, "hard_swish": ops.hard_silu},
)


def get(identifier: Any) -> Any:
    """The activation that `identifier` means; `None` means `linear`.

    Args:
        identifier: a name, a function or layer (returned as it is), a configuration, or `None`.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.activations.get("relu") is lamina.activations.relu
        True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):  # the short way: every layer's constructor passes here
        found = custom_object(identifier) or SHELF.spellings.get(identifier)
        if found is not None:
            return found
    if callable(identifier):
        return identifier
    return SHELF.get(identifier)


def serialize(activation: Any) -> Any:
    """The name of a function of this module; a configuration for other functions and for layers.

    Example:
        >>> import lamina
        >>> lamina.activations.serialize(lamina.activations.swish)
        'silu'
    """
    return serialize_any(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The activation that a name or configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.activations.deserialize("tanh") is lamina.activations.tanh
        True
    """
    return SHELF.deserialize(config, custom_objects)
