"""How the numbers of categories become the layer's output: as they are, or as rows of 0 and 1 or of counts."""

from __future__ import annotations

from typing import Any

from lamina import ops


def encoded(ids: Any, mode: str, depth: int, dtype: str, weights: Any = None) -> Any:
    """Return integers `ids` as `mode` says; a number that is not a category counts for nothing.

    Args:
        mode: `"int"` ids as they are, int32; `"one_hot"` a row of `depth` for each; `"multi_hot"`, `"count"`
            one row for each sample, the ids of axis 1 together (of all, if there is one axis).
        weights: of the shape of `ids`: what each counts, for `"count"`.

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
        return ops.one_hot(
            ops.squeeze(ids, -1) if axes > 1 and ids.shape[-1] == 1 else ids, depth, dtype=dtype
        )
    ids = ids if axes else ops.expand_dims(ids, 0)
    if mode == "multi_hot":
        return ops.multi_hot(ids, depth, dtype=dtype)
    rows = ops.one_hot(ids, depth, dtype=dtype)
    if weights is not None:
        rows = ops.multiply(rows, ops.expand_dims(ops.cast(weights, dtype), -1))
    return ops.cast(ops.sum(rows, axis=1 if axes > 1 else 0), dtype)
