"""Resizing: each axis by a matrix of weights.

A pixel of the result is a weighted mean of those around its place in the image; the weights are
those of a kernel centred there. With antialiasing a shrinking image widens the kernel, so that
no pixel is left out.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.core import dtypes
from lamina.core.choices import one_of
from lamina.core.op import Tensor, engine, op
from lamina.ops.image.layout import by_batch, narrow, wide

__all__ = ["resize", "scale_and_translate"]


def _triangle(x: Any) -> Any:
    return engine().maximum(engine().subtract(1.0, x), 0.0)


def _cubic(x: Any) -> Any:
    """Weigh pixels by distance: Keys 1981, "Cubic convolution interpolation for digital image processing", a = -1/2."""
    e = engine()

    def polynomial(*factors: float) -> Any:
        total = e.multiply(x, factors[0])
        for factor in factors[1:-1]:
            total = e.multiply(e.add(total, factor), x)
        return e.add(total, factors[-1])

    near, far = polynomial(1.5, -2.5, 0.0, 1.0), polynomial(-0.5, 2.5, -4.0, 2.0)
    return e.where(e.less(x, 1.0), near, e.where(e.less(x, 2.0), far, 0.0))


def _lanczos(lobes: int) -> Callable:
    """Weigh pixels by distance: Duchon 1979, "Lanczos filtering in one and two dimensions"."""

    def kernel(x: Any) -> Any:
        e = engine()
        middle = e.less(x, 1e-3)
        angle = e.multiply(e.where(middle, 1.0, x), math.pi)
        waves = e.multiply(e.sin(angle), e.sin(e.divide(angle, float(lobes))))
        weights = e.divide(e.multiply(waves, float(lobes)), e.square(angle))
        weights = e.where(middle, 1.0, weights)
        return e.where(e.greater(x, float(lobes)), 0.0, weights)

    return kernel


_KERNELS: dict[str, Callable] = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}
_METHODS: dict[str, Callable] = {
    **_KERNELS,
    **dict.fromkeys(("linear", "trilinear"), _triangle),
    **dict.fromkeys(("cubic", "tricubic"), _cubic),
}


def _weights(
    size: int, new_size: int, scale: Any, shift: Any, kernel: Callable, antialias: bool
) -> Any:
    """Weigh each of `size` pixels for each of `new_size`: `(size, new_size)`, float32.

    `scale` and `shift` are scalars: a pixel at `x` comes to lie at `scale * x + shift`.
    """
    e = engine()
    middles = e.add(e.arange(0, new_size, 1, "float32"), 0.5)
    places = e.subtract(e.divide(e.subtract(middles, shift), scale), 0.5)
    # Counted, as a size that only the graph knows has no range.
    pixels = e.subtract(e.cumsum(e.full((size,), 1, "float32"), 0), 1.0)
    pixels = e.reshape(pixels, (-1, 1))
    distance = e.abs(e.subtract(e.reshape(places, (1, -1)), pixels))
    if antialias:
        distance = e.divide(distance, e.maximum(e.divide(1.0, scale), 1.0))
    weights = kernel(distance)
    total = e.sum(weights, axis=0, keepdims=True)
    some = e.greater(e.abs(total), 1e-4)
    weights = e.where(some, e.divide(weights, e.where(some, total, 1.0)), 0.0)
    # Places outside of the image take nothing, not even from the pixels at its border.
    end = (size if isinstance(size, int) else e.cast(size, "float32")) - 0.5
    inside = e.logical_and(e.greater_equal(places, -0.5), e.less_equal(places, end))
    return e.where(e.reshape(inside, (1, -1)), weights, 0.0)


def _apply(x: Any, axis: int, weights: Any) -> Any:
    e = engine()
    letters = string.ascii_lowercase[: len(e.shape(x))]
    result = letters.replace(letters[axis], "z")
    return e.einsum(f"{letters},{letters[axis]}z->{result}", x, e.cast(weights, e.dtype(x)))


@op
def resize(
    images: Tensor,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Scale images to another size.

    Shapes: images `(batch, height, width, channels)` or without batch. The dtype stays; integers are
    rounded.

    Args:
        size: the new height and width.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        antialias: whether to smooth an image before it shrinks.
        crop_to_aspect_ratio: cut the image to the new shape first, so that nothing is distorted.
        pad_to_aspect_ratio: pad it to the new shape instead, with `fill_value`.
        fill_mode: `"constant"`.

    Raises:
        ValueError: an argument is none of these, or both cropping and padding are asked for.

    Example:
        >>> resize(np.array([[[0.0], [1.0]]], "float32"), (1, 4))[0, :, 0].tolist()
        [0.0, 0.25, 0.75, 1.0]
    """
    one_of("ops.image.resize", "interpolation", interpolation, ("nearest", *_KERNELS))
    if fill_mode != "constant":
        raise ValueError(f"ops.image.resize: `fill_mode` must be 'constant', not {fill_mode!r}.")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("ops.image.resize: crop or pad to the aspect ratio, not both.")
    if np.ndim(size) != 1 or len(size) != 2:
        raise ValueError(f"ops.image.resize: `size` must be (height, width), not {size!r}.")
    size = (int(size[0]), int(size[1]))

    def change(x: Any) -> Any:
        if crop_to_aspect_ratio:
            x = _cropped_to(x, size)
        if pad_to_aspect_ratio:
            x = _padded_to(x, size, fill_value)
        if interpolation == "nearest":
            return _nearest(x, size)
        return _weighted(x, size, _KERNELS[interpolation], antialias)

    return by_batch("resize", images, data_format, change)


def _nearest(x: Any, size: tuple[int, int]) -> Any:
    e = engine()
    for axis, new in enumerate(size, 1):
        old = e.sizes(x)[axis]
        # The pixel in which the middle of the new one lies, in whole numbers.
        middles = e.asarray((2 * np.arange(new) + 1).astype("int32"))
        x = e.take(x, e.floor_divide(e.multiply(middles, old), 2 * new), axis)
    return x


def _weighted(x: Any, size: tuple[int, int], kernel: Callable, antialias: bool) -> Any:
    e = engine()
    result = wide(x)
    for axis, new in enumerate(size, 1):
        old = e.sizes(x)[axis]
        if not (isinstance(old, int) and old == new):
            shift = e.full((), 0.0, "float32")
            scale = e.divide(
                float(new), e.add(shift, old if isinstance(old, int) else e.cast(old, "float32"))
            )
            result = _apply(result, axis, _weights(old, new, scale, shift, kernel, antialias))
    return narrow(result, e.dtype(x))


def _fitting(space: Sequence[int], size: tuple[int, int]) -> list[int]:
    """Return, for height and width, how much of it has the shape of `size` if the other stays as it is."""
    (height, width), (rows, columns) = space, size
    return [int(width * rows / columns), int(height * columns / rows)]


def _cropped_to(x: Any, size: tuple[int, int]) -> Any:
    space = engine().shape(x)[1:3]
    kept = [min(n, fitting) for n, fitting in zip(space, _fitting(space, size), strict=True)]
    starts = [(n - k) // 2 for n, k in zip(space, kept, strict=True)]
    inner = tuple(slice(s, s + k) for s, k in zip(starts, kept, strict=True))
    return engine().getitem(x, (slice(None), *inner))


def _padded_to(x: Any, size: tuple[int, int], value: float) -> Any:
    space = engine().shape(x)[1:3]
    missing = [max(fitting - n, 0) for n, fitting in zip(space, _fitting(space, size), strict=True)]
    # As much on both sides, an odd row left out, as in Keras.
    return engine().pad(x, [(0, 0), *((m // 2, m // 2) for m in missing), (0, 0)], value)


@op
def scale_and_translate(
    images: Tensor,
    output_shape: Sequence[int],
    scale: Tensor,
    translation: Tensor,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Tensor:
    """Scale and shift images: a pixel at `x` moves to `scale * x + translation`.

    What lies outside of the image is 0. Integers become floats, as on Keras' JAX engine.

    Args:
        images: of any number of axes.
        output_shape: the whole shape of the result; other axes than `spatial_dims` keep their size.
        scale, translation: one number for each of `spatial_dims`.
        method: `"linear"`, `"cubic"`, `"lanczos3"`, `"lanczos5"`, or `"bi..."`, `"tri..."` for these.
        antialias: whether to smooth an image before it shrinks.

    Raises:
        ValueError: the method is unknown, or another axis changes its size.

    Example:
        >>> image = np.array([1.0, 2.0], "float32")
        >>> scale_and_translate(image, (4,), [1.0], [1.0], (0,), "linear").tolist()
        [0.0, 1.0, 2.0, 0.0]
    """
    one_of("ops.image.scale_and_translate", "method", method, _METHODS)
    e = engine()
    shape = e.shape(images)
    axes = [axis % len(shape) for axis in spatial_dims]
    kept = [i for i in range(len(shape)) if i not in axes]
    if len(output_shape) != len(shape) or any(shape[i] != output_shape[i] for i in kept):
        raise ValueError(
            f"ops.image.scale_and_translate: `output_shape` {tuple(output_shape)} differs from the images' "
            f"{tuple(shape)} elsewhere than in spatial_dims {tuple(spatial_dims)}."
        )
    dtype = e.dtype(images)
    images = wide(images)
    scale, translation = (e.cast(x, "float32") for x in (scale, translation))
    for i, axis in enumerate(axes):
        factor, shift = (e.getitem(x, (i,)) for x in (scale, translation))
        weights = _weights(
            shape[axis], output_shape[axis], factor, shift, _METHODS[method], antialias
        )
        images = _apply(images, axis, weights)
    return narrow(images, dtype) if dtypes.is_float(dtype) else images
