"""`Conv2D`: convolution over an image."""

from __future__ import annotations

from typing import Any

from lamina.layers.conv.base import Conv


class Conv2D(Conv):
    """Slide a window over an image; at each place, an affine map of what it sees, then `activation`.

    Shapes: `(batch, rows, columns, channels)` to `(batch, new_rows, new_columns, filters)`, channels behind the batch
    with `data_format="channels_first"`; kernel `(*kernel_size, channels / groups, filters)`.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, an integer or one for each of 2 axes.
        strides: steps of the window.
        padding: `"valid"`: only windows that lie inside; `"same"`: zeros around, so that only
            strides make the result smaller.
        data_format: `"channels_last"` or `"channels_first"`; that of `lamina.config` by default.
        dilation_rate: distance between the cells of the window; not together with strides.
        groups: channels and filters are split into so many parts, each convolved by itself.
        activation: name or function; none by default.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: where the weights start.
        kernel_regularizer, bias_regularizer: losses computed from the weights.
        activity_regularizer: a loss computed from the output.
        kernel_constraint, bias_constraint: applied to the weights after every update.

    Raises:
        ValueError: a size is not positive, filters or channels do not divide into the groups,
            strides and dilation are both above 1, or the window is larger than the input.

    Example:
        >>> import lamina
        >>> lamina.layers.Conv2D(16, 3)(np.zeros((4, 10, 10, 3), "float32")).shape
        (4, 8, 8, 16)
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = (1, 1),
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(locals())
