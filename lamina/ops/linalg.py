"""Linear algebra."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, op
from lamina.engine.contract import Axis
from lamina.engine.current import engine
from lamina.ops.numpy.axes import axes_of, floating

__all__ = ["norm"]


@op
def norm(x: Tensor, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Euclidean norm along `axis` (of all elements without); other orders come with `linalg`."""
    if ord not in (None, 2):
        raise ValueError(f"ops.norm: ord={ord!r} is not supported; give None or 2.")
    e = engine()
    return e.sqrt(e.sum(e.square(floating(x)), axes_of(axis), keepdims))
