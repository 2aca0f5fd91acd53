"""Images as they are drawn: batches of bytes, channels last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.core import settings
from lamina.core.choices import one_of
from lamina.engine.current import to_host


def batch_of(who: str, images: Any, data_format: str | None) -> tuple[np.ndarray, bool]:
    """Return images as `(batch, rows, columns, channels)`, and whether their channels came first.

    Raises:
        ValueError: there are not 4 axes, or not 1, 3 or 4 channels, or `data_format` is unknown.
    """
    array = np.asarray(to_host(images))
    first = data_format or settings.image_data_format()
    one_of(who, "data_format", first, ("channels_first", "channels_last"))
    if array.ndim == 4 and first == "channels_first":
        array = array.transpose(0, 2, 3, 1)
    if array.ndim != 4 or array.shape[-1] not in (1, 3, 4):
        raise ValueError(
            f"{who}: `images` must be a batch of images with 1, 3 or 4 channels, (batch, rows, columns, channels) in "
            f"{first!r}, not an array of shape {np.shape(images)}."
        )
    return array, first == "channels_first"


def as_bytes(images: np.ndarray, value_range: Sequence[float] = (0, 255)) -> np.ndarray:
    """Return values from 0 to 255, of those that lie in `value_range`."""
    low, high = value_range
    scaled = (images.astype("float64") - low) * (255 / (high - low))
    return np.clip(np.rint(scaled), 0, 255).astype("uint8")


def drawn_over(
    who: str, images: Any, data_format: str | None, draw: Callable[[np.ndarray, int], np.ndarray]
) -> np.ndarray:
    """Return the images, each after `draw(image, its number)`: as `uint8`, in the axes that were given."""
    array, first = batch_of(who, images, data_format)
    pixels = as_bytes(array)
    result = np.stack([draw(image, i) for i, image in enumerate(pixels)]) if len(pixels) else pixels
    return result.transpose(0, 3, 1, 2) if first else result


def color_of(who: str, value: Any) -> tuple[int, int, int]:
    """Return a colour as three numbers from 0 to 255.

    Raises:
        ValueError: it is something else.
    """
    array = np.asarray(value)
    if (
        array.shape != (3,)
        or array.dtype.kind not in "iuf"
        or not (0 <= array.min() <= array.max() <= 255)
    ):
        raise ValueError(f"{who}: a colour must be three numbers from 0 to 255, not {value!r}.")
    red, green, blue = (int(n) for n in array)
    return red, green, blue
