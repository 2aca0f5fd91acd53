"""The constructor of algorithms that keep two running means."""

from typing import Any, Unpack

from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer


class Moments(Optimizer):
    """Base of optimizers with a running mean of the gradient and a measure of its size.

    Args:
        learning_rate: length of a step.
        beta_1: share of the running mean that is kept.
        beta_2: share of the measure that is kept.
        epsilon: added to the divisor.
        common, options: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
