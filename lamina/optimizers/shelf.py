"""Optimizers by name."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.optimizers.adadelta import Adadelta
from lamina.optimizers.adafactor import Adafactor
from lamina.optimizers.adagrad import Adagrad
from lamina.optimizers.adam import Adam
from lamina.optimizers.adamax import Adamax
from lamina.optimizers.adamw import AdamW
from lamina.optimizers.ftrl import Ftrl
from lamina.optimizers.lamb import Lamb
from lamina.optimizers.lion import Lion
from lamina.optimizers.loss_scale_optimizer import LossScaleOptimizer
from lamina.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from lamina.optimizers.muon import Muon
from lamina.optimizers.nadam import Nadam
from lamina.optimizers.optimizer import Optimizer
from lamina.optimizers.rmsprop import RMSprop
from lamina.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from lamina.optimizers.sgd import SGD

_CLASSES = (
    *(Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, LossScaleOptimizer),
    *(MultiOptimizer, Muon, Nadam, OptimizerMap, RMSprop, SGD, ScheduleFreeAdamW),
)
SHELF = Shelf("optimizers", "optimizer", {cls.__name__: cls for cls in _CLASSES})


def get(identifier: Any) -> Any:
    """The optimizer that `identifier` means: a name, a configuration, a class or an optimizer.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.optimizers.get("adamw").weight_decay
        0.004
    """
    return SHELF.get(identifier)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """A configuration, data only, from which `deserialize` makes an equal optimizer.

    Example:
        >>> import lamina
        >>> lamina.optimizers.serialize(lamina.optimizers.SGD(0.5))["config"]["momentum"]
        0.0
    """
    return SHELF.serialize(optimizer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer that a configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.optimizers.deserialize({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum
        0.5
    """
    return SHELF.deserialize(config, custom_objects)
