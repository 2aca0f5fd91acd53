"""Layers that look around each pixel, or replace a part of the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image.base import per_image
from lamina.layers.preprocessing.image.colours import ByChance, ByFactor
from lamina.layers.preprocessing.image.draws import between
from lamina.ops.image.filters import per_channel

_SOFT = np.array([[1.0, 1.0, 1.0], [1.0, 5.0, 1.0], [1.0, 1.0, 1.0]]) / 13


@from_fields
class RandomSharpness(ByFactor):
    """In training, make each image sharper or softer.

    Args:
        factor: (low, high) from 0 to 1: 0 softens, 0.5 changes nothing, 1 sharpens; a number `f` means
            (0, f).
        value_range, seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: the factor is beyond its bounds.
    """

    factor_bounds = (0, 1)

    factor: Any
    value_range: Any = (0, 255)
    data_format: Any = None
    seed: Any = None

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Move away from the softened image."""
        soft = per_channel(x, [_SOFT], "same")
        return soft + (x - soft) * (2 * amounts)


@from_fields
class RandomGaussianBlur(ByChance):
    """In training, blur some images.

    Args:
        factor: the probability of it, or (low, high) between which it is drawn for each image.
        kernel_size: columns and rows of the neighbourhood, or a number for both.
        sigma: (low, high): width of the density in pixels, drawn for each image; a number `s` means (0, s).
        value_range, seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: the factor is beyond 0 and 1.
    """

    factor: Any = 1.0
    kernel_size: Any = 3
    sigma: Any = 1.0
    value_range: Any = (0, 255)
    data_format: Any = None
    seed: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        size = self.kernel_size
        pair = (size, size) if isinstance(size, int) else size
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or min(pair) < 1:
            raise ValueError(
                f"{type(self).__name__}: `kernel_size` must be a positive integer or two, not {size!r}."
            )
        self.kernel_size = tuple(pair)
        self.sigma = self.limits("sigma", self.sigma)

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw which images are blurred, and how much."""
        chance, choice, sigma = self.draw(data, 3, seed)
        return [per_image(choice < between(chance, self.factor)), between(sigma, self.sigma)]

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Add up shifted images, along each axis; beyond the border there are zeros."""
        applied, sigma = amounts
        blurred = x
        for axis, size in ((2, self.kernel_size[0]), (1, self.kernel_size[1])):
            blurred = _along(blurred, axis, size, ops.maximum(sigma, 1e-3))
        return ops.where(applied, blurred, x)


def _along(x: Any, axis: int, size: int, sigma: Any) -> Any:
    e = engine()
    places = [i - (size - 1) / 2 for i in range(size)]
    weights = [ops.exp(-0.5 * ops.square(place / sigma)) for place in places]
    whole = sum(weights[1:], weights[0])
    before = (size - 1) // 2
    widths = [(0, 0)] * 4
    widths[axis] = (before, size - 1 - before)
    padded, length = e.pad(x, widths, 0), e.sizes(x)[axis]
    total: Any = 0.0
    for i, weight in enumerate(weights):
        part = tuple([slice(None)] * axis + [slice(i, i + length)])
        total = total + e.getitem(padded, part) * per_image(weight / whole)
    return total


@from_fields
class RandomErasing(ByChance):
    """In training, replace a rectangle of some images by one value, or by noise.

    Args:
        factor: the probability of it, or (low, high) between which it is drawn for each image.
        scale: (low, high) from 0 to 1: the rectangle's share of the image's area; a number `s` means (0, s).
        fill_value: what comes in its place; by default noise, by pixel.
        value_range, seed, data_format: as in `RandomHue`.

    Raises:
        ValueError: the factor or the scale is beyond 0 and 1.

    Source: Zhong et al. 2017, "Random erasing data augmentation".
    """

    factor: Any = 1.0
    scale: Any = (0.02, 0.33)
    fill_value: Any = None
    value_range: Any = (0, 255)
    seed: Any = None
    data_format: Any = None

    def check_arguments(self) -> None:
        """Complete the arguments."""
        super().check_arguments()
        self.scale = self.limits("scale", self.scale)

    def amounts(self, data: Any, seed: Any) -> Any:
        """Draw the rectangles, and four numbers from which the noise is made."""
        chance, choice, share, shape, *places, noise = self.draw(data, 7, seed)
        side = ops.sqrt(between(share, self.scale))
        stretch = ops.exp(between(shape, (-0.5, 0.5)))
        inside = rectangles(self.size(data), (side * stretch, side / stretch), places)
        return [ops.logical_and(per_image(choice < between(chance, self.factor)), inside), noise]

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Replace."""
        inside, start = amounts
        if self.fill_value is not None:
            return ops.where(inside, float(self.fill_value), x)
        # Noise without a draw for each pixel: the digits far behind the point of a steep wave.
        place = ops.cumsum(ops.cumsum(ops.ones_like(x), axis=1) * 12.9898, axis=2)
        channel = ops.cumsum(ops.ones_like(x[:1, :1, :1]), axis=3) * 78.233
        wave = ops.sin(place + channel + per_image(start) * 100) * 437.585
        return ops.where(inside, self.from_unit(wave - ops.floor(wave)), x)


def rectangles(size: tuple[Any, Any], shares: Any, places: Any) -> Any:
    """Return which pixels lie in a rectangle of each image: `(batch, height, width, 1)`, bool.

    Args:
        size: height and width of the images.
        shares: the rectangles' heights and widths as shares of the images', `(batch,)`; cut at 1.
        places: where they lie, from 0 to 1, `(batch,)`.
    """
    inside: Any = True
    for axis, (n, share, place) in enumerate(zip(size, shares, places, strict=True)):
        n = ops.cast(n, "float32")
        length = ops.round(ops.minimum(share, 1.0) * n)
        start = ops.floor(place * (n - length + 1))
        pixels = ops.cumsum(ops.ones((size[axis],), "float32")) - 1
        shape = (1, -1, 1, 1) if axis == 0 else (1, 1, -1, 1)
        pixels = ops.reshape(pixels, shape)
        within = ops.logical_and(pixels >= per_image(start), pixels < per_image(start + length))
        inside = within if axis == 0 else ops.logical_and(inside, within)
    return inside
