"""`SimpleRNNCell`: one step of a fully connected recurrent network."""

from __future__ import annotations

from typing import Any, Unpack

from lamina import ops
from lamina.layers.arguments import Options, keep
from lamina.layers.recurrent.recurrent_cell import RecurrentCell


class SimpleRNNCell(RecurrentCell):
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

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Unpack[Options],
    ):
        super().__init__(**kwargs)
        keep(self, locals())

    def combine(self, x: Any, h: Any, states: list[Any], recurrent: Any) -> tuple[Any, list[Any]]:
        """`(h', [h'])`."""
        h = self.activation(ops.add(x, ops.matmul(h, recurrent)))
        return h, [h]
