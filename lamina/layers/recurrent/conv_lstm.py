"""`ConvLSTM1D`, `ConvLSTM2D`, `ConvLSTM3D`: LSTMs over sequences of images."""

from __future__ import annotations

from typing import Any

from lamina.engine.current import engine
from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.conv_lstm_cell import ConvLSTMCell
from lamina.layers.recurrent.own_cell import OwnCell


@from_fields
class ConvLSTM(
    OwnCell,
    take.Looped,
    take.Seeded,
    take.Constrained,
    take.RegularizedOutput,
    take.Remembering,
    take.Convolved,
):
    """Abstract: an LSTM whose states have the places of the inputs' convolution.

    Where a mask `(batch, time)` is false, states and output stay as they were.
    """

    cell_class = ConvLSTMCell

    def states_before(self, sequences: Any) -> list[Any]:
        """Return zeros."""
        return self.cell.zero_states((engine().sizes(sequences)[0], *sequences.shape[2:]))

    def _zero_output(self, batch: int, states: Any) -> Any:
        return states[0] * 0


class ConvLSTM1D(ConvLSTM):
    """A convolutional LSTM over sequences of sequences of vectors.

    Shapes: `(batch, time, steps, channels)` to `(batch, places, filters)`. Arguments: those of
    `ConvLSTM2D`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.ConvLSTM1D(4, 2)
        >>> layer(np.zeros((2, 5, 6, 3), "float32")).shape
        (2, 5, 4)

    Source: Shi et al. 2015, "Convolutional LSTM network", without its peephole weights.
    """

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """A convolutional LSTM over sequences of images.

    Shapes: `(batch, time, rows, columns, channels)` to `(batch, rows, columns, filters)`, or with
    the time axis too under `return_sequences`; with `"channels_first"` channels come before space.
    Where a mask `(batch, time)` is false, states and output stay as they were.

    Args:
        filters: channels of the output and of each state.
        kernel_size: the window's size, or one per axis of space.
        strides, padding, dilation_rate: of the inputs' convolution.
        data_format: `"channels_last"` or `"channels_first"`.
        activation, recurrent_activation: of candidate and output; of the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        unit_forget_bias: let the forget gate's bias start at 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        seed: of the dropout.
        return_sequences, return_state, go_backwards, stateful: as in `LSTM`.

    Raises:
        ValueError: a size is not a positive integer, or a dropout is not within 0 and 1.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.ConvLSTM2D(4, 2)
        >>> layer(np.zeros((2, 5, 6, 7, 3), "float32")).shape
        (2, 5, 6, 4)

    Source: Shi et al. 2015, "Convolutional LSTM network", without its peephole weights.
    """

    rank = 2


class ConvLSTM3D(ConvLSTM):
    """A convolutional LSTM over sequences of volumes.

    Shapes: `(batch, time, depth, rows, columns, channels)` to
    `(batch, depth, rows, columns, filters)`. Arguments: those of `ConvLSTM2D`.

    Example:
        >>> import lamina
        >>> layer = lamina.layers.ConvLSTM3D(2, 2)
        >>> layer(np.zeros((1, 2, 3, 3, 3, 1), "float32")).shape
        (1, 2, 2, 2, 2)

    Source: Shi et al. 2015, "Convolutional LSTM network", without its peephole weights.
    """

    rank = 3
