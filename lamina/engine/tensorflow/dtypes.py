"""TensorFlow's dtypes by name, and what it computes in them by way of wider ones."""

import tensorflow as tf

from lamina.engine import names, widening

DTYPES = {name: tf.as_dtype(name) for name in names.DTYPES}
HALVES = frozenset((tf.float16, tf.bfloat16))
UNSIGNED = frozenset((tf.uint8, tf.uint16, tf.uint32, tf.uint64))
NARROW_INTEGERS = frozenset((tf.int8, tf.int16, *UNSIGNED))


def by_way_of(wide, dtypes):
    return widening.by_way_of(wide, dtypes, tf.cast)


def constant(value, dtype):
    """The number `value` as an array of `dtype`, cut to an integer where that is one."""
    if dtype.is_integer:
        value = int(value)
    elif dtype.is_bool:
        value = bool(value)
    elif isinstance(value, bool):
        value = float(value)
    return tf.constant(value, dtype)
