"""Initializers that draw from a given distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.core.argument_kinds import not_negative, number
from lamina.core.variable import numpy_dtype
from lamina.initializers.initializer import RandomInitializer


def truncated_normal(
    generator: np.random.Generator, shape: tuple[int, ...], dtype: Any
) -> np.ndarray:
    """Standard normal draws; those beyond 2 standard deviations are drawn anew."""
    values = generator.standard_normal(math.prod(shape), dtype)
    beyond = np.flatnonzero(np.abs(values) > 2)
    while beyond.size:
        values[beyond] = generator.standard_normal(beyond.size, dtype)
        beyond = beyond[np.abs(values[beyond]) > 2]
    return values.reshape(shape)


def uniform(
    generator: np.random.Generator, shape: tuple[int, ...], low: float, high: float, dtype: Any
) -> np.ndarray:
    """Draws from [low, high)."""
    values = generator.random(math.prod(shape), dtype)
    values *= dtype(high - low)  # in place: new memory costs more than the arithmetic
    values += dtype(low)
    return values.reshape(shape)


class Normal(RandomInitializer):
    """Abstract: standard draws, which a subclass makes, times `stddev`, plus `mean`."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        super().__init__(seed)
        self.mean = number(self, "mean", mean)
        self.stddev = not_negative(self, "stddev", stddev)

    def draw_standard(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Draw with mean 0 and standard deviation 1."""
        raise NotImplementedError(f"{type(self).__name__} must write `draw_standard`.")

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Draw the values."""
        working = self.working_dtype(dtype)
        values = self.draw_standard(shape, working)
        return (values * working(self.stddev) + working(self.mean)).astype(numpy_dtype(dtype))


class RandomNormal(Normal):
    """Draws from a normal distribution.

    Args:
        mean, stddev: of the distribution.
        seed: an integer for the same draws each time; see `RandomInitializer`.

    Example:
        >>> import lamina
        >>> lamina.initializers.RandomNormal(seed=1)((2, 3)).shape
        (2, 3)
    """

    def draw_standard(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Draw with mean 0 and standard deviation 1."""
        return self.generator().standard_normal(math.prod(shape), dtype).reshape(shape)


class TruncatedNormal(Normal):
    """Draws from a normal distribution, none further than 2 `stddev` from `mean`.

    Args:
        mean, stddev: of the distribution before it is cut.
        seed: an integer for the same draws each time; see `RandomInitializer`.

    Example:
        >>> import lamina
        >>> bool(abs(lamina.initializers.TruncatedNormal(stddev=1.0)((100,))).max() <= 2)
        True
    """

    def draw_standard(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Draw with mean 0 and, before the cut, standard deviation 1."""
        return truncated_normal(self.generator(), shape, dtype)


class RandomUniform(RandomInitializer):
    """Draws evenly from [minval, maxval).

    Args:
        minval, maxval: the range.
        seed: an integer for the same draws each time; see `RandomInitializer`.

    Example:
        >>> import lamina
        >>> lamina.initializers.RandomUniform(0.0, 1.0, seed=1)((2,)).shape
        (2,)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None):
        super().__init__(seed)
        self.minval = number(self, "minval", minval)
        self.maxval = number(self, "maxval", maxval)

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Draw the values."""
        working = self.working_dtype(dtype)
        return uniform(self.generator(), shape, self.minval, self.maxval, working).astype(
            numpy_dtype(dtype)
        )


class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal rows or columns (whichever are fewer), times `gain`.

    All axes but the last count as rows.

    Args:
        gain: factor.
        seed: an integer for the same draws each time; see `RandomInitializer`.

    Raises:
        ValueError: when called for a shape with fewer than 2 axes.

    Example:
        >>> import lamina
        >>> q = lamina.initializers.Orthogonal(seed=1)((3, 2))
        >>> np.round(q.T @ q, 5).tolist()
        [[1.0, 0.0], [0.0, 1.0]]

    Source: Saxe et al. 2013, "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks".
    """

    def __init__(self, gain: float = 1.0, seed: Any = None):
        super().__init__(seed)
        self.gain = number(self, "gain", gain)

    def check(self, shape: tuple[int, ...], dtype: str) -> None:
        """Raise ValueError unless `shape` is that of a matrix, and `dtype` floating."""
        super().check(shape, dtype)
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal makes matrices: the shape must have at least 2 axes, not {shape}."
            )

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Draw the matrix."""
        self.check(shape, dtype)
        rows, columns = math.prod(shape[:-1]), shape[-1]
        normal = self.generator().standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(normal)
        # A QR decomposition is free in its signs; fixed like this, all orthogonal matrices are equally likely.
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return (
            (self.gain * (q.T if rows < columns else q)).reshape(shape).astype(numpy_dtype(dtype))
        )
