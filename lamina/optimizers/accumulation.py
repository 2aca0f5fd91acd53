"""Gradient accumulation: one update from the weighted mean of several batches' gradients.

A batch's gradient is that of its *mean* loss, so it counts by its number of samples: k batches,
the last of which may be smaller, give the gradient of the one large batch. (Keras takes the plain mean,
which differs if sizes do.) The training step passes the size, which a trace knows as a number;
`apply` without it counts every batch alike, as Keras does.

The variables are Keras', so that files move both ways: `iteration` counts batches, and the accumulator
after j of k batches is j times the weighted mean: Keras' plain sum, if all were of one size. The mean
size so far is state of the step, but in no file: where it is missing, earlier batches count as large
as the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.gradients import conditionally


def accumulate(
    grads: Sequence[Any],
    accumulators: Sequence[Variable],
    mean_size: Variable,
    position: Any,
    steps: int,
    size: float,
    update: Callable[[list[Any]], None],
    variables: Sequence[Variable],
) -> None:
    """Take in one batch's gradients; after `steps` batches call `update` with their weighted mean.

    Args:
        position: native int, how many batches are in `accumulators` already.
        size: of this batch.
        variables: all that `update` may assign.
    """
    e = engine()
    has_size = e.logical_and(e.greater(position, 0), e.greater(mean_size.value, 0.0))
    before = e.where(has_size, mean_size.value, e.full((), size, "float32"))
    count = e.cast(position, "float32")
    after = (before * count + size) / (count + 1)
    mean_size.assign(after)
    for gradient, accumulator in zip(grads, accumulators, strict=True):
        old, new = (e.cast(x / after, accumulator.dtype) for x in (before, size))
        accumulator.assign(accumulator.value * old + gradient * new)

    def finish() -> None:
        update([accumulator.value / steps for accumulator in accumulators])
        for accumulator in accumulators:
            accumulator.assign(e.full(accumulator.shape, 0.0, accumulator.dtype))

    conditionally(e.equal(position, steps - 1), finish, None, variables)
