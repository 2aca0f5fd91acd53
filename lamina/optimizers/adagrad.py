"""Adagrad."""

from collections.abc import Sequence
from typing import Any, Unpack

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.initializers.constant import Constant
from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer, Update


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares so far.

        squares += gradient²
        value -= rate * gradient / sqrt(squares + epsilon)

    Args:
        learning_rate: length of a step.
        initial_accumulator_value: where the sum starts, not negative.
        epsilon: added inside the root.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Adagrad(0.1, 0.0).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: Duchi, Hazan & Singer 2011, "Adaptive subgradient methods for online learning".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the sum of squares."""
        return [("accumulator",)]

    def make_slot(self, name: str, variable: Variable) -> Variable:
        """Let the sum start at `initial_accumulator_value`."""
        return self.add_variable_from_reference(
            variable, name, Constant(self.initial_accumulator_value)
        )

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e = engine()
        squares = slots["accumulator"] + e.square(gradient)
        return value - rate * gradient * e.rsqrt(squares + self.epsilon), {"accumulator": squares}
