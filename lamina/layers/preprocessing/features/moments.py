"""Mean and variance of data that come in batches, in one pass and in float64."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

_BYTES_AT_ONCE = 2**18  # of rows that are widened: they stay in a processor's cache


class Moments(NamedTuple):
    """Number of values, their mean, and the sum of the squares of their differences from it.

    Two are merged as Chan, Golub and LeVeque (1979) have it: no sum of squares of the values themselves is
    taken, whose digits would be lost where the mean is large.
    """

    count: int
    mean: np.ndarray
    squares: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """The mean of the squared differences from the mean."""
        return self.squares / self.count

    def merged(self, other: Moments | None) -> Moments:
        """Return the moments of the values of both.

        Example:
            >>> one, other = (Moments.of(np.array(x), (0,)) for x in ([1.0, 2.0], [6.0]))
            >>> float(one.merged(other).mean)
            3.0
        """
        if other is None:
            return self
        count = self.count + other.count
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        squares = self.squares + other.squares + apart**2 * (self.count * other.count / count)
        return Moments(count, mean, squares)

    @classmethod
    def of(cls, values: np.ndarray, axes: tuple[int, ...]) -> Moments:
        """Return the moments of an array along `axes`, axis 0 among them."""
        kept = [axis for axis in range(values.ndim) if axis not in axes]
        sizes = tuple(values.shape[axis] for axis in kept)
        rows = max(1, _BYTES_AT_ONCE * len(values) // max(8 * values.size, 1))
        total: Moments | None = None
        for first in range(0, len(values), rows):
            block = np.moveaxis(values[first : first + rows], kept, range(-len(kept), 0))
            total = cls._of_rows(block.reshape(-1, math.prod(sizes))).merged(total)
        assert total is not None
        return Moments(total.count, total.mean.reshape(sizes), total.squares.reshape(sizes))

    @classmethod
    def _of_rows(cls, block: np.ndarray) -> Moments:
        """Return the moments of each column; differences from the first row stand for the values."""
        count, first = len(block), block[0].astype(np.float64)
        apart = np.subtract(block, first, dtype=np.float64)
        ones = np.ones(count)
        sums = ones @ apart
        squares = ones @ np.square(apart, out=apart)
        return cls(count, first + sums / count, np.maximum(squares - sums**2 / count, 0))
