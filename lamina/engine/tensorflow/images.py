"""Work on all pixels of images: by TensorFlow's own kernel, or as one program of XLA, which is faster."""

import functools
import math

import tensorflow as tf

from lamina.engine.tensorflow.compile import Program, by_xla

_MODES = ("constant", "nearest", "reflect")  # its "wrap" has periods that are a pixel shorter
_LEAST_BATCH, _LEAST_VALUES = 8, 2**17  # for which a program, made in half a second, is worth it
_USUAL_BATCH = 32  # where a graph leaves it open


def _warp(x, transform, order, fill_mode, fill_value, definition):
    """See `ops.image.affine_transform`; images `(batch, height, width, channels)`.

    `None` where XLA is to do it, or where the kernel means something else.
    """
    integers = (tf.uint8, tf.int32, tf.int64) if order == 0 else ()  # it does not round
    if fill_mode not in _MODES or x.dtype not in (tf.float32, tf.float64, *integers):
        return None
    if by_xla() or _is_for_xla(x):
        return None

    def kernel(x, transform):
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=x,
            transforms=transform,
            output_shape=tf.shape(x)[1:3],
            fill_value=tf.cast(fill_value, tf.float32),
            interpolation="BILINEAR" if order else "NEAREST",
            fill_mode=fill_mode.upper(),
        )

    @tf.custom_gradient
    def differentiable(x, transform):
        """The kernel's own gradient is none by the transform, and by images that of reading them backwards."""
        return kernel(x, transform), lambda upstream: _slopes(definition, (x, transform), upstream)

    return (differentiable if x.dtype.is_floating else kernel)(x, tf.cast(transform, tf.float32))


def _slopes(fn, args, upstream):
    with tf.GradientTape() as tape:
        tape.watch(args)
        result = fn(*args)
    return tape.gradient(result, args, upstream)


def _fused(compute, x, *more):
    """Return `compute(x, *more)`, as one program where that is worth it."""
    if by_xla() or not _is_for_xla(x):
        return compute(x, *more)
    if tf.executing_eagerly():
        return _program(compute)(x, *more)
    return _in_graph(compute)(x, *more)


def _is_for_xla(x):
    """Tell whether a program is worth its making: for batches of images of one size, which come again and again."""
    batch, *size = x.shape
    if None in size or (batch or _LEAST_BATCH) < _LEAST_BATCH:
        return False
    return math.prod(size) * (batch or _USUAL_BATCH) >= _LEAST_VALUES


@functools.lru_cache(256)
def _program(compute):
    return Program(compute, xla=True)


@functools.lru_cache(256)
def _in_graph(compute):
    return tf.function(compute, autograph=False, jit_compile=True)


overrides = {"warp": _warp, "fused": _fused}
