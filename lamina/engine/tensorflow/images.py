"""Warps of images by TensorFlow's own kernel."""

import tensorflow as tf

from lamina.engine.tensorflow.compile import by_xla

_MODES = ("constant", "nearest", "reflect")  # its "wrap" has periods that are a pixel shorter


def _warp(x, transform, order, fill_mode, fill_value, definition):
    """See `ops.image.affine_transform`; images `(batch, height, width, channels)`.

    `None` where the kernel means something else, or there is none: under XLA, say.
    """
    integers = (tf.uint8, tf.int32, tf.int64) if order == 0 else ()  # it does not round
    if fill_mode not in _MODES or x.dtype not in (tf.float32, tf.float64, *integers) or by_xla():
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


overrides = {"warp": _warp}
