"""Many steps on TensorFlow: one by one as graphs, or as one loop compiled by XLA.

Measured here on a processor: XLA's loop makes the steps of a small dense network 2.2 times as fast and
of an LSTM 1.6 times, but those of a convolutional one 18 times as slow, and takes seconds to compile.
So it is tried once, when steps one by one have taken about as long as it costs to try, never where a
graph convolves or pools, and kept only if it proves faster.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import optree
import tensorflow as tf

from lamina.engine.contract import Spec
from lamina.engine.tensorflow.abstract import abstract
from lamina.engine.tensorflow.compile import Program
from lamina.engine.tensorflow.convert import synchronize
from lamina.engine.tensorflow.dtypes import DTYPES

# Enough to make the call's own cost vanish.
steps_per_call = 32

_SECONDS_BEFORE = 1.0
_WINDOWS = ("Conv2D", "Conv3D", "DepthwiseConv2dNative", "MaxPool", "AvgPool")


def repeat(step):
    return _Repeater(step)


class _Repeater:
    """`step` over rows of indices into placed data."""

    def __init__(self, step: Any):
        self._one, self._loop = Program(_one(step)), Program(_loop(step), xla=True)
        self._seconds = 0.0  # that steps of the batch size below have taken one by one
        self._fastest = float("inf")  # of these, in one call, per step
        self._use_loop: bool | None = None  # not decided yet
        self._batch: int | None = None  # the size that the loop is for: others go one by one

    def __call__(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        count, batch = indices.shape
        if self._batch is None:
            self._batch = batch
        if batch != self._batch or count == 1 or self._use_loop is False:
            return self._one_by_one(state, data, indices)
        if self._use_loop:
            return self._looped(state, data, indices)
        if count == steps_per_call and self._seconds > _SECONDS_BEFORE:
            return self._try_loop(state, data, indices)
        began = time.perf_counter()
        state, logs = self._one_by_one(state, data, indices)
        synchronize(logs)
        seconds = time.perf_counter() - began
        self._seconds += seconds
        self._fastest = min(self._fastest, seconds / count)
        return state, logs

    def _one_by_one(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        logs = None
        for row in tf.unstack(tf.constant(indices)):
            state, logs = self._one(state, data, row)
        return state, logs

    def _looped(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        count = len(indices)
        if count < steps_per_call:  # pad, so that the number of steps is no part of the program
            rest = np.zeros((steps_per_call - count, indices.shape[1]), indices.dtype)
            indices = np.concatenate([indices, rest])
        return self._loop(state, data, tf.constant(indices), tf.constant(count))

    def _try_loop(self, state: Any, data: Any, indices: np.ndarray) -> tuple[Any, Any]:
        if self._one.uses(_WINDOWS) and not tf.config.list_logical_devices("GPU"):
            self._use_loop = False
            return self._one_by_one(state, data, indices)
        half = steps_per_call // 2
        try:
            state, logs = self._looped(state, data, indices[:half])  # compiles
        except tf.errors.OpError:  # XLA has not all of TensorFlow's operations
            self._use_loop = False
            return self._one_by_one(state, data, indices)
        synchronize(logs)
        began = time.perf_counter()
        state, logs = self._looped(state, data, indices[half:])
        synchronize(logs)
        self._use_loop = (time.perf_counter() - began) / half < self._fastest
        return state, logs


def _take(data: Any, row: Any) -> Any:
    return optree.tree_map(lambda x: tf.gather(x, row), data)


def _one(step: Any) -> Any:
    return lambda state, data, row: step(state, _take(data, row))


def _loop(step: Any) -> Any:
    def loop(state: Any, data: Any, indices: Any, count: Any) -> Any:
        kind = optree.tree_structure(state)
        given: Any = (state, _take(data, indices[0]))
        specs: Any = optree.tree_map(_spec, given)
        known: Any = abstract(step, *specs)[1]
        logs: Any = optree.tree_map(_zeros, known)

        def body(i: Any, carried: list[Any], _: Any) -> Any:
            found, logs = step(optree.tree_unflatten(kind, carried), _take(data, indices[i]))
            return i + 1, optree.tree_leaves(found), optree.tree_leaves(logs)

        _, carried, leaves = tf.while_loop(
            lambda i, *_: i < count,
            body,
            (tf.constant(0), optree.tree_leaves(state), optree.tree_leaves(logs)),
        )
        logs = optree.tree_unflatten(optree.tree_structure(logs), leaves)
        return optree.tree_unflatten(kind, carried), logs

    return loop


def _spec(x: Any) -> Spec:
    return Spec(tuple(x.shape), x.dtype.name)


def _zeros(spec: Any) -> Any:
    return tf.zeros(spec.shape, DTYPES[spec.dtype])
