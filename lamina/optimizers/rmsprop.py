"""RMSprop."""

from collections.abc import Sequence
from typing import Any, Unpack

from lamina.engine.current import engine
from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer, Update


class RMSprop(Optimizer):
    """Gradients divided by a running root mean square of themselves.

        velocity = rho * velocity + (1 - rho) * gradient²
        increment = rate * gradient / sqrt(velocity + epsilon)
        value -= increment

    With `centered` the square of the running mean gradient is subtracted from the velocity; with
    `momentum`, `moving = momentum * moving + increment` is subtracted instead of the increment.

    Args:
        learning_rate: length of a step.
        rho: share of the running mean square that is kept.
        momentum: share of the last increment that is kept.
        epsilon: added inside the root, in units of gradient².
        centered: normalize by the variance rather than the mean square.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.RMSprop(lr=0.001).apply([np.array([1.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9968], dtype=float32)

    Source: Tieleman & Hinton 2012, Coursera lecture 6.5; Graves 2013 for `centered`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the running mean square, and the means that `momentum` and `centered` need."""
        names = (
            ["velocity"]
            + ["momentum"] * bool(self.momentum)
            + ["average_gradient"] * bool(self.centered)
        )
        return [(name,) for name in names]

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e, after = engine(), {}
        velocity = self.rho * slots["velocity"] + (1 - self.rho) * e.square(gradient)
        after["velocity"] = velocity
        if self.centered:
            average = self.rho * slots["average_gradient"] + (1 - self.rho) * gradient
            after["average_gradient"] = average
            velocity = velocity - e.square(average)
        increment = rate * gradient * e.rsqrt(velocity + self.epsilon)
        if self.momentum:
            increment = after["momentum"] = self.momentum * slots["momentum"] + increment
        return value - increment, after
