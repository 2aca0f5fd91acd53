"""Regularizers by name."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.regularizers.regularizer import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

SHELF = Shelf(
    "regularizers",
    "regularizer",
    {cls.__name__: cls for cls in (L1, L2, L1L2, OrthogonalRegularizer)},
    {"l1_l2": L1L2},
)


def get(identifier: Any) -> Any:
    """The regularizer that `identifier` means: a name, a configuration, a class, a function, or `None`.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.regularizers.get("l2").l2
        0.01
    """
    return None if identifier is None else SHELF.get(identifier)


def serialize(regularizer: Regularizer) -> Any:
    """A configuration, data only, from which `deserialize` makes an equal regularizer.

    Example:
        >>> import lamina
        >>> lamina.regularizers.serialize(lamina.regularizers.L1(0.5))["config"]
        {'l1': 0.5}
    """
    return SHELF.serialize(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer that a configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.regularizers.deserialize({"class_name": "L1", "config": {"l1": 0.5}}).l1
        0.5
    """
    return SHELF.deserialize(config, custom_objects)
