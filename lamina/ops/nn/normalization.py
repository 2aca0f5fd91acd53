"""Normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core import settings
from lamina.core.op import Tensor, op
from lamina.engine.current import engine

__all__ = ["batch_normalization", "moments", "normalize"]


@op
def moments(
    x: Tensor, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Mean and variance of `x` along `axes`; half-size floats are summed in float32."""
    e = engine()
    axes, dtype = (axes if isinstance(axes, int) else tuple(axes)), e.dtype(x)
    half = dtype in ("float16", "bfloat16")
    x = e.cast(x, "float32") if half else x
    center = e.mean(x, axes, True)
    variance = e.mean(e.square(e.subtract(x, center)), axes, keepdims)
    mean = center if keepdims else e.reshape(center, e.shape(variance))
    return (e.cast(mean, dtype), e.cast(variance, dtype)) if half else (mean, variance)


@op(promote="x mean variance offset scale")
def batch_normalization(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    axis: int,
    offset: Tensor = None,
    scale: Tensor = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`, vectors lying along `axis`.

    Source: Ioffe & Szegedy 2015.
    """
    e = engine()
    sizes = [1] * len(e.shape(x))
    sizes[axis] = e.shape(x)[axis]

    factor = e.rsqrt(e.add(variance, epsilon))
    factor = factor if scale is None else e.multiply(factor, scale)
    shift = e.multiply(e.negative(mean), factor)
    shift = shift if offset is None else e.add(shift, offset)
    return e.add(e.multiply(x, e.reshape(factor, tuple(sizes))), e.reshape(shift, tuple(sizes)))


@op
def normalize(x: Tensor, axis: int = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """`x` divided by its Euclidean norm along `axis`, where that is not 0."""
    if order != 2:
        raise ValueError(f"ops.normalize: order={order!r} is not supported; give 2.")
    e = engine()
    epsilon = settings.epsilon() if epsilon is None else epsilon
    return e.multiply(x, e.rsqrt(e.maximum(e.sum(e.square(x), axis, True), epsilon**2)))
