"""`GRU`: a gated recurrent unit over time."""

from __future__ import annotations

from typing import Any

from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.gru_cell import GRUCell
from lamina.layers.recurrent.own_cell import OwnCell


@from_fields
class GRU(
    OwnCell,
    take.Resetting,
    take.Unrolled,
    take.Seeded,
    take.Constrained,
    take.RegularizedOutput,
    take.Initialized,
    take.Gated,
    take.Sized,
):
    """A gated recurrent unit: `RNN` over a `GRUCell`, which has the formulas.

    Shapes: `(batch, time, features)` to `(batch, units)`, or `(batch, time, units)` with
    `return_sequences`. Where a mask `(batch, time)` is false, state and output stay as they were.

    Args:
        units: size of the output and of the state.
        activation: of the candidate.
        recurrent_activation: of the two gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        seed: of the dropout.
        return_sequences: give the outputs of all steps, not of the last only.
        return_state: give the last state as well, `(output, h)`.
        go_backwards: from the last step to the first; outputs come in this order.
        stateful: begin each batch with the state that the one before ended with.
        unroll: write the loop out.
        reset_after: apply the reset gate after the product with the state.
        use_cudnn: accepted; the engine's fused kernel is used where it agrees.

    Called as `layer(sequences, initial_state=None, mask=None, training=None)`.

    Raises:
        ValueError: `units` is not a positive integer, a dropout is not within 0 and 1, another number
            of initial states than 1, or `stateful` without a batch size.

    Example:
        >>> import lamina
        >>> lamina.layers.GRU(4)(np.zeros((2, 5, 3), "float32")).shape
        (2, 4)

    Source: Cho et al. 2014.
    """

    cell_class = GRUCell
    use_cudnn: Any = "auto"
