"""Padding with zeros."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import by_rank, from_fields
from lamina.layers.reshaping.borders import Margins, OverBorders
from lamina.layers.windows import DataFormat


@from_fields
class ZeroPadding(OverBorders):
    """Abstract: zeros around space."""

    padding: Margins = by_rank(1, (1, 1), ((1, 1), (1, 1), (1, 1)))
    data_format: DataFormat = None

    def call(self, inputs: Any) -> Any:
        """Put zeros around."""
        return ops.pad(inputs, self.on_space(self.pairs(self.padding), (0, 0)))


class ZeroPadding1D(ZeroPadding):
    """Sequences with zeros before and after.

    Shapes: `(batch, time, features)`, or features first with `data_format="channels_first"`.

    Args:
        padding: how many steps before and after, or one integer for both.

    Raises:
        ValueError: `padding` is none of these.

    Example:
        >>> import lamina
        >>> lamina.layers.ZeroPadding1D((1, 2))(np.ones((2, 5, 3), "float32")).shape
        (2, 8, 3)
    """

    rank = 1


class ZeroPadding2D(ZeroPadding):
    """Images with rows and columns of zeros around.

    Shapes: `(batch, height, width, channels)`, or channels first.

    Args:
        padding: an integer for all borders, two for rows and columns, or two pairs:
            `((top, bottom), (left, right))`.

    Raises:
        ValueError: `padding` is none of these.

    Example:
        >>> import lamina
        >>> lamina.layers.ZeroPadding2D(((1, 0), (2, 2)))(np.ones((2, 8, 8, 3), "float32")).shape
        (2, 9, 12, 3)
    """

    rank = 2


class ZeroPadding3D(ZeroPadding):
    """Volumes with zeros around: an integer, three of them, or three pairs.

    Example:
        >>> import lamina
        >>> lamina.layers.ZeroPadding3D(1)(np.ones((2, 2, 3, 4, 3), "float32")).shape
        (2, 4, 5, 6, 3)
    """

    rank = 3
