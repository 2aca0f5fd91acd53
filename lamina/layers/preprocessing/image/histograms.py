"""Layers that spread the values of an image by what it holds: contrast by extremes and histograms."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count
from lamina.engine.current import engine
from lamina.layers.arguments import from_fields
from lamina.layers.preprocessing.image.colours import Colouring


class Fixed(Colouring):
    """Abstract: nothing is drawn; images change at inference as in training."""

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Return nothing that is random."""
        return {"amounts": None}


@from_fields
class AutoContrast(Fixed):
    """Stretch each channel of each image over the range of values. A channel of one value stays.

    Args:
        value_range: of the images.

    Example:
        >>> import lamina
        >>> lamina.layers.AutoContrast()(np.array([[[[10.0], [20.0]]]], "float32")).tolist()
        [[[[0.0], [255.0]]]]
    """

    value_range: Any = (0, 255)

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Stretch."""
        low, high = (extreme(x, axis=(1, 2), keepdims=True) for extreme in (ops.min, ops.max))
        spread = high - low
        flat = spread <= 0
        return ops.where(flat, x, self.from_unit((x - low) / ops.where(flat, 1.0, spread)))


def counts(x: Any, bins: int) -> Any:
    """Count the entries of each bin for each row: `x (rows, entries)`, integers, gives `(rows, bins)`."""
    e = engine()
    rows, _ = e.sizes(x)
    starts = e.multiply(e.subtract(e.cumsum(e.full((rows,), 1, "int32"), 0), 1), bins)
    places = e.reshape(e.add(x, e.reshape(starts, (-1, 1))), (-1, 1))
    ones = e.add(e.multiply(e.cast(e.reshape(places, (-1,)), "float32"), 0.0), 1.0)
    return e.reshape(e.scatter_add(e.full((rows * bins,), 0, "float32"), places, ones), (-1, bins))


@from_fields
class Equalization(Fixed):
    """In training, spread the values of each channel of each image such that all are about equally frequent.

    Args:
        value_range: of the images.
        bins: of the histogram.
        data_format: where the channels lie.

    Source: Gonzalez & Woods, "Digital Image Processing", section 3.3 (histogram equalization).
    """

    value_range: Any = (0, 255)
    bins: Count = 256
    data_format: Any = None

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Return nothing that is random; `None` at inference."""
        return {"amounts": None} if training else None

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Look each value up in the table of its channel."""
        e = engine()
        _, height, width, channels = e.sizes(x)
        levels = ops.floor(self.to_unit(x) * (self.bins - 1) + 1e-3)
        levels = ops.cast(ops.minimum(ops.maximum(levels, 0), self.bins - 1), "int32")
        rows = ops.reshape(ops.transpose(levels, (0, 3, 1, 2)), (-1, height * width))
        below = ops.cumsum(counts(rows, self.bins), axis=1)
        first = ops.min(ops.where(below > 0, below, below[:, -1:]), axis=1, keepdims=True)
        rest = below[:, -1:] - first
        flat = rest <= 0
        table = ops.round((below - first) * 255 / ops.where(flat, 1.0, rest))
        found = ops.take_along_axis(ops.maximum(table, 0.0) / 255, rows, axis=1)
        found = ops.reshape(found, (-1, channels, height, width))
        flat = ops.reshape(flat, (-1, 1, 1, channels))
        return ops.where(flat, x, self.from_unit(ops.transpose(found, (0, 2, 3, 1))))


@from_fields
class ContrastLimitedAdaptiveHistogramEqualization(Fixed):
    """Equalize the histogram of each part of an image, with limited contrast, smoothly from part to part.

    Args:
        value_range: of the images.
        clip_limit: how many times its even share a bin may hold; what is above is spread over all. The darkest
            level becomes the least value.
        tile_grid_size: number of parts along height and width.
        data_format: where the channels lie.

    Source: Zuiderveld 1994, "Contrast limited adaptive histogram equalization" (Graphics Gems IV).
    """

    value_range: Any = (0, 255)
    clip_limit: float = 4.0
    tile_grid_size: Any = (8, 8)
    data_format: Any = None

    def coloured(self, x: Any, amounts: Any) -> Any:
        """Look each value up in the tables of the four nearest parts."""
        e = engine()
        batch, height, width, channels = e.sizes(x)
        down, across = self.tile_grid_size
        high, wide = -(-height // down), -(-width // across)
        levels = ops.floor(self.to_unit(x) * 255)
        levels = ops.cast(ops.minimum(ops.maximum(levels, 0), 255), "int32")
        levels = ops.transpose(levels, (0, 3, 1, 2))
        fills = (high * down - height, wide * across - width)
        padded = ops.pad(levels, [(0, 0), (0, 0), (0, fills[0]), (0, fills[1])], "symmetric")
        tiles = ops.reshape(padded, (-1, down, high, across, wide))
        tiles = ops.reshape(ops.transpose(tiles, (0, 1, 3, 2, 4)), (-1, high * wide))
        tables = ops.reshape(self.tables(counts(tiles, 256), high * wide), (-1, 256))
        number = e.subtract(e.cumsum(e.full((batch * channels,), 1, "int32"), 0), 1)
        number = e.reshape(number, (-1, channels, 1, 1))
        total: Any = 0.0
        for row, part_down in _near(height, high, down):
            for column, part_across in _near(width, wide, across):
                tile = (number * down + row[:, None]) * across + column
                total = total + e.take(ops.reshape(tables, (-1,)), tile * 256 + levels, 0) * (
                    part_down[:, None] * part_across
                )
        return self.from_unit(ops.transpose(total, (0, 2, 3, 1)) / 255)

    def tables(self, histogram: Any, pixels: int) -> Any:
        """Return what each level becomes, from 0 to 255, in each part."""
        limit = self.clip_limit * pixels / 256
        kept = ops.minimum(histogram, limit)
        surplus = ops.sum(histogram - kept, axis=1, keepdims=True)
        share = ops.cumsum(kept + surplus / 256, axis=1)
        least = share[:, :1]
        return (share - least) * (255.0 / (pixels - least))


def _near(size: int, part: int, parts: int) -> list[tuple[Any, Any]]:
    """Return the two parts whose middles are nearest to each of `size` pixels, and their weights."""
    place = ops.arange(size, dtype="float32") / part - 0.5
    below = ops.floor(place)
    share = place - below
    both = ((below, 1 - share), (below + 1, share))
    return [(ops.cast(ops.clip(i, 0, parts - 1), "int32"), weight) for i, weight in both]
