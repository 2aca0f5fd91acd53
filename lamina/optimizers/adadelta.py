"""Adadelta."""

from collections.abc import Sequence
from typing import Any, Unpack

from lamina.engine.current import engine
from lamina.optimizers.arguments import Common
from lamina.optimizers.gradients import running_mean
from lamina.optimizers.optimizer import Optimizer, Update


class Adadelta(Optimizer):
    """Steps as long as recent steps, per root mean square of recent gradients.

        squares = rho * squares + (1 - rho) * gradient²
        move = gradient * sqrt(moves + epsilon) / sqrt(squares + epsilon)
        moves = rho * moves + (1 - rho) * move²
        value -= rate * move

    Args:
        learning_rate: factor of the steps; the paper's is 1.
        rho: share of the running means that is kept.
        epsilon: added inside the roots; it also starts the motion.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Adadelta(1.0, epsilon=0.01).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.5636], dtype=float32)

    Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.rho, self.epsilon = rho, epsilon

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep running means of squared gradients and squared moves."""
        return [("accumulated_grad", "accumulated_delta_var")]

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e = engine()
        squares = running_mean(slots["accumulated_grad"], e.square(gradient), self.rho)
        moves = slots["accumulated_delta_var"]
        move = gradient * e.sqrt(moves + self.epsilon) * e.rsqrt(squares + self.epsilon)
        after = {
            "accumulated_grad": squares,
            "accumulated_delta_var": running_mean(moves, e.square(move), self.rho),
        }
        return value - rate * move, after
