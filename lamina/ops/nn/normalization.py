"""Normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core import dtypes, settings
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.ops.numpy.axes import axes_of, floating

__all__ = [
    "batch_normalization",
    "layer_normalization",
    "moments",
    "normalize",
    "rms_normalization",
]


def _wide(x: Any) -> Any:
    """`x` in a floating dtype of at least single precision: sums of halves stall or overflow."""
    x = floating(x)
    return engine().cast(x, "float32") if engine().dtype(x) in dtypes.HALVES else x


def _mean_and_variance(x: Any, axes: Any) -> tuple[Any, Any]:
    e = engine()
    mean = e.mean(x, axes, True)
    return mean, e.mean(e.square(e.subtract(x, mean)), axes, True)


@op
def moments(
    x: Tensor, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Mean and variance of `x` along `axes`; half-size floats are summed in float32.

    Args:
        synchronized: over all replicas; with one, which is all there is yet, it changes nothing.

    Example:
        >>> [float(x) for x in moments(np.array([1.0, 3.0]), 0)]
        [2.0, 1.0]
    """
    e = engine()
    axes, x = axes_of(axes), floating(x)
    dtype = e.dtype(x)
    mean, variance = _mean_and_variance(_wide(x), axes)
    if not keepdims:
        sizes = _without(e.shape(x), axes)
        mean, variance = e.reshape(mean, sizes), e.reshape(variance, sizes)
    return (
        (mean, variance)
        if e.dtype(mean) == dtype
        else (e.cast(mean, dtype), e.cast(variance, dtype))
    )


def _without(shape: Sequence[int], axes: Any) -> tuple[int, ...]:
    """The sizes of the axes that are not reduced."""
    n = len(shape)
    gone = range(n) if axes is None else (axes,) if isinstance(axes, int) else axes
    gone = {axis % n for axis in gone}
    return tuple(size for i, size in enumerate(shape) if i not in gone)


@op(promote="x mean variance offset scale", floating=True)
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


@op(promote="x", floating=True)
def layer_normalization(
    x: Tensor,
    gamma: Tensor = None,
    beta: Tensor = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Tensor:
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with moments along `axis`.

    Half-size floats are computed in float32. The result has the dtype of `x`.

    Shapes: gamma and beta have the sizes of `axis`, in the order of the axes of `x`.

    Args:
        epsilon: `lamina.config.epsilon()` by default.
        rms_scaling: (deprecated in Keras) `x / sqrt(variance + epsilon) * gamma`.

    Example:
        >>> layer_normalization(np.array([[1.0, 3.0]])).round(3).tolist()
        [[-1.0, 1.0]]

    Source: Ba et al. 2016.
    """
    rms_scaling = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"layer_normalization has no arguments {sorted(kwargs)}.")
    e, axes = engine(), axes_of(axis)
    wide = _wide(x)
    mean, variance = _mean_and_variance(wide, axes)
    factor = e.rsqrt(e.add(variance, settings.epsilon() if epsilon is None else epsilon))
    if gamma is not None:
        factor = e.multiply(factor, _along(gamma, wide, axes))
    if rms_scaling:
        return e.cast(e.multiply(wide, factor), e.dtype(x))
    y = e.multiply(e.subtract(wide, mean), factor)
    if beta is not None:
        y = e.add(y, _along(beta, wide, axes))
    return e.cast(y, e.dtype(x))


def _along(weight: Any, x: Any, axes: Any) -> Any:
    """`weight` in the dtype of `x`, its axes where `x` has them and size 1 elsewhere."""
    e = engine()
    shape = e.shape(x)
    n = len(shape)
    own = {axis % n for axis in ((axes,) if isinstance(axes, int) else axes)}
    weight = e.cast(weight, e.dtype(x))
    if len(e.shape(weight)) != len(own):  # a scalar, say: it broadcasts as it is, or not at all
        return weight
    return e.reshape(weight, tuple(size if i in own else 1 for i, size in enumerate(shape)))


@op(promote="x", floating=True)
def rms_normalization(
    x: Tensor,
    scale: Tensor = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
) -> Tensor:
    """`x / sqrt(mean(x**2) + epsilon) * scale`, with the mean along `axis`.

    Half-size floats are computed in float32. The result has the dtype of `x`.

    Args:
        scale: a number, or an array that broadcasts to the shape of `x`.
        epsilon: `lamina.config.epsilon()` by default.

    Example:
        >>> rms_normalization(np.array([3.0, -3.0])).round(3).tolist()
        [1.0, -1.0]

    Source: Zhang & Sennrich 2019.
    """
    e, wide = engine(), _wide(x)
    epsilon = settings.epsilon() if epsilon is None else epsilon
    factor = e.rsqrt(e.add(e.mean(e.square(wide), axes_of(axis), True), epsilon))
    y = e.multiply(wide, factor)
    if scale is not None:
        y = e.multiply(y, e.cast(scale, e.dtype(wide)))
    return e.cast(y, e.dtype(x))


@op(promote="x", floating=True)
def normalize(
    x: Tensor, axis: int | Sequence[int] | None = -1, order: int = 2, epsilon: float | None = None
) -> Tensor:
    """`x` divided by its norm along `axis`, `sum(|x| ** order) ** (1 / order)`, at least `epsilon`.

    Args:
        order: a whole number from 1.
        epsilon: `lamina.config.epsilon()` by default.

    Raises:
        ValueError: another order.

    Example:
        >>> normalize(np.array([3.0, -1.0]), order=1).tolist()
        [0.75, -0.25]
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"ops.normalize: `order` must be a whole number from 1, not {order!r}.")
    e, axes = engine(), axes_of(axis)
    epsilon = settings.epsilon() if epsilon is None else epsilon
    wide = _wide(x)
    if order == 2:
        factor = e.rsqrt(e.maximum(e.sum(e.square(wide), axes, True), epsilon**2))
        return e.cast(e.multiply(wide, factor), e.dtype(x))
    # Powers of what is divided by the largest element neither overflow nor vanish.
    peak = e.stop_gradient(e.maximum(e.max(e.abs(wide), axes, True), epsilon))
    total = e.sum(e.power(e.abs(e.divide(wide, peak)), float(order)), axes, True)
    root = e.power(e.where(e.less(total, 1.0), 1.0, total), 1.0 / order)
    return e.cast(e.divide(wide, e.multiply(peak, root)), e.dtype(x))
