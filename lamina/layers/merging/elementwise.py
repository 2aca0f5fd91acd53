"""Merging element by element: sum, difference, product, mean, largest, smallest."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.layers.merging.base import Merge


class Add(Merge):
    """The sum of a list of tensors.

    Example:
        >>> import lamina
        >>> lamina.layers.Add()([np.ones((2, 3)), np.ones((2, 3))]).shape
        (2, 3)
    """

    def combine(self, xs: list[Any], masks: list[Any] | None) -> Any:
        """`x1 + x2 + ...`."""
        return functools.reduce(ops.add, xs)


class Subtract(Merge):
    """The difference of two tensors, `[x, y]` to `x - y`.

    Example:
        >>> import lamina
        >>> lamina.layers.Subtract()([np.array([[3.0]]), np.array([[1.0]])]).tolist()
        [[2.0]]
    """

    def combine(self, xs: list[Any], masks: list[Any] | None) -> Any:
        """`x1 - x2`."""
        if len(xs) != 2:
            raise ValueError(f"Subtract {self.name!r} takes exactly 2 tensors, not {len(xs)}.")
        return ops.subtract(*xs)


class Multiply(Merge):
    """The product of a list of tensors; masked places count as 1.

    Example:
        >>> import lamina
        >>> lamina.layers.Multiply()([np.array([[3.0]]), np.array([[2.0]])]).tolist()
        [[6.0]]
    """

    def combine(self, xs: list[Any], masks: list[Any] | None) -> Any:
        """`x1 * x2 * ...`; 0 where all are masked."""
        if masks is None:
            return functools.reduce(ops.multiply, xs)
        kept = [ops.where(m, x, ops.ones_like(x)) for x, m in zip(xs, masks, strict=True)]
        product = functools.reduce(ops.multiply, kept)
        return ops.where(functools.reduce(ops.logical_or, masks), product, ops.zeros_like(product))


class Average(Merge):
    """The mean of a list of tensors.

    Example:
        >>> import lamina
        >>> lamina.layers.Average()([np.array([[3.0]]), np.array([[1.0]])]).tolist()
        [[2.0]]
    """

    def combine(self, xs: list[Any], masks: list[Any] | None) -> Any:
        """`(x1 + x2 + ...) / n`."""
        return ops.divide(functools.reduce(ops.add, xs), len(xs))


class Maximum(Merge):
    """The largest of a list of tensors; masked places are left out.

    Example:
        >>> import lamina
        >>> lamina.layers.Maximum()([np.array([[3.0]]), np.array([[1.0]])]).tolist()
        [[3.0]]
    """

    def combine(self, xs: list[Any], masks: list[Any] | None) -> Any:
        """`max(x1, x2, ...)`."""
        return _extreme(ops.maximum, xs, masks)


class Minimum(Merge):
    """The smallest of a list of tensors; masked places are left out.

    Example:
        >>> import lamina
        >>> lamina.layers.Minimum()([np.array([[3.0]]), np.array([[1.0]])]).tolist()
        [[1.0]]
    """

    def combine(self, xs: list[Any], masks: list[Any] | None) -> Any:
        """`min(x1, x2, ...)`."""
        return _extreme(ops.minimum, xs, masks)


def _extreme(larger: Callable, xs: list[Any], masks: list[Any] | None) -> Any:
    if masks is None:
        return functools.reduce(larger, xs)
    best, counts = xs[0], masks[0]
    for x, mask in zip(xs[1:], masks[1:], strict=True):
        # A masked value gives way to its rival; where both are masked it does not matter.
        best = larger(ops.where(counts, best, x), ops.where(mask, x, best))
        counts = ops.logical_or(counts, mask)
    return best


def add(inputs: Any, **kwargs: Any) -> Any:
    """`Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """`Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """`Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """`Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """`Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)
