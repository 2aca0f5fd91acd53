"""Complex numbers from their length and angle."""

from __future__ import annotations

from lamina.core.op import Tensor, engine, op

__all__ = ["polar"]


@op(promote="abs_ angle", floating=True)
def polar(abs_: Tensor, angle: Tensor) -> Tensor:
    """Compute `abs_ * (cos(angle) + i sin(angle))`, complex; half precision becomes complex64.

    Example:
        >>> polar(np.float32(2), np.float32(0)).item()
        (2+0j)
    """
    e = engine()
    length, turn = (x if isinstance(x, e.array_types) else e.asarray(x) for x in (abs_, angle))
    wide = "float64" if "float64" in (e.dtype(length), e.dtype(turn)) else "float32"
    length, turn = e.cast(length, wide), e.cast(turn, wide)
    real, imag = e.multiply(length, e.cos(turn)), e.multiply(length, e.sin(turn))
    return e.make_complex(real, imag)
