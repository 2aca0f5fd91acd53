"""A user's array as it lies in memory, lent to programs that gather its rows themselves, on the processor.

A thread that gathers batches ahead takes its time from the cores that a program computes on: on two cores an epoch
of a small network took 123 us a step so, and takes 102 where its program gathers.

JAX takes memory in without a copy where it begins at a multiple of 64 bytes, which a user's array seldom does. So
it is lent from its first such place on, as one row of numbers, and the first and the last row are given apart.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lamina.engine.jax.devices import is_processor
from lamina.engine.memory import ALIGNMENT

_LEAST = 1024  # bytes of a row; short ones are gathered quickly, and one by one in a program
_MOST = 2**31  # numbers: they are counted in 32 bits


class Lent(NamedTuple):
    """Rows of an array that lies in memory.

    Attributes:
        body: the array's numbers but for the `ALIGNMENT` bytes that its ends lack.
        skipped: how many of those its beginning lacks, int32.
        ends: the first and the last row.
        numbers: of the rows in each batch, int32 of shape `(batches, batch_size)`.
    """

    body: jax.Array
    skipped: np.int32
    ends: np.ndarray
    numbers: np.ndarray

    def batch(self, i):
        """Gather batch `i`."""
        (first, last), numbers = self.ends, self.numbers[i]
        width, samples = first.size, (self.body.size + _lacking(first.dtype)) // first.size
        starts = (numbers * width - self.skipped)[:, None]
        places = lax.GatherDimensionNumbers((1,), (), (0,))
        rows = lax.gather(self.body, starts, places, (width,), mode="clip")
        rows = rows.reshape(-1, *first.shape)
        numbers = numbers.reshape(-1, *[1] * first.ndim)
        return jnp.where(numbers == 0, first, jnp.where(numbers == samples - 1, last, rows))


def _lacking(dtype):
    return ALIGNMENT // dtype.itemsize


def can_lend(array):
    """Tell whether programs can gather rows of this array of NumPy's, and are quicker so."""
    flags = array.flags
    return (
        is_processor()
        and flags.c_contiguous
        and flags.aligned
        and flags.writeable  # others have no way to JAX without a copy
        and len(array) > 1
        and array.nbytes >= _LEAST * len(array)
        and array.size < _MOST
        and array.dtype.isnative
        and array.dtype.kind in "fiub"
        and jax.dtypes.canonicalize_dtype(array.dtype) == array.dtype
    )


def lent(rows):
    """Lend the array of `lamina.engine.rows.Rows`."""
    array = rows.array
    skipped = -array.ctypes.data % ALIGNMENT // array.itemsize
    body = array.reshape(-1)[skipped:][: array.size - _lacking(array.dtype)]
    ends = array[:: len(array) - 1]
    return Lent(jnp.from_dlpack(body, copy=False), np.int32(skipped), ends, rows.numbers)
