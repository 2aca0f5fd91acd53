"""Classes as vectors."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, op
from lamina.engine.current import engine

__all__ = ["one_hot"]


@op
def one_hot(
    x: Tensor, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at the index that `x` names, else 0, along a new axis; all 0 where the index is out of range.

    Example:
        >>> one_hot([0, 2], 3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    e = engine()
    n = len(e.shape(x))
    axis = axis % (n + 1)
    labels = e.reshape(x, (*e.shape(x)[:axis], 1, *e.shape(x)[axis:]))
    classes = e.reshape(e.arange(0, num_classes, 1, e.dtype(x)), (num_classes,) + (1,) * (n - axis))
    return e.cast(e.equal(labels, classes), dtypes.standardize(dtype))
