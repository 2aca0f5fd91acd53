"""Adamax."""

from collections.abc import Sequence
from typing import Any

from lamina.engine.current import engine
from lamina.optimizers.gradients import running_mean
from lamina.optimizers.moments import Moments
from lamina.optimizers.optimizer import Update


class Adamax(Moments):
    """Adam with the largest recent gradient in place of the root mean square.

        momentum = beta_1 * momentum + (1 - beta_1) * gradient
        norm = max(beta_2 * norm, |gradient|)
        value -= rate / (1 - beta_1^count) * momentum / (norm + epsilon)

    Args:
        learning_rate: length of a step.
        beta_1: share of the running mean that is kept.
        beta_2: share of the largest gradient that is kept.
        epsilon: added to the norm.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Adamax(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: Kingma & Ba 2014, "Adam", section 7.1.
    """

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the running mean and the norm."""
        return [("momentum", "norm")]

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e = engine()
        momentum = running_mean(slots["momentum"], gradient, self.beta_1)
        norm = e.maximum(self.beta_2 * slots["norm"], e.abs(gradient))
        rate = rate / (1 - self.beta_1**count)
        after = {"momentum": momentum, "norm": norm}
        return value - rate * momentum / (norm + self.epsilon), after
