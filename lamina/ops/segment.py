"""Reductions over rows that share an id."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.engine.contract import Spec

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]


def _shape(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Spec:
    return Spec((num_segments, *data.shape[1:]), data.dtype)


def _segment(how: str, data: Any, ids: Any, count: int | None) -> Any:
    e = engine()
    if len(e.shape(ids)) != 1:
        raise ValueError(
            f"ops.segment_{how}: `segment_ids` must be a vector, not of shape {tuple(e.shape(ids))}. "
            "Reshape it and the data, or use ops.vectorized_map."
        )
    if count is None:
        largest = e.max(ids) if e.shape(ids)[0] else -1
        count = int(largest) + 1
    return e.segment(data, ids, count, how)


@op(shape=_shape)
def segment_sum(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Sum the rows that have an id; 0 where none has.

    Args:
        data: `(n, ...)`.
        segment_ids: integers `(n,)`; rows whose id is out of range are left out.
        num_segments: the result's size along axis 0; without it the largest id says it, which a
            compiled step cannot do on every engine.
        sorted: accepted; the order of ids does not matter.

    Returns:
        `(num_segments, ...)`, of the dtype of `data`.

    Example:
        >>> segment_sum(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1])).tolist()
        [3.0, 4.0]
    """
    return _segment("sum", data, segment_ids, num_segments)


@op(shape=_shape)
def segment_prod(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Multiply the rows that have an id; 1 where none has.

    Arguments and result are those of `segment_sum`.

    Example:
        >>> segment_prod(np.array([2.0, 3.0, 4.0]), np.array([0, 0, 1])).tolist()
        [6.0, 4.0]
    """
    return _segment("prod", data, segment_ids, num_segments)


@op(shape=_shape)
def segment_max(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Return the largest of the rows that have an id; the dtype's lowest value where none has.

    Arguments and result are those of `segment_sum`.

    Example:
        >>> segment_max(np.array([2.0, 3.0, 4.0]), np.array([0, 0, 1])).tolist()
        [3.0, 4.0]
    """
    return _segment("max", data, segment_ids, num_segments)


@op(shape=_shape)
def segment_min(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Return the smallest of the rows that have an id; the dtype's highest value where none has.

    Arguments and result are those of `segment_sum`.

    Example:
        >>> segment_min(np.array([2.0, 3.0, 4.0]), np.array([0, 0, 1])).tolist()
        [2.0, 4.0]
    """
    return _segment("min", data, segment_ids, num_segments)
