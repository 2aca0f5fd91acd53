"""What convolution and pooling share: sizes per axis, padding, the layout of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core import settings
from lamina.engine.current import engine


def per_axis(value: Any, n: int, what: str) -> tuple[int, ...]:
    """`value` for each of `n` axes: an integer stands for all."""
    values = (value,) * n if isinstance(value, int) else tuple(value)
    if len(values) != n:
        raise ValueError(f"`{what}` must be an integer or {n} integers, not {value!r}.")
    return values


def padding_of(
    mode: str, space: Sequence[int], window: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """How many cells go before and after each axis."""
    if mode == "valid":
        return [(0, 0)] * len(space)
    if mode != "same":
        raise ValueError(f"`padding` must be 'valid' or 'same', not {mode!r}.")
    totals = [
        max((-(-n // s) - 1) * s + w - n, 0) for n, w, s in zip(space, window, strides, strict=True)
    ]
    return [(total // 2, total - total // 2) for total in totals]


def channels_first(data_format: str | None) -> bool:
    """Whether channels come right after the batch."""
    return (data_format or settings.image_data_format()) == "channels_first"


def to_last(x: Any) -> Any:
    """Channels from behind the batch to the end."""
    n = len(engine().shape(x))
    return engine().transpose(x, (0, *range(2, n), 1))


def to_first(x: Any) -> Any:
    """Channels from the end to behind the batch."""
    n = len(engine().shape(x))
    return engine().transpose(x, (0, n - 1, *range(1, n - 1)))
