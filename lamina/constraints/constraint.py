"""`Constraint` and the projections of weights."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core import settings
from lamina.core.argument_kinds import Axes, NotNegative, Rate
from lamina.core.configurable import Configurable, from_fields


class Constraint(Configurable):
    """Puts a weight back where it is allowed, after every step: `__call__(w)` gives the new value.

    Example:
        >>> import lamina
        >>> class AtMostOne(lamina.constraints.Constraint):
        ...     def __call__(self, w):
        ...         return lamina.ops.minimum(w, 1.0)
        >>> AtMostOne()(np.array([0.5, 3.0])).tolist()
        [0.5, 1.0]
    """

    def __call__(self, w: Any) -> Any:
        """`w` as far as it is allowed."""
        raise NotImplementedError(f"{type(self).__name__} must write `__call__(w)`.")


def _norm(w: Any, axis: Axes) -> Any:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


def _with_norm(w: Any, wanted: Any, norm: Any) -> Any:
    return ops.multiply(w, ops.divide(wanted, ops.add(norm, settings.epsilon())))


@from_fields
class MaxNorm(Constraint):
    """Vectors along `axis` no longer than `max_value`.

    Args:
        max_value: largest Euclidean norm.
        axis: axes of one vector: 0 for the inputs of each unit of a `Dense` kernel, `[0, 1, 2]` for
            each filter of a `Conv2D` kernel.

    Example:
        >>> import lamina
        >>> np.round(lamina.constraints.MaxNorm(5.0)(np.array([[6.0], [8.0]])), 4).tolist()
        [[3.0], [4.0]]

    Source: Srivastava et al. 2014, "Dropout", section 5.1.
    """

    max_value: NotNegative = 2
    axis: Axes = 0

    def __call__(self, w: Any) -> Any:
        """`w` with long vectors shortened."""
        norm = _norm(w, self.axis)
        return _with_norm(w, ops.clip(norm, 0.0, self.max_value), norm)


class NonNeg(Constraint):
    """No negative values: they become 0.

    Example:
        >>> import lamina
        >>> lamina.constraints.NonNeg()(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __call__(self, w: Any) -> Any:
        """`w` with 0 in place of what is negative."""
        return ops.maximum(w, 0.0)


@from_fields
class UnitNorm(Constraint):
    """Vectors along `axis` of length 1.

    Args:
        axis: axes of one vector; see `MaxNorm`.

    Example:
        >>> import lamina
        >>> round(float(lamina.constraints.UnitNorm()(np.array([[6.0], [8.0]]))[0, 0]), 4)
        0.6
    """

    axis: Axes = 0

    def __call__(self, w: Any) -> Any:
        """`w` with vectors of length 1."""
        return _with_norm(w, 1.0, _norm(w, self.axis))


@from_fields
class MinMaxNorm(Constraint):
    """Vectors along `axis` of a length from `min_value` to `max_value`.

    Args:
        min_value, max_value: the range of the Euclidean norm.
        rate: 1 enforces the range at once, less goes that part of the way at each step.
        axis: axes of one vector; see `MaxNorm`.

    Example:
        >>> import lamina
        >>> np.round(lamina.constraints.MinMaxNorm(5.0, 20.0)(np.array([[0.6], [0.8]])), 4).tolist()
        [[3.0], [4.0]]
    """

    min_value: NotNegative = 0.0
    max_value: NotNegative = 1.0
    rate: Rate = 1.0
    axis: Axes = 0

    def __call__(self, w: Any) -> Any:
        """`w` with vectors brought (closer) to the range."""
        norm = _norm(w, self.axis)
        within = ops.multiply(ops.clip(norm, self.min_value, self.max_value), self.rate)
        return _with_norm(w, ops.add(within, ops.multiply(norm, 1 - self.rate)), norm)
