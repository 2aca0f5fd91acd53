"""Gradient descent, with momentum."""

from collections.abc import Sequence
from typing import Any, Unpack

from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer, Update


class SGD(Optimizer):
    """Gradient descent, with classical or Nesterov's momentum.

        velocity = momentum * velocity - rate * gradient
        value += velocity                                        (classical)
        value += momentum * velocity - rate * gradient           (nesterov)

    Args:
        learning_rate: length of a step.
        momentum: share of the last velocity that is kept, in [0, 1].
        nesterov: look ahead.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.SGD(0.5).apply([np.array([1.0], "float32")], [v])
        >>> v.numpy()
        array([0.5], dtype=float32)

    Source: Polyak 1964; Sutskever et al. 2013, "On the importance of initialization and momentum".
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.momentum, self.nesterov = momentum, nesterov

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep a velocity (Keras calls it momentum), if there is momentum."""
        return (("momentum",),) if self.momentum else ()

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        if not self.momentum:
            return value - rate * gradient, {}
        velocity = self.momentum * slots["momentum"] - rate * gradient
        move = self.momentum * velocity - rate * gradient if self.nesterov else velocity
        return value + move, {"momentum": velocity}
