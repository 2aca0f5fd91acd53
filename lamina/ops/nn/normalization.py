"""Normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core import settings
from lamina.core.op import Tensor, engine, op
from lamina.ops.numpy.axes import axes_of
from lamina.ops.numpy.structure import squeeze

__all__ = [
    "batch_normalization", "layer_normalization", "moments", "normalize", "rms_normalization",
]  # fmt: skip


def _mean_and_variance(x: Any, axes: Any) -> tuple[Any, Any]:
    e = engine()
    mean = e.mean(x, axis=axes, keepdims=True)
    return mean, e.mean(e.square(e.subtract(x, mean)), axis=axes, keepdims=True)


@op(promote="x", floating=True, single=True)
def moments(
    x: Tensor, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Return mean and variance of `x` along `axes`; half-size floats are summed in float32.

    Args:
        synchronized: over all replicas; with one, which is all there is yet, it changes nothing.

    Example:
        >>> [float(x) for x in moments(np.array([1.0, 3.0]), 0)]
        [2.0, 1.0]
    """
    mean, variance = _mean_and_variance(x, axes_of(axes))
    if keepdims:
        return mean, variance
    return squeeze.reference(mean, axes), squeeze.reference(variance, axes)


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
    """Compute `(x - mean) / sqrt(variance + epsilon) * scale + offset`, vectors lying along `axis`.

    Source: Ioffe & Szegedy 2015.
    """
    e = engine()
    factor = e.rsqrt(e.add(variance, epsilon))
    factor = factor if scale is None else e.multiply(factor, scale)
    shift = e.multiply(e.negative(mean), factor)
    shift = shift if offset is None else e.add(shift, offset)
    following = len(e.shape(x)) - 1 - axis % len(e.shape(x))
    if following:
        sizes = (-1, *[1] * following)
        factor, shift = e.reshape(factor, sizes), e.reshape(shift, sizes)
    return e.add(e.multiply(x, factor), shift)


@op(promote="x", floating=True, single=True)
def layer_normalization(
    x: Tensor,
    gamma: Tensor = None,
    beta: Tensor = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Tensor:
    """Compute `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with moments along `axis`.

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
    epsilon = settings.epsilon() if epsilon is None else epsilon
    if not rms_scaling and (y := _by_kernel(x, gamma, beta, axes, epsilon)) is not None:
        return y
    mean, variance = _mean_and_variance(x, axes)
    factor = e.rsqrt(e.add(variance, epsilon))
    if gamma is not None:
        factor = e.multiply(factor, _along(gamma, x, axes))
    if rms_scaling:
        return e.multiply(x, factor)
    y = e.multiply(e.subtract(x, mean), factor)
    return y if beta is None else e.add(y, _along(beta, x, axes))


def _by_kernel(x: Any, gamma: Any, beta: Any, axes: Any, epsilon: float) -> Any:
    """Normalize by the engine's own kernel, for the last axes; `None` where it has none."""
    e = engine()
    shape = tuple(e.shape(x))
    n, axes = len(shape), (axes,) if isinstance(axes, int) else axes
    own = sorted(axis % n for axis in axes if -n <= axis < n)
    if "layer_norm" not in e.overrides or own != list(range(n - len(axes), n)):
        return None
    sizes = shape[n - len(axes) :]
    gamma, beta = (
        w if w is None else e.broadcast_to(e.cast(w, e.dtype(x)), sizes) for w in (gamma, beta)
    )
    return e.overrides["layer_norm"](x, sizes, gamma, beta, epsilon)


def _along(weight: Any, x: Any, axes: Any) -> Any:
    """Return `weight` in the dtype of `x`, its axes where `x` has them and size 1 elsewhere."""
    e = engine()
    shape = e.shape(x)
    n = len(shape)
    own = {axis % n for axis in ((axes,) if isinstance(axes, int) else axes)}
    weight = e.cast(weight, e.dtype(x))
    if len(e.shape(weight)) != len(own):  # a scalar, say: it broadcasts as it is, or not at all
        return weight
    return e.reshape(weight, tuple(size if i in own else 1 for i, size in enumerate(shape)))


@op(promote="x", floating=True, single=True)
def rms_normalization(
    x: Tensor, scale: Tensor = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> Tensor:
    """Compute `x / sqrt(mean(x**2) + epsilon) * scale`, with the mean along `axis`.

    Half-size floats are computed in float32. The result has the dtype of `x`.

    Args:
        scale: a number, or an array that broadcasts to the shape of `x`.
        epsilon: `lamina.config.epsilon()` by default.

    Example:
        >>> rms_normalization(np.array([3.0, -3.0])).round(3).tolist()
        [1.0, -1.0]

    Source: Zhang & Sennrich 2019.
    """
    e = engine()
    epsilon = settings.epsilon() if epsilon is None else epsilon
    factor = e.rsqrt(e.add(e.mean(e.square(x), axis=axes_of(axis), keepdims=True), epsilon))
    y = e.multiply(x, factor)
    return y if scale is None else e.multiply(y, e.cast(scale, e.dtype(x)))


@op(promote="x", floating=True, single=True)
def normalize(
    x: Tensor, axis: int | Sequence[int] | None = -1, order: int = 2, epsilon: float | None = None
) -> Tensor:
    """Divide `x` by its norm along `axis`, `sum(|x| ** order) ** (1 / order)`, at least `epsilon`.

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
    epsilon = settings.epsilon() if epsilon is None else epsilon
    e, axes = engine(), axes_of(axis)
    if order == 2:
        return e.multiply(
            x, e.rsqrt(e.maximum(e.sum(e.square(x), axis=axes, keepdims=True), epsilon**2))
        )
    # Powers of what is divided by the largest element neither overflow nor vanish.
    peak = e.stop_gradient(e.maximum(e.max(e.abs(x), axis=axes, keepdims=True), epsilon))
    total = e.sum(e.power(e.abs(e.divide(x, peak)), float(order)), axis=axes, keepdims=True)
    root = e.power(e.where(e.less(total, 1.0), 1.0, total), 1.0 / order)
    return e.divide(x, e.multiply(peak, root))
