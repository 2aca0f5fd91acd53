"""Warps of images by TensorFlow's own kernel."""

import tensorflow as tf

_MODES = ("constant", "nearest", "reflect", "wrap")


def _warp(x, transform, order, fill_mode, fill_value):
    """See `ops.image.affine_transform`; images `(batch, height, width, channels)`.

    `None` where there is no such kernel: for "mirror", say.
    """
    integers = (tf.uint8, tf.int32, tf.int64) if order == 0 else ()  # it does not round
    if fill_mode not in _MODES or x.dtype not in (tf.float32, tf.float64, *integers):
        return None
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=tf.cast(transform, tf.float32),
        output_shape=tf.shape(x)[1:3],
        fill_value=tf.cast(fill_value, tf.float32),
        interpolation="BILINEAR" if order else "NEAREST",
        fill_mode=fill_mode.upper(),
    )


overrides = {"warp": _warp}
