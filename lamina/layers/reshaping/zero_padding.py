"""Padding with zeros."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.layers.reshaping.borders import Borders, borders, on_space


def _padded(inputs: Any, amounts: Borders, data_format: str) -> Any:
    rank = len(amounts)
    axes = windows.space_axes(data_format, rank)
    return ops.pad(inputs, on_space(rank, axes, amounts, (0, 0)))


class ZeroPadding1D(Layer):
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

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        (self.padding,) = borders("ZeroPadding1D", "padding", padding, 1)
        self.data_format = windows.data_format("ZeroPadding1D", data_format)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _padded(inputs, (self.padding,), self.data_format)


class ZeroPadding2D(Layer):
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

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = borders("ZeroPadding2D", "padding", padding, 2)
        self.data_format = windows.data_format("ZeroPadding2D", data_format)
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _padded(inputs, self.padding, self.data_format)


class ZeroPadding3D(Layer):
    """Volumes with zeros around.

    Shapes: `(batch, *space, channels)` with three axes of space, or channels first.

    Args:
        padding: an integer for all borders, three for the axes, or three pairs.

    Raises:
        ValueError: `padding` is none of these.

    Example:
        >>> import lamina
        >>> lamina.layers.ZeroPadding3D(1)(np.ones((2, 2, 3, 4, 3), "float32")).shape
        (2, 4, 5, 6, 3)
    """

    def __init__(
        self,
        padding: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.padding = borders("ZeroPadding3D", "padding", padding, 3)
        self.data_format = windows.data_format("ZeroPadding3D", data_format)
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _padded(inputs, self.padding, self.data_format)
