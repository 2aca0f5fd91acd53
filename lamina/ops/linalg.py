"""Linear algebra."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, op
from lamina.engine.contract import Axis
from lamina.engine.current import engine
from lamina.ops.numpy.axes import axes_of, floating, in_single, root

__all__ = ["norm"]


@op
def norm(x: Tensor, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Euclidean norm along `axis`, with slope 0 at 0 (of all elements without); other orders come with `linalg`."""
    if ord not in (None, 2):
        raise ValueError(f"ops.norm: ord={ord!r} is not supported; give None or 2.")
    return in_single(lambda x: _length(x, axes_of(axis), keepdims), floating(x))


def _length(x: Any, axis: Axis, keepdims: bool) -> Any:
    e = engine()
    return root(e.sum(e.square(x), axis, keepdims))
