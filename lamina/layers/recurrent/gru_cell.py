"""`GRUCell`: one step of a gated recurrent unit."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.recurrent_cell import RecurrentCell


@from_fields
class GRUCell(
    RecurrentCell,
    take.Seeded,
    take.Resetting,
    take.Constrained,
    take.Regularized,
    take.Initialized,
    take.Gated,
    take.Sized,
):
    """One step of a gated recurrent unit, for `RNN`.

        z, r, g = the three parts of  x @ kernel + bias;  u, v, w = those of  h @ recurrent_kernel
        z = s(z + u);  r = s(r + v)              with a = activation, s = recurrent_activation
        g = a(g + r * w)                         with `reset_after`, else a(g + (r * h) @ its part)
        h' = z * h + (1 - z) * g

    Shapes: inputs `(batch, features)`, state `(batch, units)`; kernel `(features, 3 * units)`,
    recurrent kernel `(units, 3 * units)`, bias `(2, 3 * units)` with `reset_after` (one row for each
    product), else `(3 * units,)`.

    Args:
        units: size of the output and of the state.
        activation: of the candidate.
        recurrent_activation: of the two gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        reset_after: apply the reset gate after the product with the state (as fused kernels do).
        seed: of the dropout.

    Raises:
        ValueError: `units` is not a positive integer, or a dropout is not within 0 and 1.

    Example:
        >>> import lamina
        >>> lamina.layers.RNN(lamina.layers.GRUCell(4))(np.zeros((2, 5, 3), "float32")).shape
        (2, 4)

    Source: Cho et al. 2014.
    """

    kind, parts = "GRU", 3

    def bias_shape(self) -> tuple[int, ...]:
        """Return the shape: one row for each product, with `reset_after`."""
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def input_bias(self) -> Any:
        """Return the first row, with `reset_after`."""
        return self.bias[0] if self.bias is not None and self.reset_after else self.bias

    def combine(self, x: Any, h: Any, states: list[Any], recurrent: Any) -> tuple[Any, list[Any]]:
        """`(h', [h'])`."""
        z, r, g = ops.split(x, 3, axis=-1)
        s, a = self.recurrent_activation, self.activation
        if self.reset_after:
            product = ops.matmul(h, recurrent)
            if self.bias is not None:
                product = ops.add(product, self.bias[1])
            u, v, w = ops.split(product, 3, axis=-1)
            z, r = s(ops.add(z, u)), s(ops.add(r, v))
            g = a(ops.add(g, ops.multiply(r, w)))
        else:
            gates, candidate = recurrent[:, : 2 * self.units], recurrent[:, 2 * self.units :]
            u, v = ops.split(ops.matmul(h, gates), 2, axis=-1)
            z, r = s(ops.add(z, u)), s(ops.add(r, v))
            g = a(ops.add(g, ops.matmul(ops.multiply(r, h), candidate)))
        new = ops.add(ops.multiply(z, states[0]), ops.multiply(ops.subtract(1, z), g))
        return new, [new]
