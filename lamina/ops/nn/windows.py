"""Shared by convolution and pooling: sizes per axis, padding, the layout of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.core import settings
from lamina.engine.current import engine


def per_axis(value: Any, n: int, what: str) -> tuple[int, ...]:
    """Return `value` for each of `n` axes; an integer stands for all."""
    values = (value,) * n if isinstance(value, int) else tuple(value)
    if len(values) != n:
        raise ValueError(f"`{what}` must be an integer or {n} integers, not {value!r}.")
    return values


def is_same(mode: str) -> bool:
    """Say whether the padding is "same", in any case of letters; refuse what is not that nor "valid"."""
    lower = str(mode).lower()
    if lower not in ("valid", "same"):
        raise ValueError(f"`padding` must be 'valid' or 'same', not {mode!r}.")
    return lower == "same"


def padding_of(
    mode: str, space: Sequence[int | None], window: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int] | None]:
    """Return how many cells go before and after each axis; `None` where that depends on a size that is not known."""
    if not is_same(mode):
        return [(0, 0)] * len(space)
    return [_same(*axis) for axis in zip(space, window, strides, strict=True)]


def known_padding_of(
    mode: str, space: Sequence[int | None], window: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Return how many cells go before and after each axis.

    Raises:
        ValueError: that depends on a size that is not known.
    """
    pairs = [pair for pair in padding_of(mode, space, window, strides) if pair is not None]
    if len(pairs) < len(space):
        raise ValueError(
            f"padding='same' with strides {tuple(strides)} depends on the size of the space, {tuple(space)}, which is "
            "not known here. Give the input a fixed size, or use padding='valid'."
        )
    return pairs


def _same(n: int | None, window: int, stride: int) -> tuple[int, int] | None:
    if n is None and stride > 1:
        return None
    total = window - 1 if n is None else max((-(-n // stride) - 1) * stride + window - n, 0)
    return total // 2, total - total // 2


def holds_no_window(mode: str, space: Sequence[int | None], window: Sequence[int]) -> bool:
    """Say whether not even one window fits into the space, as far as its size is known."""
    pairs = zip(space, window, strict=True)
    return not is_same(mode) and any(n is not None and n < w for n, w in pairs)


def crops_of(
    mode: str, window: Sequence[int], strides: Sequence[int], extra: Sequence[int] | None
) -> list[tuple[int, int]]:
    """Return how many cells to cut off both ends of a whole transposed convolution; negative: add zeros.

    Args:
        extra: what the output has beyond its smallest size; `None`: as many cells as strides make.
    """
    same, crops = is_same(mode), []
    for i, (w, s) in enumerate(zip(window, strides, strict=True)):
        if extra is not None:
            surplus = (2 * (w // 2) if same else 0) - extra[i]
        else:
            surplus = w - s if same else -max(s - w, 0)
        low = max(surplus, 0) // 2 if same else 0
        crops.append((low, surplus - low))
    return crops


def channels_first(data_format: str | None) -> bool:
    """Say whether channels come right after the batch."""
    return (data_format or settings.image_data_format()) == "channels_first"


def to_last(x: Any) -> Any:
    """Move channels from after the batch to the end."""
    n = len(engine().shape(x))
    return engine().transpose(x, (0, *range(2, n), 1))


def to_first(x: Any) -> Any:
    """Move channels from the end to after the batch."""
    n = len(engine().shape(x))
    return engine().transpose(x, (0, n - 1, *range(1, n - 1)))
