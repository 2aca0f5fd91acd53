"""Cropping: inputs without what lies at their borders."""

from __future__ import annotations

from typing import Any

from lamina.layers import windows
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.layers.reshaping.borders import Borders, borders, on_space


def _cropped(layer: Layer, inputs: Any, amounts: Borders, data_format: str) -> Any:
    rank = len(amounts)
    axes = windows.space_axes(data_format, rank)
    sizes = [inputs.shape[axis] for axis in axes]
    if any(a + b >= n for n, (a, b) in zip(sizes, amounts, strict=True)):
        raise ValueError(
            f"{layer.name}: cropping {amounts} leaves nothing of the space {tuple(sizes)}."
        )
    kept = [slice(a, n - b) for n, (a, b) in zip(sizes, amounts, strict=True)]
    return inputs[tuple(on_space(rank, axes, kept, slice(None)))]


class Cropping1D(Layer):
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

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any):
        super().__init__(**kwargs)
        (self.cropping,) = borders("Cropping1D", "cropping", cropping, 1)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _cropped(self, inputs, (self.cropping,), "channels_last")


class Cropping2D(Layer):
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

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.cropping = borders("Cropping2D", "cropping", cropping, 2)
        self.data_format = windows.data_format("Cropping2D", data_format)
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _cropped(self, inputs, self.cropping, self.data_format)


class Cropping3D(Layer):
    """Volumes without what lies at their borders.

    Shapes: `(batch, *space, channels)` with three axes of space, or channels first.

    Args:
        cropping: an integer for all borders, three for the axes, or three pairs.

    Raises:
        ValueError: `cropping` is none of these, or (in a call) leaves nothing.

    Example:
        >>> import lamina
        >>> lamina.layers.Cropping3D(1)(np.ones((2, 4, 5, 6, 3), "float32")).shape
        (2, 2, 3, 4, 3)
    """

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.cropping = borders("Cropping3D", "cropping", cropping, 3)
        self.data_format = windows.data_format("Cropping3D", data_format)
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        """See the class."""
        return _cropped(self, inputs, self.cropping, self.data_format)
