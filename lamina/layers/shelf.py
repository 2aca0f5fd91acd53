"""Layers by name: those that `lamina.layers` offers, which its `__init__` puts on the shelf."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.layers.layer import Layer

SHELF = Shelf("layers", "layer", {})


def get(identifier: Any) -> Any:
    """The layer that `identifier` means: a configuration, a layer, a class without arguments, or its name.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> type(lamina.layers.get("flatten")).__name__
        'Flatten'
    """
    return SHELF.get(identifier)


def serialize(layer: Layer) -> dict[str, Any]:
    """A configuration, data only, from which `deserialize` makes an equal layer without its weights.

    Example:
        >>> import lamina
        >>> lamina.layers.serialize(lamina.layers.Flatten())["class_name"]
        'Flatten'
    """
    return SHELF.serialize(layer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The layer that a configuration, of lamina or Keras, describes.

    Args:
        custom_objects: classes and functions of your own that the configuration names.

    Raises:
        ValueError: it names something unknown.

    Example:
        >>> import lamina
        >>> config = lamina.layers.serialize(lamina.layers.Dense(3))
        >>> lamina.layers.deserialize(config).units
        3
    """
    return SHELF.deserialize(config, custom_objects)
