"""`LSTM`: a long short-term memory over time."""

from __future__ import annotations

from typing import Any

from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.lstm_cell import LSTMCell
from lamina.layers.recurrent.own_cell import OwnCell


@from_fields
class LSTM(
    OwnCell,
    take.Unrolled,
    take.Seeded,
    take.Constrained,
    take.RegularizedOutput,
    take.Remembering,
    take.Sized,
):
    """A long short-term memory: `RNN` over an `LSTMCell`, which has the formulas.

    Shapes: `(batch, time, features)` to `(batch, units)`, or `(batch, time, units)` with
    `return_sequences`. Where a mask `(batch, time)` is false, states and output stay as they were.

    Args:
        units: size of the output and of each of the two states.
        activation: of the candidate and of the output.
        recurrent_activation: of the three gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        unit_forget_bias: let the forget gate's bias start at 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        seed: of the dropout.
        return_sequences: give the outputs of all steps, not of the last only.
        return_state: give the last states as well, `(output, h, c)`.
        go_backwards: from the last step to the first; outputs come in this order.
        stateful: begin each batch with the states that the one before ended with.
        unroll: write the loop out.
        use_cudnn: accepted; the engine's fused kernel is used where it agrees.

    Called as `layer(sequences, initial_state=None, mask=None, training=None)`.

    Raises:
        ValueError: `units` is not a positive integer, a dropout is not within 0 and 1, another number
            of initial states than 2, or `stateful` without a batch size.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.LSTM(4, return_sequences=True, return_state=True)
        >>> outputs, h, c = layer(np.zeros((2, 5, 3), "float32"))
        >>> outputs.shape, h.shape, c.shape
        ((2, 5, 4), (2, 4), (2, 4))

    Source: Hochreiter & Schmidhuber 1997.
    """

    cell_class = LSTMCell
    use_cudnn: Any = "auto"
