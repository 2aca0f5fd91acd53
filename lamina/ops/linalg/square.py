"""Determinants and powers of square matrices."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.ops.linalg.solving import inv
from lamina.ops.matrices import check_square, identity_like

__all__ = ["det", "logdet", "matrix_power"]


@op(promote="x", floating=True, single=True)
def det(x: Tensor) -> Tensor:
    """Return the determinant of each matrix of `x` `(..., n, n)`.

    Example:
        >>> round(float(det(np.array([[1.0, 2.0], [3.0, 4.0]]))), 4)
        -2.0
    """
    check_square("det", x)
    return engine().det(x)


@op(promote="x", floating=True, single=True)
def logdet(x: Tensor) -> Tensor:
    """Return the logarithm of the determinant of each positive definite matrix of `x` `(..., n, n)`.

    Example:
        >>> round(float(logdet(np.eye(3) * np.e)), 4)
        3.0
    """
    check_square("logdet", x)
    return engine().slogdet(x)[1]


@op
def matrix_power(x: Tensor, n: int) -> Tensor:
    """Raise each square matrix of `x` to the power `n`: of its inverse if negative, the identity if 0.

    Example:
        >>> matrix_power(np.array([[1, 1], [0, 1]]), 5).tolist()
        [[1, 5], [0, 1]]
    """
    check_square("matrix_power", x)
    if n >= 0:
        return _power(x, n)
    return _power(inv(x), -n)


def _power(x: Any, n: int) -> Any:
    """Multiply by squares: the bits of `n` say which of `x`, `x²`, `x⁴`, ... are factors."""
    e = engine()
    result = None
    while n:
        if n & 1:
            result = x if result is None else e.matmul(result, x)
        n >>= 1
        x = e.matmul(x, x) if n else x
    return identity_like(x) if result is None else result
