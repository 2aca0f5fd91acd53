"""Classes as vectors."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.core.sparse import Sparse
from lamina.ops.numpy.axes import largest
from lamina.ops.numpy.sorting import sort

__all__ = ["multi_hot", "one_hot"]


@op
def one_hot(
    x: Tensor, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """Put 1 at the index that `x` names along a new axis, else 0; all 0 where it is out of range.

    Args:
        sparse: return a sparse tensor, if the new axis is the last.

    Example:
        >>> one_hot([0, 2], 3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if sparse and axis in (-1, len(engine().shape(x))):
        return _hot(engine().reshape(x, (*engine().shape(x), 1)), num_classes, dtype)
    return _one_hot(x, num_classes, axis, dtype)


def _one_hot(x: Any, num_classes: int, axis: int, dtype: Any) -> Any:
    e = engine()
    n = len(e.shape(x))
    axis = axis % (n + 1)
    labels = e.reshape(x, (*e.shape(x)[:axis], 1, *e.shape(x)[axis:]))
    labels = e.cast(labels, "int32") if e.dtype(x) == "bool" else labels
    classes = e.arange(0, num_classes, 1, e.dtype(labels))
    classes = e.reshape(classes, (num_classes,) + (1,) * (n - axis))
    return e.cast(e.equal(labels, classes), dtypes.standardize(dtype))


@op
def multi_hot(
    inputs: Tensor,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Put 1 at every index that a row of `inputs` names, else 0; indices out of range are left out.

    Shapes: `(batch, n)` to `(batch, num_classes)`; `(n,)` to `(num_classes,)`. With more axes, those
    of axis 1 are joined, and the classes lie along `axis`, as in Keras.

    Args:
        sparse: return a sparse tensor, for inputs with one axis or two and classes along the last axis.

    Raises:
        ValueError: no `num_classes`.

    Example:
        >>> multi_hot([[0, 2], [1, 1]], 3).tolist()
        [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    num_classes = kwargs.pop("num_tokens", num_classes)  # its former name
    if kwargs:
        raise TypeError(f"multi_hot has no arguments {sorted(kwargs)}.")
    if num_classes is None:
        raise ValueError("ops.multi_hot: give `num_classes`, the number of classes.")
    if sparse and axis == -1 and len(engine().shape(inputs)) in (1, 2):
        return _several_hot(inputs, num_classes, dtype)
    joined = 1 if len(engine().shape(inputs)) > 1 else 0
    return largest(_one_hot(inputs, num_classes, axis, dtype), joined)


def _hot(columns: Any, size: int, dtype: Any) -> Sparse:
    """Return rows with 1 at each of their columns, once; columns out of range count nothing."""
    e = engine()
    columns = e.cast(columns, "int32")
    inside = e.logical_and(e.greater_equal(columns, 0), e.less(columns, size))
    values = e.cast(inside, dtypes.standardize(dtype))
    return Sparse(e.where(inside, columns, e.full((), 0, "int32")), values, size)


def _several_hot(columns: Any, size: int, dtype: Any) -> Sparse:
    """Return rows with 1 at each of their columns, however often a column is named."""
    e = engine()
    columns = sort(e.cast(columns, "int32"), axis=-1)
    before = e.concatenate(
        [e.full((*e.shape(columns)[:-1], 1), -1, "int32"), columns[..., :-1]], -1
    )
    return _hot(e.where(e.equal(columns, before), e.full((), -1, "int32"), columns), size, dtype)
