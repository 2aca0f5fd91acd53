"""Lion."""

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

from lamina.engine.current import engine
from lamina.optimizers.arguments import UP_TO_1_ABOVE_0, Common
from lamina.optimizers.gradients import running_mean
from lamina.optimizers.optimizer import Optimizer, Update


class Lion(Optimizer):
    """Steps of one length in every weight, in the direction of the sign of a momentum.

        value -= rate * sign(beta_1 * momentum + (1 - beta_1) * gradient)
        momentum = beta_2 * momentum + (1 - beta_2) * gradient

    Args:
        learning_rate: length of a step; a third to a tenth of what suits Adam.
        beta_1: share of the momentum in the direction.
        beta_2: share of the momentum that is kept.
        common, options: see `Optimizer`.

    Raises:
        ValueError: `beta_1` is not in (0, 1].

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Lion(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms", program 1.
    """

    own_ranges: ClassVar = {"beta_1": UP_TO_1_ABOVE_0}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the momentum."""
        return [("momentum",)]

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        direction = engine().sign(running_mean(slots["momentum"], gradient, self.beta_1))
        momentum = running_mean(slots["momentum"], gradient, self.beta_2)
        return value - rate * direction, {"momentum": momentum}
