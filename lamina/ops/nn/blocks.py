"""Blocks of pixels as channels, and back."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, engine, op
from lamina.core.symbolic import KerasTensor
from lamina.engine.contract import Spec
from lamina.ops.nn.windows import channels_first

__all__ = ["depth_to_space", "space_to_depth"]


def _checked(shape: Any, block_size: int, data_format: str | None, deep: bool) -> tuple:
    """Return batch, rows, columns and channels after the move; unknown sizes stay unknown."""
    if len(shape) != 4 or not isinstance(block_size, int) or block_size < 2:
        raise ValueError(
            f"images (4 axes) and a `block_size` of at least 2 are needed, not shape {tuple(shape)} "
            f"and {block_size!r}."
        )
    first = channels_first(data_format)
    batch, rows, columns, channels = (shape[i] for i in ((0, 2, 3, 1) if first else (0, 1, 2, 3)))
    divided = (rows, columns) if deep else (channels,)
    by = block_size if deep else block_size**2
    if any(size is not None and size % by for size in divided):
        raise ValueError(f"{divided} of shape {tuple(shape)} must be multiples of {by}.")
    if deep:
        return batch, _times(rows, 1, by), _times(columns, 1, by), _times(channels, by**2)
    return batch, _times(rows, block_size), _times(columns, block_size), _times(channels, 1, by)


def _times(size: int | None, factor: int, divisor: int = 1) -> int | None:
    return None if size is None else size * factor // divisor


def _shape(deep: bool) -> Any:
    # Said, and not found by evaluation, since no stand-in for an unknown size divides by every block.
    def shape(x: KerasTensor, block_size: int, data_format: str | None = "channels_last") -> Spec:
        batch, *space, channels = _checked(x.shape, block_size, data_format, deep)
        first = channels_first(data_format)
        return Spec((batch, channels, *space) if first else (batch, *space, channels), x.dtype)

    return shape


@op(shape=_shape(deep=True))
def space_to_depth(x: Tensor, block_size: int, data_format: str | None = "channels_last") -> Tensor:
    """Turn blocks of pixels into channels: the image shrinks by `block_size` and deepens by its square.

    A block's pixels lie in the new channels row by row; within a pixel the old channels
    (`"channels_last"`), or within an old channel the pixels (`"channels_first"`).

    Shapes: `(batch, rows, columns, channels)`, or `(batch, channels, rows, columns)`.

    Raises:
        ValueError: rows or columns do not divide into blocks, or the block is smaller than 2.

    Example:
        >>> space_to_depth(np.arange(4).reshape(1, 2, 2, 1), 2).tolist()
        [[[[0, 1, 2, 3]]]]
    """
    e, n = engine(), block_size
    batch, rows, columns, deep = _checked(e.shape(x), n, data_format, deep=True)
    depth = deep // n**2
    if channels_first(data_format):
        x = e.transpose(e.reshape(x, (batch, depth, rows, n, columns, n)), (0, 1, 3, 5, 2, 4))
        return e.reshape(x, (batch, deep, rows, columns))
    x = e.transpose(e.reshape(x, (batch, rows, n, columns, n, depth)), (0, 1, 3, 2, 4, 5))
    return e.reshape(x, (batch, rows, columns, deep))


@op(shape=_shape(deep=False))
def depth_to_space(x: Tensor, block_size: int, data_format: str | None = "channels_last") -> Tensor:
    """Turn channels into blocks of pixels, the inverse of `space_to_depth`.

    Shapes: `(batch, rows, columns, channels)`, or `(batch, channels, rows, columns)`.

    Raises:
        ValueError: the channels do not divide into blocks, or the block is smaller than 2.

    Example:
        >>> depth_to_space(np.arange(4).reshape(1, 1, 1, 4), 2).ravel().tolist()
        [0, 1, 2, 3]
    """
    e, n = engine(), block_size
    batch, rows, columns, depth = _checked(e.shape(x), n, data_format, deep=False)
    high, wide = rows // n, columns // n
    if channels_first(data_format):
        x = e.transpose(e.reshape(x, (batch, depth, n, n, high, wide)), (0, 1, 4, 2, 5, 3))
        return e.reshape(x, (batch, depth, rows, columns))
    x = e.transpose(e.reshape(x, (batch, high, wide, n, n, depth)), (0, 1, 3, 2, 4, 5))
    return e.reshape(x, (batch, rows, columns, depth))
