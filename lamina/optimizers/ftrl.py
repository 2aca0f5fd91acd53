"""Ftrl."""

from collections.abc import Sequence
from typing import Any, Unpack

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.initializers.constant import Constant
from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer, Update


class Ftrl(Optimizer):
    """Follow the regularized leader: weights from all gradients so far, with exact zeros under `l1`.

        squares' = squares + gradient²
        linear += gradient + 2 * shrinkage * value - (squares'^-power - squares^-power) / rate * value
        value = (clip(linear, -l1, l1) - linear) / (squares'^-power / rate + 2 * (l2 + beta / (2 * rate)))

    Args:
        learning_rate: length of a step.
        learning_rate_power: how steps shrink with the squares, not positive.
        initial_accumulator_value: where the squares start, not negative.
        l1_regularization_strength, l2_regularization_strength: penalties, not negative.
        l2_shrinkage_regularization_strength: a penalty on the size of weights, added to gradients.
        beta: the paper's beta.
        common, options: see `Optimizer`.

    Raises:
        ValueError: an argument of the wrong sign.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Ftrl(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.7451], dtype=float32)

    Source: McMahan et al. 2013, "Ad click prediction: a view from the trenches", algorithm 1.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep the sum of squares and the linear term."""
        return [("accumulator", "linear")]

    def make_slot(self, name: str, variable: Variable) -> Variable:
        """Let the squares start at `initial_accumulator_value`."""
        start = self.initial_accumulator_value if name == "accumulator" else 0.0
        return self.add_variable_from_reference(variable, name, Constant(start))

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e, power = engine(), -self.learning_rate_power
        shrunk = gradient + 2 * self.l2_shrinkage_regularization_strength * value
        squares = slots["accumulator"] + e.square(gradient)
        scale = e.power(squares, power)
        grown = scale - e.power(slots["accumulator"], power)
        linear = slots["linear"] + shrunk - grown / rate * value
        l1 = self.l1_regularization_strength
        bounded = e.minimum(e.maximum(linear, -l1), l1)
        divisor = scale / rate + 2 * (self.l2_regularization_strength + self.beta / (2 * rate))
        return (bounded - linear) / divisor, {"accumulator": squares, "linear": linear}
