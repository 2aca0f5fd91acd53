"""Constraints by name."""

from __future__ import annotations

from typing import Any

from lamina.constraints.constraint import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from lamina.core.registry import Shelf

SHELF = Shelf(
    "constraints",
    "constraint",
    {cls.__name__: cls for cls in (MaxNorm, NonNeg, UnitNorm, MinMaxNorm)},
)


def get(identifier: Any) -> Any:
    """The constraint that `identifier` means: a name, a configuration, a class, a function, or `None`.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.constraints.get("max_norm").max_value
        2
    """
    return None if identifier is None else SHELF.get(identifier)


def serialize(constraint: Constraint) -> Any:
    """A configuration, data only, from which `deserialize` makes an equal constraint.

    Example:
        >>> import lamina
        >>> lamina.constraints.serialize(lamina.constraints.UnitNorm(1))["config"]
        {'axis': 1}
    """
    return SHELF.serialize(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The constraint that a configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.constraints.deserialize({"class_name": "UnitNorm", "config": {"axis": 1}}).axis
        1
    """
    return SHELF.deserialize(config, custom_objects)
