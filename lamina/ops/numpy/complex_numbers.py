"""Complex numbers: their parts, angle and conjugate. Real tensors count as complex ones without imaginary part."""

from __future__ import annotations

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.axes import floating

__all__ = ["angle", "conj", "conjugate", "imag", "isreal", "real"]


@op
def angle(x: Tensor) -> Tensor:
    """Return the angle of `x` in the complex plane in radians, from -pi to pi; 0 or pi for real numbers.

    Example:
        >>> angle(np.array([1j, -2.0], "complex64")).tolist()
        [1.5707963705062866, 3.1415927410125732]
    """
    e = engine()
    if dtypes.is_complex(e.dtype(x)):
        return e.arctan2(e.imag(x), e.real(x))
    return e.arctan2(0.0, floating(x))


@op
def conjugate(x: Tensor) -> Tensor:
    """Return `x` with the sign of its imaginary part turned."""
    return engine().conj(x) if dtypes.is_complex(engine().dtype(x)) else x


@op
def conj(x: Tensor) -> Tensor:
    """Compute the same as `conjugate`."""
    return conjugate(x)


@op
def real(x: Tensor) -> Tensor:
    """Return the real part of `x`, in the dtype of its parts."""
    return engine().real(x) if dtypes.is_complex(engine().dtype(x)) else x


@op
def imag(x: Tensor) -> Tensor:
    """Return the imaginary part of `x`, in the dtype of its parts; zeros if `x` is real."""
    e = engine()
    return e.imag(x) if dtypes.is_complex(e.dtype(x)) else e.full(e.shape(x), 0, e.dtype(x))


@op
def isreal(x: Tensor) -> Tensor:
    """Return True where the imaginary part of `x` is 0."""
    e = engine()
    if dtypes.is_complex(e.dtype(x)):
        return e.equal(e.imag(x), 0)
    return e.full(e.shape(x), True, "bool")
