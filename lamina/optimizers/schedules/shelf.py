"""Schedules by name."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from lamina.optimizers.schedules.decays import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from lamina.optimizers.schedules.schedule import LearningRateSchedule

_CLASSES = (
    *(CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay),
    *(PiecewiseConstantDecay, PolynomialDecay),
)
SHELF = Shelf(
    "optimizers.schedules", "learning rate schedule", {cls.__name__: cls for cls in _CLASSES}
)


def get(identifier: Any) -> Any:
    """The schedule that `identifier` means: a configuration, or a schedule itself.

    Raises:
        ValueError: nothing of these.

    Example:
        >>> config = {"class_name": "ExponentialDecay", "config": {
        ...     "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}}
        >>> get(config).decay_rate
        0.5
    """
    return SHELF.get(identifier)


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """A configuration, data only, from which `deserialize` makes an equal schedule.

    Example:
        >>> serialize(CosineDecay(0.1, 10))["config"]["decay_steps"]
        10
    """
    return SHELF.serialize(learning_rate_schedule)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """The schedule that a configuration, of lamina or Keras, describes.

    Example:
        >>> deserialize(serialize(CosineDecay(0.1, 10, alpha=0.5))).alpha
        0.5
    """
    return SHELF.deserialize(config, custom_objects)
