"""Mean and variance of data that come in batches, in one pass and in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_ROWS_BYTES = 2**18  # of rows that are widened at once: they stay in a processor's cache


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
            >>> Moments.of(np.array([1.0, 2.0]), (0,)).merged(Moments.of(np.array([6.0]), (0,))).mean
            array(3.)
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
        rows = max(1, _ROWS_BYTES * len(values) // max(8 * values.size, 1))
        total: Moments | None = None
        for first in range(0, len(values), rows):
            part = values[first : first + rows].astype(np.float64)
            count = int(np.prod([part.shape[axis] for axis in axes]))
            mean = part.mean(axes, keepdims=True)
            part -= mean
            squares = np.square(part, out=part).sum(axes)
            here = cls(count, np.asarray(mean.reshape(squares.shape)), np.asarray(squares))
            total = here.merged(total)
        assert total is not None
        return total
