"""Nadam."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import numpy as np

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.initializers.constant import Constant
from lamina.optimizers.arguments import Common
from lamina.optimizers.gradients import running_mean
from lamina.optimizers.optimizer import Optimizer


class Nadam(Optimizer):
    """Adam with Nesterov's momentum, which grows over time.

        mu(t) = beta_1 * (1 - 0.96^t / 2),    product(t) = mu(1) * ... * mu(t)
        momentum, velocity: as in Adam
        ahead = mu(t+1) * momentum / (1 - product(t+1)) + (1 - mu(t)) * gradient / (1 - product(t))
        value -= rate * ahead / (sqrt(velocity / (1 - beta_2^t)) + epsilon)

    Args:
        learning_rate: length of a step.
        beta_1, beta_2: shares of the running means that are kept.
        epsilon: added to the root.
        common: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Nadam(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.8937], dtype=float32)

    Source: Dozat 2016, "Incorporating Nesterov momentum into Adam".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: Unpack[Common],
    ):
        super().__init__(learning_rate, **common)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        # Rounded once, so that the means and their corrections agree to the last digit.
        self._betas = float(np.float32(beta_1)), float(np.float32(beta_2))
        self._product: Variable | None = None

    def slots(self) -> Sequence[Sequence[str]]:
        """The two running means; beside them the optimizer keeps the product."""
        return [("momentum", "velocity")]

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots, and the product behind them, where Keras has it."""
        super().build(variables)
        if self._product is None:
            self._product = self.add_variable((), Constant(1.0), name="product")

    def _mu(self, count: Any) -> Any:
        return self._betas[0] * (1 - 0.5 * 0.96**count)

    def begin_update(self, count: Any) -> None:
        """The product of the momentums so far."""
        self._product.assign(self._product.value * self._mu(count))

    def step(
        self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any
    ) -> tuple[Any, dict[str, Any]]:
        """See the class."""
        e = engine()
        momentum = running_mean(slots["momentum"], gradient, self._betas[0])
        velocity = running_mean(slots["velocity"], e.square(gradient), self._betas[1])
        product = e.cast(self._product.value, e.dtype(count))
        now, following = self._mu(count), self._mu(count + 1)
        ahead = momentum * (following / (1 - product * following))
        ahead = ahead + gradient * ((1 - now) / (1 - product))
        root = e.sqrt(velocity / (1 - self._betas[1] ** count))
        after = {"momentum": momentum, "velocity": velocity}
        return value - rate * ahead / (root + self.epsilon), after
