"""The determinant, in the form that does not overflow."""

from __future__ import annotations

from lamina.core.op import Tensor, engine, op
from lamina.ops.matrices import check_square

__all__ = ["slogdet"]


@op(promote="x", floating=True, single=True)
def slogdet(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sign of the determinant of each matrix of `x` `(..., n, n)`, and the logarithm of its size.

    Example:
        >>> sign, logarithm = slogdet(np.array([[0.0, 2.0], [2.0, 0.0]]))
        >>> float(sign), round(float(logarithm), 4)
        (-1.0, 1.3863)
    """
    check_square("slogdet", x)
    sign, size = engine().slogdet(x)
    return sign, size
