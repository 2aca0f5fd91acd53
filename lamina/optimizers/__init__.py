"""Floor 5: optimizers."""

from typing import Any

from lamina.core.registry import Shelf
from lamina.optimizers.adam import Adam as Adam, AdamW as AdamW
from lamina.optimizers.optimizer import Optimizer as Optimizer
from lamina.optimizers.rmsprop import RMSprop as RMSprop
from lamina.optimizers.sgd import SGD as SGD

_shelf = Shelf(
    "optimizers", "optimizer", {"Adam": Adam, "AdamW": AdamW, "RMSprop": RMSprop, "SGD": SGD}
)


def get(identifier: Any) -> Any:
    """The optimizer that `identifier` means: a name, a configuration, a class or an optimizer."""
    return _shelf.get(identifier)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer's class and arguments as data."""
    return _shelf.serialize(optimizer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer that `config` describes."""
    return _shelf.deserialize(config, custom_objects)
