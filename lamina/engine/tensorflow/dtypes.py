"""TensorFlow's dtypes by name, and what it computes in them by way of wider ones."""

from __future__ import annotations

import functools

import tensorflow as tf

from lamina.engine import names

DTYPES = {name: tf.as_dtype(name) for name in names.DTYPES}
HALVES = frozenset((tf.float16, tf.bfloat16))
UNSIGNED = frozenset((tf.uint8, tf.uint16, tf.uint32, tf.uint64))
NARROW_INTEGERS = frozenset((tf.int8, tf.int16, *UNSIGNED))


def _is(x, dtype):
    return isinstance(x, tf.Tensor) and x.dtype == dtype


def by_way_of(wide, dtypes):
    """`fn` of one or more arrays of one dtype; for `dtypes`, which it lacks, computed in `wide`."""

    def wrap(fn):
        @functools.wraps(fn)
        def call(x, *others, **options):
            narrow = x.dtype
            if narrow not in dtypes:
                return fn(x, *others, **options)
            others = [tf.cast(y, wide) if _is(y, narrow) else y for y in others]
            return tf.cast(fn(tf.cast(x, wide), *others, **options), narrow)

        return call

    return wrap


def constant(value, dtype):
    """The number `value` as an array of `dtype`, cut to an integer where that is one."""
    if dtype.is_integer:
        value = int(value)
    elif dtype.is_bool:
        value = bool(value)
    return tf.constant(value, dtype)
