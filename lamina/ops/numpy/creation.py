"""Making tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.op import Tensor, op
from lamina.engine.current import engine

__all__ = ["arange", "eye", "full", "full_like", "ones", "ones_like", "zeros", "zeros_like"]


def full(shape: Sequence[int], fill_value: Any, dtype: Any = None) -> Any:
    """A tensor of `shape` with every element `fill_value`."""
    return engine().full(shape_of(shape), fill_value, dtypes.standardize(dtype))


def zeros(shape: Sequence[int], dtype: Any = None) -> Any:
    """A tensor of zeros, `floatx` unless said otherwise."""
    return engine().full(shape_of(shape), 0, dtypes.standardize(dtype))


def ones(shape: Sequence[int], dtype: Any = None) -> Any:
    """A tensor of ones, `floatx` unless said otherwise."""
    return engine().full(shape_of(shape), 1, dtypes.standardize(dtype))


def shape_of(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(map(int, shape))


@op
def full_like(x: Tensor, fill_value: Any, dtype: Any = None) -> Tensor:
    """`fill_value` in the shape of `x`, and in its dtype unless given."""
    e = engine()
    return e.full(
        e.shape(x), fill_value, e.dtype(x) if dtype is None else dtypes.standardize(dtype)
    )


@op
def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Zeros in the shape of `x`, and in its dtype unless given."""
    return full_like(x, 0, dtype)


@op
def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Ones in the shape of `x`, and in its dtype unless given."""
    return full_like(x, 1, dtype)


def arange(
    start: float, stop: float | None = None, step: float | None = None, dtype: Any = None
) -> Any:
    """Numbers from `start` (0 if only one is given) to before `stop`, `step` apart.

    Example:
        >>> arange(1, 7, 2).tolist()
        [1, 3, 5]
    """
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if dtype is None:
        dtype = dtypes.result_type(
            *(
                dtypes.weak(x) if isinstance(x, (int, float)) else x.dtype.name
                for x in (start, stop, step)
            )
        )
    return engine().arange(start, stop, step, dtypes.standardize(dtype))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """`N` rows and `M` columns with ones on the k-th diagonal."""
    return engine().eye(N, N if M is None else M, k, dtypes.standardize(dtype))
