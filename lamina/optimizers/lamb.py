"""Lamb."""

from collections.abc import Sequence
from typing import Any

from lamina.engine.current import engine
from lamina.optimizers.gradients import running_mean
from lamina.optimizers.moments import Moments
from lamina.optimizers.optimizer import Update


class Lamb(Moments):
    """Adam's step, made as long as the variable itself: for very large batches.

        momentum, velocity: as in Adam, both corrected for their start at zero
        move = momentum / (sqrt(velocity) + epsilon)
        value -= rate * |value| / |move| * move            (where neither norm is 0)

    Args:
        learning_rate: length of a step, as a share of the variable's norm.
        beta_1, beta_2: shares of the running means that are kept.
        epsilon: added to the root.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Lamb(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: You et al. 2019, "Large batch optimization for deep learning", algorithm 2.
    """

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the two running means."""
        return [("momentum", "velocity")]

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e = engine()
        momentum = running_mean(slots["momentum"], gradient, self.beta_1)
        velocity = running_mean(slots["velocity"], e.square(gradient), self.beta_2)
        move = momentum / (1 - self.beta_1**count)
        move = move / (e.sqrt(velocity / (1 - self.beta_2**count)) + self.epsilon)
        size, length = e.sqrt(e.sum(e.square(value))), e.sqrt(e.sum(e.square(move)))
        both = e.logical_and(e.greater(size, 0.0), e.greater(length, 0.0))
        ratio = e.where(both, size / e.where(both, length, length + 1), size * 0 + 1)
        after = {"momentum": momentum, "velocity": velocity}
        return value - rate * ratio * move, after
