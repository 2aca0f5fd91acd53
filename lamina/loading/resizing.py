"""Resizing one image on the host, by a few weights for each row and column: no engine is needed.

The numbers are those of `ops.image.resize` without antialiasing; besides there are `"area"`, `"gaussian"`
and `"mitchellcubic"`, which `tf.image.resize` has.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - x, 0)


def _cubic(b: float, c: float) -> Callable[[np.ndarray], np.ndarray]:
    """Weigh by distance: Mitchell and Netravali 1988, "Reconstruction filters in computer graphics"."""

    def kernel(x: np.ndarray) -> np.ndarray:
        near = (12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + 6 - 2 * b
        far = -(b + 6 * c) * x**3 + (6 * b + 30 * c) * x**2 - (12 * b + 48 * c) * x + 8 * b + 24 * c
        return np.where(x < 1, near, np.where(x < 2, far, 0)) / 6

    return kernel


def _lanczos(lobes: int) -> Callable[[np.ndarray], np.ndarray]:
    """Weigh by distance: Duchon 1979, "Lanczos filtering in one and two dimensions"."""
    return lambda x: np.where(x < lobes, np.sinc(x) * np.sinc(x / lobes), 0)


def _gaussian(x: np.ndarray) -> np.ndarray:
    """Weigh by distance: a bell of standard deviation 1/2, up to 3 of them."""
    return np.where(x < 1.5, np.exp(-2 * x**2), 0)


_KERNELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bilinear": _triangle,
    "bicubic": _cubic(0, 0.5),
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
    "gaussian": _gaussian,
    "mitchellcubic": _cubic(1 / 3, 1 / 3),
}
_SMOOTHING = ("gaussian", "mitchellcubic")  # change an image of the right size, too
INTERPOLATIONS = (*_KERNELS, "area", "nearest")


def resized(
    pixels: np.ndarray, size: tuple[int, int], interpolation: str, fit: str = "stretch"
) -> np.ndarray:
    """Return an image `(rows, columns, channels)` at another size, float32.

    Args:
        size: the new `(rows, columns)`.
        interpolation: one of `INTERPOLATIONS`.
        fit: `"stretch"`, `"crop"` what does not have the proportions of `size`, or `"pad"` it with zeros.
    """
    if fit == "pad":
        return _padded(pixels, size, interpolation)
    if fit == "crop":
        pixels = _cropped(pixels, size)
    if pixels.shape[:2] == (*size,):
        return pixels.astype("float32")
    result = pixels
    for axis, new in enumerate(size):
        old = result.shape[axis]
        if old != new or interpolation in _SMOOTHING:
            result = _along(result, axis, *_taps(old, new, interpolation))
    return result.astype("float32", copy=False)


def _cropped(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    (rows, columns), (height, width) = size, pixels.shape[:2]
    kept = min(height, int(width * rows / columns)), min(width, int(height * columns / rows))
    top, left = (height - kept[0]) // 2, (width - kept[1]) // 2
    return pixels[top : top + kept[0], left : left + kept[1]]


def _padded(pixels: np.ndarray, size: tuple[int, int], interpolation: str) -> np.ndarray:
    shrink = max(old / new for old, new in zip(pixels.shape, size, strict=False))
    exact = [old / shrink for old in pixels.shape[:2]]
    inner = resized(pixels, (max(int(exact[0]), 1), max(int(exact[1]), 1)), interpolation)
    before = [max(int((new - part) / 2), 0) for new, part in zip(size, exact, strict=True)]
    after = [n - b - m for n, b, m in zip(size, before, inner.shape, strict=False)]
    return np.pad(inner, [*zip(before, after, strict=True), (0, 0)])


def _along(x: np.ndarray, axis: int, places: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum up for each new row the old ones at its `places`; both are `(new, old ones)`."""
    shape = [1] * x.ndim
    shape[axis] = -1
    total = 0
    for place, weight in zip(places.T, weights.T, strict=True):
        total = total + np.take(x, place, axis) * weight.reshape(shape)
    return np.asarray(total)


@functools.lru_cache(1024)
def _taps(old: int, new: int, interpolation: str) -> tuple[np.ndarray, np.ndarray]:
    """Return which of the old rows make up each new one, and how much of each."""
    if interpolation == "nearest":
        return ((2 * np.arange(new) + 1) * old // (2 * new))[:, None], np.ones((new, 1), "float32")
    weights = _shares(old, new) if interpolation == "area" else _weights(old, new, interpolation)
    most = int((weights != 0).sum(1).max())
    places = np.sort(np.argsort(weights == 0, axis=1, kind="stable")[:, :most], axis=1)
    return places, np.take_along_axis(weights, places, 1).astype("float32")


def _weights(old: int, new: int, interpolation: str) -> np.ndarray:
    middles = (np.arange(new) + 0.5) * (old / new) - 0.5
    weights = _KERNELS[interpolation](np.abs(middles[:, None] - np.arange(old)))
    return weights / weights.sum(1, keepdims=True)


def _shares(old: int, new: int) -> np.ndarray:
    """Return how much of each new row's area lies in each old one."""
    edges = np.arange(new + 1) * (old / new)
    starts = np.maximum(edges[:-1, None], np.arange(old))
    stops = np.minimum(edges[1:, None], np.arange(old) + 1)
    shares = np.maximum(stops - starts, 0)
    return shares / shares.sum(1, keepdims=True)
