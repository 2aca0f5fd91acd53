"""Colours: grey levels, hue, saturation and value."""

from __future__ import annotations

from typing import Any

from lamina.core import dtypes
from lamina.core.op import Tensor, engine, op
from lamina.ops.image.layout import by_batch, narrow, wide

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

# How bright red, green and blue look (ITU-R BT.601).
_LUMA = (0.2989, 0.587, 0.114)


def _channels(name: str, x: Any) -> list[Any]:
    e = engine()
    if e.shape(x)[-1] != 3:
        raise ValueError(f"ops.image.{name} takes 3 channels, not {e.shape(x)[-1]}.")
    if not dtypes.is_float(e.dtype(x)):
        raise ValueError(
            f"ops.image.{name} takes floats from 0 to 1, not {e.dtype(x)}; cast and divide by 255 first."
        )
    return [e.getitem(x, (..., i)) for i in range(3)]


@op
def rgb_to_grayscale(images: Tensor, data_format: str | None = None) -> Tensor:
    """Return the brightness of coloured images, `0.2989 red + 0.587 green + 0.114 blue`.

    Shapes: images `(batch, height, width, 3)` or without batch; the result has one channel. Images
    that have one already stay.

    Raises:
        ValueError: there are neither 3 channels nor 1.

    Example:
        >>> rgb_to_grayscale(np.ones((2, 2, 3), "float32")).shape
        (2, 2, 1)

    Source: ITU-R BT.601.
    """

    def gray(x: Any) -> Any:
        e = engine()
        if e.shape(x)[-1] == 1:
            return x
        if e.shape(x)[-1] != 3:
            raise ValueError(
                f"ops.image.rgb_to_grayscale takes 3 channels or 1, not {e.shape(x)[-1]}."
            )
        dtype, seen = e.dtype(x), wide(x)
        y = e.matmul(seen, e.asarray([[w] for w in _LUMA], e.dtype(seen)))
        # Integers are cut off, not rounded, as in Keras.
        return narrow(y if dtypes.is_float(dtype) else e.floor(y), dtype)

    return by_batch("rgb_to_grayscale", images, data_format, gray)


@op
def rgb_to_hsv(images: Tensor, data_format: str | None = None) -> Tensor:
    """Convert red, green and blue to hue, saturation and value, all from 0 to 1.

    Shapes: images `(batch, height, width, 3)` or without batch, floating.

    Raises:
        ValueError: the images are integers, or have not 3 channels.

    Example:
        >>> rgb_to_hsv(np.array([[[0.0, 0.5, 0.0]]], "float32")).tolist()[0][0][1:]
        [1.0, 0.5]

    Source: Smith 1978, "Color gamut transform pairs".
    """

    def convert(x: Any) -> Any:
        e = engine()
        red, green, blue = _channels("rgb_to_hsv", x)
        value = e.maximum(e.maximum(red, green), blue)
        spread = e.subtract(value, e.minimum(e.minimum(red, green), blue))
        gray = e.equal(spread, 0)
        divisor = e.multiply(e.where(gray, 1.0, spread), 6.0)
        # Which of the three is largest says in which third of the circle the hue lies.
        of_red = e.divide(e.subtract(green, blue), divisor)
        of_green = e.add(e.divide(e.subtract(blue, red), divisor), 1 / 3)
        of_blue = e.add(e.divide(e.subtract(red, green), divisor), 2 / 3)
        hue = e.where(e.equal(value, green), of_green, of_blue)
        hue = e.where(e.equal(value, red), of_red, hue)
        hue = e.where(e.less(hue, 0), e.add(hue, 1.0), hue)
        lit = e.greater(value, 0)
        saturation = e.where(lit, e.divide(spread, e.where(lit, value, 1.0)), 0.0)
        return e.stack([e.where(gray, 0.0, hue), saturation, value], -1)

    return by_batch("rgb_to_hsv", images, data_format, convert)


@op
def hsv_to_rgb(images: Tensor, data_format: str | None = None) -> Tensor:
    """Convert hue, saturation and value to red, green and blue, all from 0 to 1.

    Shapes: images `(batch, height, width, 3)` or without batch, floating.

    Raises:
        ValueError: the images are integers, or have not 3 channels.

    Example:
        >>> hsv_to_rgb(np.array([[[0.0, 1.0, 0.5]]], "float32")).tolist()
        [[[0.5, 0.0, 0.0]]]

    Source: Smith 1978, "Color gamut transform pairs".
    """

    def convert(x: Any) -> Any:
        e = engine()
        hue, saturation, value = _channels("hsv_to_rgb", x)
        hue = e.multiply(hue, 6.0)

        def channel(start: float) -> Any:
            # A ramp up, two sixths of the circle high, a ramp down: 1 where this colour is missing.
            place = e.remainder(e.add(hue, start), 6.0)
            missing = e.minimum(place, e.subtract(4.0, place))
            missing = e.minimum(e.maximum(missing, 0.0), 1.0)
            return e.multiply(value, e.subtract(1.0, e.multiply(saturation, missing)))

        return e.stack([channel(5.0), channel(3.0), channel(1.0)], -1)

    return by_batch("hsv_to_rgb", images, data_format, convert)
