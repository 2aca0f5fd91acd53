"""Learning rates that change from step to step."""

from typing import Any as _Any

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.optimizers.schedules.cosine import (
    CosineDecay as CosineDecay,
    CosineDecayRestarts as CosineDecayRestarts,
)
from lamina.optimizers.schedules.decays import (
    ExponentialDecay as ExponentialDecay,
    InverseTimeDecay as InverseTimeDecay,
    PiecewiseConstantDecay as PiecewiseConstantDecay,
    PolynomialDecay as PolynomialDecay,
)
from lamina.optimizers.schedules.schedule import LearningRateSchedule as LearningRateSchedule

_SHELF = _registry.Shelf(
    "optimizers.schedules", "learning rate schedule", vars(), LearningRateSchedule
)
get, deserialize = _SHELF.get, _SHELF.deserialize


def serialize(learning_rate_schedule: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal learning rate schedule."""
    return _registry.serialize(learning_rate_schedule)


_explain(__name__)
