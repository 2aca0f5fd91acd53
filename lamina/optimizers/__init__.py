"""Floor 5: optimizers."""

from typing import Any as _Any

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.optimizers import schedules as schedules
from lamina.optimizers.adadelta import Adadelta as Adadelta
from lamina.optimizers.adafactor import Adafactor as Adafactor
from lamina.optimizers.adagrad import Adagrad as Adagrad
from lamina.optimizers.adam import Adam as Adam
from lamina.optimizers.adamax import Adamax as Adamax
from lamina.optimizers.adamw import AdamW as AdamW
from lamina.optimizers.ftrl import Ftrl as Ftrl
from lamina.optimizers.lamb import Lamb as Lamb
from lamina.optimizers.lion import Lion as Lion
from lamina.optimizers.loss_scale_optimizer import LossScaleOptimizer as LossScaleOptimizer
from lamina.optimizers.multi_optimizer import (
    MultiOptimizer as MultiOptimizer,
    OptimizerMap as OptimizerMap,
)
from lamina.optimizers.muon import Muon as Muon
from lamina.optimizers.nadam import Nadam as Nadam
from lamina.optimizers.optax_adaptor import from_optax as from_optax
from lamina.optimizers.optimizer import Optimizer as Optimizer
from lamina.optimizers.rmsprop import RMSprop as RMSprop
from lamina.optimizers.schedule_free_adamw import ScheduleFreeAdamW as ScheduleFreeAdamW
from lamina.optimizers.sgd import SGD as SGD
from lamina.optimizers.torch_adaptor import from_torch as from_torch

_SHELF = _registry.Shelf("optimizers", "optimizer", vars(), Optimizer)
_SHELF.offer({"OptimizerMap": OptimizerMap})
get, deserialize = _SHELF.get, _SHELF.deserialize


def serialize(optimizer: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal optimizer."""
    return _registry.serialize(optimizer)


_explain(__name__)
