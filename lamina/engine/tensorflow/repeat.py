"""Many steps on TensorFlow: one by one as graphs, or as one loop compiled by XLA.

Measured here on a processor: XLA's loop makes the steps of a small dense network 2.2 times as fast and
of an LSTM 1.6 times, but those of a convolutional one 18 times as slow, and takes seconds to compile.
So it is tried once steps one by one have taken about as long as it costs to try, and never where a
graph convolves or pools.
"""

from __future__ import annotations

from typing import Any

import optree
import tensorflow as tf

from lamina.engine.joined import tree_of
from lamina.engine.repeating import STEPS_PER_CALL, Repeater
from lamina.engine.stepwise import spec
from lamina.engine.tensorflow.abstract import abstract
from lamina.engine.tensorflow.compile import ByXla, Program
from lamina.engine.tensorflow.convert import lent, synchronize, to_numpy
from lamina.engine.tensorflow.dtypes import DTYPES
from lamina.engine.tensorflow.stepping import Step
from lamina.engine.thoroughly import is_thorough

steps_per_call = STEPS_PER_CALL
compiles_by_shape = True
_SECONDS_BEFORE = 0.5
_WINDOWS = ("Conv2D", "Conv3D", "DepthwiseConv2dNative", "MaxPool", "AvgPool")


def repeat(step: Any) -> Repeater:
    one = ByXla(step) if is_thorough(step) else Step(step)

    def worth(seconds: float, fastest: float) -> bool | None:
        if seconds <= _SECONDS_BEFORE:
            return None
        return bool(tf.config.list_logical_devices("GPU")) or not one.uses(_WINDOWS)

    # XLA has not all of TensorFlow's operations.
    program = Program(_loop(step), xla=True)

    def loop(state: Any, batches: Any, count: Any) -> Any:
        # The loop returns new arrays, and has ended when it returns: its batches need not be copied.
        return program(tree_of(state), optree.tree_map(lent, batches), count)

    return Repeater(one, loop, synchronize, to_numpy, worth, (tf.errors.OpError,))


def _entry(batches: Any, i: Any) -> Any:
    return optree.tree_map(lambda x: x[i], batches)


def _put(column: Any, log: Any, i: Any) -> Any:
    """Return a column with the log of step `i`; as a choice, XLA makes it one with what is around it."""
    places = tf.reshape(tf.range(STEPS_PER_CALL), (-1, *[1] * log.shape.rank))
    return tf.where(places == i, log, column)


def _loop(step: Any) -> Any:
    def loop(state: Any, batches: Any, count: Any) -> Any:
        kind = optree.tree_structure(state)
        given: Any = (state, _entry(batches, 0))
        specs: Any = optree.tree_map(spec, given)
        known: Any = abstract(step, *specs)[1]
        columns: Any = optree.tree_map(
            lambda y: tf.zeros((STEPS_PER_CALL, *y.shape), DTYPES[y.dtype]), known
        )

        def body(i: Any, carried: list[Any], columns: list[Any]) -> Any:
            result, logs = step(optree.tree_unflatten(kind, carried), _entry(batches, i))
            logs: Any = optree.tree_leaves(logs)
            columns = [_put(column, log, i) for column, log in zip(columns, logs, strict=True)]
            return i + 1, optree.tree_leaves(result), columns

        _, carried, leaves = tf.while_loop(
            lambda i, *_: i < count,
            body,
            (tf.constant(0), optree.tree_leaves(state), optree.tree_leaves(columns)),
        )
        columns = optree.tree_unflatten(optree.tree_structure(columns), leaves)
        return optree.tree_unflatten(kind, carried), _entry(columns, count - 1), columns

    return loop
