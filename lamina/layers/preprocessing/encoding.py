"""How the numbers of categories become the layer's output: as they are, or as rows of 0 and 1 or of counts."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.ops.sparse import counted


def encoded(
    ids: Any, mode: str, depth: int, dtype: str, weights: Any = None, sparse: bool = False
) -> Any:
    """Return integers `ids` as `mode` says; a number that is not a category counts for nothing.

    Args:
        mode: `"int"` ids as they are, int32; `"one_hot"` a row of `depth` for each; `"multi_hot"`, `"count"`
            one row for each sample, the ids of axis 1 together (of all, if there is one axis).
        weights: of the shape of `ids`: what each counts, for `"count"`.
        sparse: whether the rows are sparse.

    For a KerasTensor it returns a KerasTensor.

    Example:
        >>> encoded(np.array([[0, 2, 2]]), "count", 4, "float32").tolist()
        [[1.0, 0.0, 2.0, 0.0]]
    """
    ids = ops.cast(ids, "int32")
    if mode == "int":
        return ids
    axes = len(ids.shape)
    if mode == "one_hot":
        if axes == 0:
            ids = ops.expand_dims(ids, 0)
        ids = ops.squeeze(ids, -1) if axes > 1 and ids.shape[-1] == 1 else ids
        return ops.one_hot(ids, depth, dtype=dtype, sparse=sparse)
    ids = ids if axes else ops.expand_dims(ids, 0)
    if mode == "multi_hot":
        return ops.multi_hot(ids, depth, dtype=dtype, sparse=sparse)
    if sparse and axes < 3:
        return counted(ids, weights, depth, dtype)
    rows = ops.one_hot(ids, depth, dtype=dtype)
    if weights is not None:
        rows = ops.multiply(rows, ops.expand_dims(ops.cast(weights, dtype), -1))
    return ops.cast(ops.sum(rows, axis=1 if axes > 1 else 0), dtype)


def check_sparse(name: str, sparse: bool, output_mode: str) -> None:
    """Refuse sparse tensors of numbers of categories.

    Raises:
        ValueError: `sparse` is true with `output_mode="int"`.
    """
    if sparse and output_mode == "int":
        raise ValueError(
            f"{name}: `sparse=True` goes with rows of 0 and 1 or of counts, not with output_mode='int'."
        )
