"""Filters: blur and edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.core.op import Tensor, engine, op
from lamina.ops.image.layout import by_batch, narrow, wide
from lamina.ops.nn.windows import padding_of

__all__ = ["gaussian_blur", "sobel_edges"]

_SLOPE = np.array([-1.0, 0.0, 1.0])
_SMOOTH = np.array([1.0, 2.0, 1.0])


def bell(size: int, sigma: float) -> np.ndarray:
    """Return a normal density at `size` places around its middle, with sum 1."""
    places = np.arange(size) - (size - 1) / 2
    weights = np.exp(-0.5 * (places / sigma) ** 2)
    return weights / weights.sum()


def per_channel(x: Any, kernels: Sequence[np.ndarray], padding: str) -> Any:
    """Apply each of `kernels (rows, columns)` to each channel of `x`; the results lie channel by channel."""
    e = engine()
    channels = e.shape(x)[-1]
    one = np.stack(kernels, -1)[:, :, None]
    weights = e.asarray(np.tile(one, (1, 1, 1, channels)).astype("float32"))
    widths = padding_of(padding, e.shape(x)[1:3], one.shape[:2], (1, 1))
    return e.conv(x, e.cast(weights, e.dtype(x)), (1, 1), widths, (1, 1), channels)


def blurred(x: Any, rows: np.ndarray, columns: np.ndarray, padding: str = "same") -> Any:
    """Weight `x (batch, height, width, channels)` along the rows' axis, then the columns'."""
    return per_channel(per_channel(x, [rows[:, None]], padding), [columns[None]], padding)


@op
def gaussian_blur(
    images: Tensor,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Tensor:
    """Replace each pixel by the mean of its neighbours, weighted by a normal density.

    Beyond the border there are zeros. Keras' engines disagree here (two of them mix the channels up);
    this is the definition, with height before width.

    Shapes: images `(batch, height, width, channels)` or without batch.

    Args:
        kernel_size: rows and columns of the neighbourhood.
        sigma: the density's width along rows and columns, in pixels.

    Example:
        >>> gaussian_blur(np.ones((3, 3, 1), "float32"))[1, 1].tolist()
        [1.0]
    """
    rows, columns = (bell(int(n), float(s)) for n, s in zip(kernel_size, sigma, strict=True))

    def blur(x: Any) -> Any:
        return narrow(blurred(wide(x), rows, columns), engine().dtype(x))

    return by_batch("gaussian_blur", images, data_format, blur)


def _edges(x: Any) -> Any:
    vertical, horizontal = np.outer(_SLOPE, _SMOOTH), np.outer(_SMOOTH, _SLOPE)
    return per_channel(x, [vertical, horizontal], "same")


@op(promote="images", floating=True)
def sobel_edges(images: Tensor, data_format: str | None = None) -> Tensor:
    """Measure how steeply images rise downwards and to the right.

    Beyond the border there are zeros, as on Keras' JAX engine.

    Shapes: images `(batch, height, width, channels)` or without batch; the result has one more axis at
    the end: the slope along height, then along width.

    Example:
        >>> sobel_edges(np.ones((4, 4, 1), "float32"))[1, 1].tolist()
        [[0.0, 0.0]]

    Source: Sobel & Feldman 1968.
    """
    # Apart from each other the two have the images' own layout, whatever that is.
    both = [
        by_batch("sobel_edges", images, data_format, lambda x, i=i: _every_other(_edges(x), i))
        for i in (0, 1)
    ]
    return engine().stack(both, -1)


def _every_other(x: Any, start: int) -> Any:
    return engine().getitem(x, (..., slice(start, None, 2)))
