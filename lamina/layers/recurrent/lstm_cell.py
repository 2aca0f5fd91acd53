"""`LSTMCell`: one step of a long short-term memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lamina import ops
from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.recurrent_cell import RecurrentCell


@from_fields
class LSTMCell(
    RecurrentCell, take.Seeded, take.Constrained, take.Regularized, take.Remembering, take.Sized
):
    """One step of a long short-term memory, for `RNN`.

        i, f, g, o = the four parts of  x @ kernel + h @ recurrent_kernel + bias
        c' = s(f) * c + s(i) * a(g)
        h' = s(o) * a(c')            with a = activation, s = recurrent_activation

    Shapes: inputs `(batch, features)`, states `[h, c]` each `(batch, units)`; kernel
    `(features, 4 * units)`, recurrent kernel `(units, 4 * units)`, bias `(4 * units,)`.

    Args:
        units: size of the output and of each state.
        activation: of the candidate and of the output.
        recurrent_activation: of the three gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        unit_forget_bias: let the forget gate's bias start at 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        seed: of the dropout.

    Raises:
        ValueError: `units` is not a positive integer, or a dropout is not within 0 and 1.

    Example:
        >>> import lamina
        >>> lamina.layers.RNN(lamina.layers.LSTMCell(4))(np.zeros((2, 5, 3), "float32")).shape
        (2, 4)

    Source: Hochreiter & Schmidhuber 1997; the forget gate's bias of 1: Jozefowicz et al. 2015.
    """

    kind, parts, states = "LSTM", 4, 2

    def first_bias(self) -> Any:
        """Return an initializer whose values are 1 for the forget gate, if `unit_forget_bias`."""
        return OpenForgetGate(self) if self.unit_forget_bias else self.bias_initializer

    def combine(self, x: Any, h: Any, states: list[Any], recurrent: Any) -> tuple[Any, list[Any]]:
        """`(h', [h', c'])`."""
        return gated(self, ops.add(x, ops.matmul(h, recurrent)), states[1])


class OpenForgetGate:
    """An initializer like that of a cell's bias, but 1 for the forget gate."""

    def __init__(self, cell: Any):
        self.cell = cell

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return the values."""
        made = self.settle(shape, dtype)
        return made() if callable(made) else made

    def settle(self, shape: Any, dtype: Any) -> np.ndarray | Callable[[], np.ndarray]:
        """Return the values, or what draws them when they are needed, as the cell's own initializer does."""
        first, n = self.cell.bias_initializer, self.cell.units
        if not hasattr(first, "settle"):  # a function of the user's
            drawn = [ops.convert_to_numpy(first((m,), dtype=dtype)) for m in (n, 2 * n)]
            return self.joined(drawn)
        settled = [first.settle((m,), dtype) for m in (n, 2 * n)]
        later = all(map(callable, settled))
        return partial(self.joined, settled) if later else self.joined(settled)

    def joined(self, parts: list[Any]) -> np.ndarray:
        """Return the values before the forget gate's, ones, and those behind."""
        before, behind = (np.asarray(part() if callable(part) else part) for part in parts)
        return np.concatenate([before, np.ones_like(before), behind])


def gated(cell: Any, z: Any, c: Any, axis: int = -1) -> tuple[Any, list[Any]]:
    """Return the output and states of an LSTM for its four parts `z`, side by side along `axis`, and the state `c`."""
    i, f, g, o = ops.split(z, 4, axis=axis)
    kept = ops.multiply(cell.recurrent_activation(f), c)
    c = ops.add(kept, ops.multiply(cell.recurrent_activation(i), cell.activation(g)))
    h = ops.multiply(cell.recurrent_activation(o), cell.activation(c))
    return h, [h, c]
