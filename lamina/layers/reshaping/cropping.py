"""Cropping: inputs without what lies at their borders."""

from __future__ import annotations

from typing import Any, Unpack

from lamina.layers import windows
from lamina.layers.arguments import Options, by_rank, from_fields
from lamina.layers.reshaping.borders import Margins, OverBorders


@from_fields
class Cropping(OverBorders):
    """Abstract: space without its borders."""

    cropping: Margins = by_rank((1, 1), ((0, 0), (0, 0)), ((1, 1), (1, 1), (1, 1)))
    data_format: windows.DataFormat = None

    def call(self, inputs: Any) -> Any:
        """Cut the borders off."""
        pairs = self.pairs(self.cropping)
        sizes = [inputs.shape[a] for a in windows.space_axes(self)]
        if any(n is not None and a + b >= n for n, (a, b) in zip(sizes, pairs, strict=True)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: cropping {pairs} leaves nothing of the space "
                f"{tuple(sizes)}."
            )
        kept = [slice(a, -b or None) for a, b in pairs]
        return inputs[tuple(self.on_space(kept, slice(None)))]


class Cropping1D(Cropping):
    """Sequences without some first and last steps.

    Shapes: `(batch, time, features)`.

    Args:
        cropping: how many steps at the start and at the end, or one integer for both.

    Raises:
        ValueError: `cropping` is none of these, or (in a call) leaves nothing.

    Example:
        >>> import lamina
        >>> lamina.layers.Cropping1D((1, 2))(np.ones((2, 8, 3), "float32")).shape
        (2, 5, 3)
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Unpack[Options]):
        super().__init__(cropping, "channels_last", **kwargs)


class Cropping2D(Cropping):
    """Images without some rows and columns at their borders.

    Shapes: `(batch, height, width, channels)`, or channels first.

    Args:
        cropping: an integer for all borders, two for rows and columns, or two pairs:
            `((top, bottom), (left, right))`.

    Raises:
        ValueError: `cropping` is none of these, or (in a call) leaves nothing.

    Example:
        >>> import lamina
        >>> lamina.layers.Cropping2D(((1, 0), (2, 2)))(np.ones((2, 8, 8, 3), "float32")).shape
        (2, 7, 4, 3)
    """

    rank = 2


class Cropping3D(Cropping):
    """Volumes without what lies at their borders: an integer, three of them, or three pairs.

    Example:
        >>> import lamina
        >>> lamina.layers.Cropping3D(1)(np.ones((2, 4, 5, 6, 3), "float32")).shape
        (2, 2, 3, 4, 3)
    """

    rank = 3
