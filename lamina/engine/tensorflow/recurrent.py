"""TensorFlow's own LSTM, which runs over a whole sequence in one kernel.

Measured on a processor, so only there it is used. A step of training of `Embedding(32)` and `LSTM(32)`,
sequences of 100 and batches of 128: a third of the time of the loop.
"""

from typing import Any

import tensorflow as tf

from lamina.engine.tensorflow.compile import by_xla
from lamina.engine.tensorflow.control import scan

_raw: Any = tf.raw_ops
_LARGEST = (
    40_000  # numbers in both weights: the kernel's products of more are slower than the loop's
)
_TWO_HALVES = 32  # rows of a batch; of fewer, the two products of a step are too small to gain


def _lstm(inputs, states, weights):
    if inputs.dtype != tf.float32 or tf.config.list_logical_devices("GPU") or by_xla():
        return None
    if sum(w.shape.num_elements() for w in weights[:2]) > _LARGEST:
        return None
    kernel = tf.concat([tf.transpose(w) for w in weights[:2]], 0)
    bias = sum(weights[2:]) if len(weights) > 2 else tf.zeros(kernel.shape[1:])
    outputs, c = _in_halves(inputs, kernel, bias, states[0][0], states[1][0])
    return outputs, [outputs[-1:], c[None]]


def _in_halves(x, kernel, bias, h, c) -> Any:
    """All outputs and the last `c`; each half of a large batch on a core of its own, since the kernel uses but one."""
    rows = x.shape[1] or 0
    if rows < _TWO_HALVES:
        return _sequence(x, kernel, bias, h, c)
    sizes = [rows // 2, rows - rows // 2]
    halves = zip(*(tf.split(array, sizes, -2) for array in (x, h, c)), strict=True)
    results: Any = [_sequence(x, kernel, bias, h, c) for x, h, c in halves]
    return [tf.concat(parts, -2) for parts in zip(*results, strict=True)]


@tf.custom_gradient
def _sequence(x, kernel, bias, h, c):
    """All outputs and the last `c`."""
    none = tf.zeros_like(bias[: h.shape[1]])  # "peepholes", which are not used
    weights = {"w": kernel, "wci": none, "wcf": none, "wco": none, "b": bias}
    how = {"seq_len_max": x.shape[0], "x": x, "cs_prev": c, "h_prev": h, **weights}
    how["use_peephole"] = False
    kept = _raw.BlockLSTMV2(**how, cell_clip=0.0)

    @tf.custom_gradient
    def slopes(*args):
        of_outputs, of_c = args[5:]
        of_cs = tf.concat([tf.zeros_like(kept.cs[1:]), of_c[None]], 0)
        # The gradient that TensorFlow registers for this kernel mixes the gates up; this is the right one.
        found = _raw.BlockLSTMGradV2(**how, **kept._asdict(), cs_grad=of_cs, h_grad=of_outputs)
        first = [found.x_grad, found.w_grad, found.b_grad, found.h_prev_grad, found.cs_prev_grad]
        return first, lambda *upstream: _second(args, upstream)

    return (kept.h, kept.cs[-1]), lambda *upstream: slopes(x, kernel, bias, h, c, *upstream)


def _second(args, upstream):
    """Second derivatives, for which there is no kernel, by the loop."""
    with tf.GradientTape() as outer:
        outer.watch(args)
        with tf.GradientTape() as inner:
            inner.watch(args[:5])
            results: Any = _step_by_step(*args[:5])
        first = inner.gradient(results, args[:5], args[5:])
    return outer.gradient(first, args, upstream)


def _step_by_step(x, kernel, bias, h, c):
    def step(carry, row):
        z = tf.matmul(tf.concat([row, carry[0]], -1), kernel) + bias
        i, f, g, o = tf.split(z, 4, -1)
        c = tf.sigmoid(f) * carry[1] + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(c)
        return (h, c), h

    (_, c), outputs = scan(step, (h, c), x, x.shape[0])
    return outputs, c


overrides = {"lstm": _lstm}
