"""Initializers without chance: zeros, ones, one value, the identity matrix."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np

from lamina.core.argument_kinds import number
from lamina.core.variable import numpy_dtype
from lamina.initializers.initializer import Initializer


class WithoutChance(Initializer):
    """An initializer whose values its arguments settle, so that they are made when they are needed.

    A weight that is loaded before takes no memory for them.
    """

    def settle(self, shape: tuple[int, ...], dtype: str) -> np.ndarray | Callable[[], np.ndarray]:
        """Return what makes the values later, or the values if the code is a user's.

        Raises:
            ValueError: there are no such values of `shape`.
        """
        if type(self).__module__ != __name__:  # they may depend on anything
            return self.draw(shape, dtype)
        if any(size < 0 for size in shape):
            raise ValueError(
                f"{type(self).__name__}: no size may be negative, but {shape} is asked for."
            )
        settled = copy.copy(self)
        settled.check(shape)
        return partial(settled.draw, shape, dtype)

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError if there are no values of `shape`."""


class Zeros(WithoutChance):
    """All values 0.

    Example:
        >>> import lamina
        >>> lamina.initializers.Zeros()((2,)).tolist()
        [0.0, 0.0]
    """

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Make zeros."""
        return np.zeros(shape, numpy_dtype(dtype))


class Ones(WithoutChance):
    """All values 1.

    Example:
        >>> import lamina
        >>> lamina.initializers.Ones()((2,)).tolist()
        [1.0, 1.0]
    """

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Make ones."""
        return np.ones(shape, numpy_dtype(dtype))


class Constant(WithoutChance):
    """One value everywhere, or a given array.

    Args:
        value: a number, or an array that broadcasts to the weight's shape.

    Example:
        >>> import lamina
        >>> lamina.initializers.Constant(3.0)((2,)).tolist()
        [3.0, 3.0]
    """

    def __init__(self, value: Any = 0.0):
        if value is None:
            raise ValueError("Constant: `value` must be a number or an array, not None.")
        self.value = value

    def check(self, shape: tuple[int, ...]) -> None:
        """Broadcast `value`, of which a copy is kept: it may be an array that changes."""
        self.value = np.array(self.value)
        np.broadcast_to(self.value, shape)

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """`value`, broadcast."""
        return np.array(np.broadcast_to(np.asarray(self.value, numpy_dtype(dtype)), shape))


class Identity(WithoutChance):
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

    written_if_set: ClassVar[tuple[str, ...]] = ("gain",)

    def __init__(self, gain: float = 1.0):
        self.gain = number(self, "gain", gain)

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError if `shape` is not that of a matrix."""
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices: the shape must have 2 axes, not {shape}.")

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Make the matrix."""
        self.check(shape)
        return (self.gain * np.eye(shape[0], shape[1])).astype(numpy_dtype(dtype))
