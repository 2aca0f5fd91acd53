"""`LSTM`: a long short-term memory over time."""

from __future__ import annotations

from typing import Any, Unpack

from lamina.layers.arguments import Common
from lamina.layers.recurrent.lstm_cell import LSTMCell
from lamina.layers.recurrent.own_cell import OwnCell


class LSTM(OwnCell):
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

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Unpack[Common],
    ):
        super().__init__(LSTMCell, dict(locals()))
