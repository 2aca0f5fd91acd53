"""Products with a bias, as one kernel where the engine has one."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.op import Tensor, is_symbolic, op
from lamina.engine.current import engine


def fuses(x: Any) -> bool:
    """Tell whether the engine in force has such a kernel, for `x`."""
    return "affine" in engine().overrides and not is_symbolic(x)


@op(promote="x kernel bias")
def affine(x: Tensor, kernel: Tensor, bias: Tensor | None, axes: int) -> Tensor:
    """Return `x · kernel + bias`: the last `axes` axes of `x` meet the first of the kernel.

    The bias has the shape of the kernel's other axes.
    """
    y = ops.tensordot(x, kernel, axes)
    return y if bias is None else ops.add(y, bias)
