"""Arguments of recurrent cells, and of the layers over them, in the groups in which they follow each other.

A class lists its groups from the last to the first: Python, and `from_fields`, take bases from the end.
"""

from __future__ import annotations

from typing import Any

from lamina.core.argument_kinds import Count, Rate
from lamina.layers.arguments import Sized as Sized, by_rank, from_fields
from lamina.layers.windows import DataFormat, Padding, Sizes


@from_fields
class Ranked:
    """Over how many axes of space windows slide."""

    rank: Count


@from_fields
class Convolved:
    """How many windows slide over space, and how."""

    filters: Count
    kernel_size: Sizes
    strides: Sizes = by_rank(1, 1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = by_rank(1, 1, 1)


@from_fields
class Activated:
    """What output and candidates go through."""

    activation: Any = "tanh"


@from_fields
class Gated(Activated):
    """The same, and what gates go through."""

    recurrent_activation: Any = "sigmoid"


@from_fields
class Initialized:
    """Where the weights start."""

    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    recurrent_initializer: Any = "orthogonal"
    bias_initializer: Any = "zeros"


@from_fields
class Remembering(Initialized, Gated):
    """Where those of an LSTM start."""

    unit_forget_bias: bool = True


@from_fields
class Regularized:
    """Losses computed from the weights."""

    kernel_regularizer: Any = None
    recurrent_regularizer: Any = None
    bias_regularizer: Any = None


@from_fields
class RegularizedOutput(Regularized):
    """The same, and a loss computed from the output."""

    activity_regularizer: Any = None


@from_fields
class Constrained:
    """What is applied to the weights after every update, and what is dropped in training."""

    kernel_constraint: Any = None
    recurrent_constraint: Any = None
    bias_constraint: Any = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0


@from_fields
class Resetting:
    """Where a GRU's reset gate stands."""

    reset_after: bool = True


@from_fields
class Seeded:
    """Where the draws of the dropout begin."""

    seed: Any = None


@from_fields
class Looped:
    """How the loop over time runs, and what of it is returned."""

    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False


@from_fields
class Unrolled(Looped):
    """The same, where the loop may be written out."""

    unroll: bool = False
