"""Determinants."""

from __future__ import annotations

from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.ops.matrices import check_square
from lamina.ops.numpy.axes import in_single

__all__ = ["det", "logdet"]


@op(promote="x", floating=True)
def det(x: Tensor) -> Tensor:
    """Return the determinant of each matrix of `x` `(..., n, n)`.

    Example:
        >>> round(float(det(np.array([[1.0, 2.0], [3.0, 4.0]]))), 4)
        -2.0
    """
    check_square("det", x)
    return in_single(engine().det, x)


@op(promote="x", floating=True)
def logdet(x: Tensor) -> Tensor:
    """Return the logarithm of the determinant of each positive definite matrix of `x` `(..., n, n)`.

    Example:
        >>> round(float(logdet(np.eye(3) * np.e)), 4)
        3.0
    """
    check_square("logdet", x)
    return in_single(lambda x: engine().slogdet(x)[1], x)
