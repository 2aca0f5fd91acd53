"""`SimpleRNNCell`: one step of a fully connected recurrent network."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.recurrent_cell import RecurrentCell


@from_fields
class SimpleRNNCell(
    RecurrentCell,
    take.Seeded,
    take.Constrained,
    take.Regularized,
    take.Initialized,
    take.Activated,
    take.Sized,
):
    """One step of the simplest recurrent network, for `RNN`.

        h' = activation(x @ kernel + h @ recurrent_kernel + bias)

    Shapes: inputs `(batch, features)`, state `(batch, units)`; kernel `(features, units)`, recurrent
    kernel `(units, units)`, bias `(units,)`.

    Args:
        units: size of the output, which is the state.
        activation: of the output.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        seed: of the dropout.

    Raises:
        ValueError: `units` is not a positive integer, or a dropout is not within 0 and 1.

    Example:
        >>> import lamina
        >>> lamina.layers.RNN(lamina.layers.SimpleRNNCell(4))(np.zeros((2, 5, 3), "float32")).shape
        (2, 4)

    Source: Elman 1990, "Finding structure in time".
    """

    kind, parts = "SimpleRNN", 1

    def combine(self, x: Any, h: Any, states: list[Any], recurrent: Any) -> tuple[Any, list[Any]]:
        """`(h', [h'])`."""
        h = self.activation(ops.add(x, ops.matmul(h, recurrent)))
        return h, [h]
