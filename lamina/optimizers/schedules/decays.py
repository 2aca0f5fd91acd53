"""Schedules that fall steadily, or in steps."""

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.core.configurable import from_fields
from lamina.optimizers.schedules.schedule import LearningRateSchedule, as_float


class OverSteps(LearningRateSchedule):
    """A schedule whose unit of time is `decay_steps`, which must be positive."""

    decay_steps: float

    def __post_init__(self) -> None:
        positive(self.decay_steps, "decay_steps", self)


class _OfRate(OverSteps):
    """A schedule by `decay_rate`, the same between multiples of `decay_steps` if it is a staircase."""

    staircase: bool

    def passed(self, step: Any) -> Any:
        """How many times `decay_steps` lie before `step`."""
        passed = as_float(step) / self.decay_steps
        return ops.floor(passed) if self.staircase else passed


@from_fields
class ExponentialDecay(_OfRate):
    """`initial_learning_rate * decay_rate ^ (step / decay_steps)`.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: after so many steps the rate is `decay_rate` times as large; positive.
        decay_rate: see there.
        staircase: keep the rate between multiples of `decay_steps`.
        name: kept for the configuration.

    Raises:
        ValueError: `decay_steps` is not positive.

    Example:
        >>> round(float(ExponentialDecay(0.1, 10, 0.5)(20)), 6)
        0.025
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False
    name: str = "ExponentialDecay"

    def __call__(self, step: Any) -> Any:
        """Return the rate at `step`."""
        return ops.power(self.decay_rate, self.passed(step)) * self.initial_learning_rate


@from_fields
class InverseTimeDecay(_OfRate):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: unit of time, positive.
        decay_rate: factor of the time.
        staircase: keep the rate between multiples of `decay_steps`.
        name: kept for the configuration.

    Raises:
        ValueError: `decay_steps` is not positive.

    Example:
        >>> round(float(InverseTimeDecay(0.1, 10, 0.5)(20)), 6)
        0.05
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False
    name: str = "InverseTimeDecay"

    def __call__(self, step: Any) -> Any:
        """Return the rate at `step`."""
        return self.initial_learning_rate / (self.passed(step) * self.decay_rate + 1)


@from_fields
class PolynomialDecay(OverSteps):
    """From one rate to another along a power: `(initial - end) * (1 - step / decay_steps) ^ power + end`.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: when the end is reached, positive.
        end_learning_rate: the rate from then on.
        power: 1 is a straight line.
        cycle: after the end begin again, with a duration that is a multiple of `decay_steps`.
        name: kept for the configuration.

    Raises:
        ValueError: `decay_steps` is not positive.

    Example:
        >>> round(float(PolynomialDecay(0.1, 10, 0.0)(5)), 6)
        0.05
    """

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

    def __call__(self, step: Any) -> Any:
        """Return the rate at `step`."""
        step, duration = as_float(step), float(self.decay_steps)
        if self.cycle:
            duration = ops.maximum(ops.ceil(step / duration), 1.0) * duration
            left = 1 - step / duration
        else:
            left = 1 - ops.minimum(step, duration) / duration
        way = self.initial_learning_rate - self.end_learning_rate
        return ops.power(left, self.power) * way + self.end_learning_rate


@from_fields
class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to and including the first boundary, another up to the second, and so on.

    Args:
        boundaries: steps in ascending order.
        values: rates, one more than boundaries.
        name: kept for the configuration.

    Raises:
        ValueError: the numbers of boundaries and values do not fit.

    Example:
        >>> rate = PiecewiseConstantDecay([10], [0.1, 0.01])
        >>> round(float(rate(10)), 4), round(float(rate(11)), 4)
        (0.1, 0.01)
    """

    boundaries: Sequence[float]
    values: Sequence[float]
    name: str = "PiecewiseConstant"

    def __post_init__(self) -> None:
        self.boundaries, self.values = list(self.boundaries), list(self.values)
        if len(self.boundaries) != len(self.values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay: there must be one value more than boundaries, "
                f"not {len(self.values)} values for {len(self.boundaries)} boundaries."
            )

    def __call__(self, step: Any) -> Any:
        """Return the rate at `step`."""
        step = as_float(step)
        rate = ops.full((), self.values[0], "float32")
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = ops.where(step > boundary, value, rate)
        return rate


def positive(value: float, name: str, owner: Any) -> None:
    """Raise ValueError unless `value` is above 0."""
    if not value > 0:
        raise ValueError(f"{type(owner).__name__}: `{name}` must be positive, not {value!r}.")
