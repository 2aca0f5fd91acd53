"""`LearningRateSchedule`: the learning rate as a function of the number of updates."""

from typing import Any

from lamina import ops
from lamina.core.configurable import Configurable


class LearningRateSchedule(Configurable):
    """A learning rate that depends on the step: `__call__(step)` gives it.

    `step` is a number or a native integer; a subclass computes with `lamina.ops`, so that the step may be
    compiled. Its configuration is read from its constructor.

    Example:
        >>> import lamina
        >>> class Warmup(lamina.optimizers.schedules.LearningRateSchedule):
        ...     def __init__(self, target, steps):
        ...         self.target, self.steps = target, steps
        ...     def __call__(self, step):
        ...         return lamina.ops.minimum((step + 1) / self.steps, 1.0) * self.target
        >>> optimizer = lamina.optimizers.SGD(Warmup(0.1, 10))
        >>> round(float(optimizer.learning_rate), 4)
        0.01
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate for update number `step`, from 0."""
        raise NotImplementedError(f"{type(self).__name__} must write `__call__(step)`.")


def as_float(step: Any) -> Any:
    """Return `step` as a native float32."""
    return ops.cast(ops.convert_to_tensor(step), "float32")
