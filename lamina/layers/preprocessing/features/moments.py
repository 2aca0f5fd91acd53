"""Mean and variance of data that come in batches, in one pass and in float64."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

_BYTES_AT_ONCE = 2**19  # of rows that are widened: they stay in a processor's cache


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
        """Return the moments of an array along `axes`, axis 0 among them.

        Differences from the first row are summed. A share `n * 2**-53` of the variance may be lost at worst,
        where that row is the one that is far from all others; however large the mean is.
        """
        kept = [axis for axis in range(values.ndim) if axis not in axes]
        sizes = tuple(values.shape[axis] for axis in kept)
        columns = math.prod(sizes)
        samples = max(1, _BYTES_AT_ONCE * len(values) // max(8 * values.size, 1))
        count, sums, squares = 0, np.zeros(columns), np.zeros(columns)
        firsts = apart = ones = np.empty(0)
        for start in range(0, len(values), samples):
            block = np.moveaxis(values[start : start + samples], kept, range(-len(kept), 0))
            block = block.reshape(-1, columns)
            if not count:  # a whole table of them: NumPy is slow where rows are short
                firsts = np.tile(block[0].astype(np.float64), (len(block), 1))
                apart, ones = np.empty_like(firsts), np.ones(len(block))
            rows = apart[: len(block)]
            np.copyto(rows, block, casting="unsafe")
            rows -= firsts[: len(block)]
            sums += ones[: len(block)] @ rows
            squares += ones[: len(block)] @ np.square(rows, out=rows)
            count += len(block)
        mean, left = firsts[0] + sums / count, np.maximum(squares - sums**2 / count, 0)
        return Moments(count, mean.reshape(sizes), left.reshape(sizes))
