"""Products of matrices and tensors."""

from __future__ import annotations

from lamina.core import dtypes
from lamina.core.op import Tensor, op
from lamina.engine.current import engine

__all__ = ["dot", "einsum", "matmul"]


@op(promote="x1 x2")
def matmul(x1: Tensor, x2: Tensor) -> Tensor:
    """Matrix product over the last two axes; leading axes broadcast.

    Shapes: `(..., n, k)` and `(..., k, m)` give `(..., n, m)`; a 1-d tensor counts as a row or column.
    """
    return engine().matmul(x1, x2)


@op
def einsum(subscripts: str, *operands: Tensor) -> Tensor:
    """Einstein's sum convention, e.g. `"bij,bjk->bik"`."""
    e = engine()
    found = [e.dtype(x) for x in operands]
    target = dtypes.result_type(*found)
    return e.einsum(
        subscripts,
        *[x if d == target else e.cast(x, target) for x, d in zip(operands, found, strict=True)],
    )


@op(promote="x1 x2")
def dot(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum of products over the last axis of `x1` and the second to last of `x2` (its only one if 1-d)."""
    e = engine()
    if isinstance(x1, (int, float)) or isinstance(x2, (int, float)) or not x1.shape or not x2.shape:
        return e.multiply(x1, x2)
    if len(e.shape(x2)) <= 2:
        return e.matmul(x1, x2)
    flat = e.reshape(e.transpose(x2, _second_last_first(len(e.shape(x2)))), (e.shape(x2)[-2], -1))
    return e.reshape(e.matmul(x1, flat), (*e.shape(x1)[:-1], *e.shape(x2)[:-2], e.shape(x2)[-1]))


def _second_last_first(n: int) -> list[int]:
    return [n - 2, *range(n - 2), n - 1]
