"""`SimpleRNN`: a fully connected recurrent network over time."""

from lamina.layers.arguments import from_fields
from lamina.layers.recurrent import cell_arguments as take
from lamina.layers.recurrent.own_cell import OwnCell
from lamina.layers.recurrent.simple_rnn_cell import SimpleRNNCell


@from_fields
class SimpleRNN(
    OwnCell,
    take.Seeded,
    take.Unrolled,
    take.Constrained,
    take.RegularizedOutput,
    take.Initialized,
    take.Activated,
    take.Sized,
):
    """The simplest recurrent network: `RNN` over a `SimpleRNNCell`, which has the formula.

    Shapes: `(batch, time, features)` to `(batch, units)`, or `(batch, time, units)` with
    `return_sequences`. Where a mask `(batch, time)` is false, state and output stay as they were.

    Args:
        units: size of the output, which is the state.
        activation: of the output.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: where the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after every update.
        dropout, recurrent_dropout: parts of the inputs, and of h, set to 0 in training.
        return_sequences: give the outputs of all steps, not of the last only.
        return_state: give the last state as well, `(output, h)`.
        go_backwards: from the last step to the first; outputs come in this order.
        stateful: begin each batch with the state that the one before ended with.
        unroll: write the loop out.
        seed: of the dropout.

    Called as `layer(sequences, initial_state=None, mask=None, training=None)`.

    Raises:
        ValueError: `units` is not a positive integer, a dropout is not within 0 and 1, another number
            of initial states than 1, or `stateful` without a batch size.

    Example:
        >>> import lamina
        >>> lamina.layers.SimpleRNN(4)(np.zeros((2, 5, 3), "float32")).shape
        (2, 4)

    Source: Elman 1990, "Finding structure in time".
    """

    written_if_set = ("seed",)
    cell_class = SimpleRNNCell
