"""Schedules that fall along half a cosine wave."""

import math
from typing import Any

from lamina import ops
from lamina.core.configurable import from_fields
from lamina.optimizers.schedules.decays import OverSteps, positive
from lamina.optimizers.schedules.schedule import LearningRateSchedule, as_float


@from_fields
class CosineDecay(OverSteps):
    """From the initial rate to `alpha` times it along half a cosine wave, after an optional warmup.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: length of the fall, positive.
        alpha: the share of the rate that is left at the end.
        name: kept for the configuration.
        warmup_target: first the rate grows linearly to this one, from which it falls.
        warmup_steps: length of the warmup.

    Raises:
        ValueError: `decay_steps` is not positive.

    Example:
        >>> rate = CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=10)
        >>> [round(float(rate(step)), 4) for step in (0, 5, 10, 15, 20)]
        [0.0, 0.05, 0.1, 0.05, 0.0]

    Source: Loshchilov & Hutter 2016, "SGDR: stochastic gradient descent with warm restarts".
    """

    initial_learning_rate: float
    decay_steps: float
    alpha: float = 0.0
    name: str = "CosineDecay"
    warmup_target: float | None = None
    warmup_steps: float = 0

    def __call__(self, step: Any) -> Any:
        """Return the rate at `step`."""
        step, duration = as_float(step), float(self.decay_steps)
        if self.warmup_target is None:
            share = _fall(ops.minimum(step, duration) / duration, self.alpha)
            return share * float(self.initial_learning_rate)
        target, warmup = float(self.warmup_target), float(self.warmup_steps)
        passed = ops.minimum(ops.maximum(step - warmup, 0.0), duration) / duration
        falling = _fall(passed, self.alpha) * target
        if not warmup:
            return falling
        growing = (step / warmup) * (target - self.initial_learning_rate)
        return ops.where(step > warmup, falling, growing + self.initial_learning_rate)


@from_fields
class CosineDecayRestarts(LearningRateSchedule):
    """Falls along half a cosine wave and starts again, each time for longer or lower.

    Args:
        initial_learning_rate: the rate at step 0.
        first_decay_steps: length of the first fall, positive.
        t_mul: each fall is so many times as long as the one before.
        m_mul: each start is so many times as high as the one before.
        alpha: the share of the initial rate that is left at the end of each fall.
        name: kept for the configuration.

    Raises:
        ValueError: `first_decay_steps` is not positive.

    Example:
        >>> rate = CosineDecayRestarts(0.1, 10, m_mul=0.5)
        >>> [round(float(rate(step)), 4) for step in (0, 5, 10, 20)]
        [0.1, 0.05, 0.05, 0.025]

    Source: Loshchilov & Hutter 2016, "SGDR: stochastic gradient descent with warm restarts".
    """

    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0
    name: str = "SGDRDecay"

    def __post_init__(self) -> None:
        positive(self.first_decay_steps, "first_decay_steps", self)

    def __call__(self, step: Any) -> Any:
        """Return the rate at `step`."""
        passed = as_float(step) / float(self.first_decay_steps)  # in units of the first fall
        if self.t_mul == 1:
            number = ops.floor(passed)
            passed = passed - number
        else:
            grown = passed * (self.t_mul - 1) + 1  # t_mul ^ number at the beginning of each fall
            number = ops.floor(ops.log(grown) / math.log(self.t_mul))
            length = ops.power(float(self.t_mul), number)
            passed = (passed - (1 - length) / (1 - self.t_mul)) / length
        height = ops.power(float(self.m_mul), number) * float(self.initial_learning_rate)
        wave = 0.5 * (1 - self.alpha) * height * (1 + ops.cos(passed * math.pi))
        return wave + self.alpha * self.initial_learning_rate


def _fall(passed: Any, alpha: float) -> Any:
    """From 1 to `alpha` while `passed` goes from 0 to 1."""
    return 0.5 * (1 - alpha) * (1 + ops.cos(passed * math.pi)) + alpha
