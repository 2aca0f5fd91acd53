"""Losses by name."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.regression import (
    MeanAbsoluteError,
    MeanSquaredError,
    mean_absolute_error,
    mean_squared_error,
)

_LOSSES = (
    *(mean_squared_error, mean_absolute_error),
    *(binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy),
    *(MeanSquaredError, MeanAbsoluteError, LossFunctionWrapper),
    *(BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy),
)
SHELF = Shelf(
    "losses",
    "loss",
    {loss.__name__: loss for loss in _LOSSES},
    {
        **dict.fromkeys(("mse", "MSE"), mean_squared_error),
        **dict.fromkeys(("mae", "MAE"), mean_absolute_error),
        **dict.fromkeys(("bce", "BCE"), binary_crossentropy),
    },
)


def get(identifier: Any) -> Any:
    """The loss that `identifier` means: a function for `"mse"`, an object for `"MeanSquaredError"`.

    Args:
        identifier: a name, a configuration, a class, a function, a loss, or `None`.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.losses.get("mse") is lamina.losses.mean_squared_error
        True
    """
    return None if identifier is None else SHELF.get(identifier)


def serialize(loss: Any) -> Any:
    """A configuration, data only, from which `deserialize` makes an equal loss.

    Example:
        >>> import lamina
        >>> lamina.losses.serialize(lamina.losses.MeanSquaredError())["class_name"]
        'MeanSquaredError'
    """
    return SHELF.serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss that a name or a configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.losses.deserialize({"class_name": "MeanSquaredError", "config": {}}).reduction
        'sum_over_batch_size'
    """
    return SHELF.deserialize(name, custom_objects)
