"""Adafactor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer, Update


class Adafactor(Optimizer):
    """Adam without momentum, whose mean squares are kept as one row and one column per matrix.

        keep = 1 - count^beta_2_decay
        rows, columns: running means of gradient² + epsilon_1 over the last axis and the one before
        velocity = rows / mean(rows) * columns           (vectors keep the full velocity)
        move = gradient / sqrt(velocity), divided by max(1, rms(move) / clip_threshold)
        value -= max(epsilon_2, rms(value)) * min(rate, 1 / sqrt(count)) * move

    Args:
        learning_rate: length of a step, as a share of the variable's root mean square.
        beta_2_decay: exponent of the decay of the running means, negative.
        epsilon_1: added to squares.
        epsilon_2: the least root mean square of a variable.
        clip_threshold: largest root mean square of a move.
        relative_step: bound the rate by `1 / sqrt(count)`.
        common, options: see `Optimizer`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.Adafactor(0.1).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.9], dtype=float32)

    Source: Shazeer & Stern 2018, "Adafactor: adaptive learning rates with sublinear memory cost".
    """

    elementwise = False

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        *common: Any,
        **options: Unpack[Common],
    ):
        super().__init__(learning_rate, *common, **options)
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def slots(self) -> Sequence[Sequence[str]]:
        """Keep rows, columns and velocity: files hold all three, as Keras' do."""
        return [("rows", "columns", "velocity")]

    def make_slot(self, name: str, variable: Variable) -> Variable:
        """Make rows and columns of matrices; a number that stays 0 where there are none."""
        shape = variable.shape
        if name == "velocity":
            return self.add_variable_from_reference(variable, name)
        if len(shape) < 2:
            return self.add_variable((), dtype="int32", name=variable.name)
        kept_shape = shape[:-1] if name == "rows" else (*shape[:-2], shape[-1])
        return self.add_variable(kept_shape, dtype=variable.dtype, name=variable.name)

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """See the class."""
        e, after = engine(), dict(slots)
        keep = 1 - e.power(count, self.beta_2_decay)
        squares = e.square(gradient) + self.epsilon_1

        def mean(old: Any, new: Any) -> Any:
            return keep * old + (1 - keep) * new

        if len(e.shape(value)) < 2:
            velocity = mean(slots["velocity"], squares)
        else:
            rows = after["rows"] = mean(slots["rows"], e.mean(squares, axis=-1))
            columns = after["columns"] = mean(slots["columns"], e.mean(squares, axis=-2))
            rows = rows / e.mean(rows, axis=-1, keepdims=True)
            velocity = e.getitem(rows, (..., None)) * e.getitem(columns, (..., None, slice(None)))
        after["velocity"] = velocity
        move = gradient * e.rsqrt(velocity)
        move = move / e.maximum(_rms(move) / self.clip_threshold, 1.0)
        if self.relative_step:
            rate = e.minimum(rate, e.rsqrt(count))
        return value - e.maximum(_rms(value), self.epsilon_2) * rate * move, after


def _rms(x: Any) -> Any:
    return engine().sqrt(engine().mean(engine().square(x)))
