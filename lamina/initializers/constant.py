"""Initializers without chance: zeros, ones, one value, the identity matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core.variable import numpy_dtype
from lamina.initializers.initializer import Initializer


class Zeros(Initializer):
    """All values 0.

    Example:
        >>> import lamina
        >>> lamina.initializers.Zeros()((2,)).tolist()
        [0.0, 0.0]
    """

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Make zeros."""
        return np.zeros(shape, numpy_dtype(dtype))


class Ones(Initializer):
    """All values 1.

    Example:
        >>> import lamina
        >>> lamina.initializers.Ones()((2,)).tolist()
        [1.0, 1.0]
    """

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Make ones."""
        return np.ones(shape, numpy_dtype(dtype))


class Constant(Initializer):
    """One value everywhere, or a given array.

    Args:
        value: a number, or an array that broadcasts to the weight's shape.

    Example:
        >>> import lamina
        >>> lamina.initializers.Constant(3.0)((2,)).tolist()
        [3.0, 3.0]
    """

    def __init__(self, value: Any = 0.0):
        self.value = value

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """`value`, broadcast."""
        return np.array(np.broadcast_to(np.asarray(self.value, numpy_dtype(dtype)), shape))


class Identity(Initializer):
    """A matrix with `gain` on the diagonal and 0 elsewhere.

    Args:
        gain: the value on the diagonal.

    Raises:
        ValueError: when called for a shape that is not 2-d.

    Example:
        >>> import lamina
        >>> lamina.initializers.Identity()((2, 3)).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Make the matrix."""
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices: the shape must have 2 axes, not {shape}.")
        return (self.gain * np.eye(*shape)).astype(numpy_dtype(dtype))
