"""Arguments of layers that slide a window over space: sizes per axis, padding, data format."""

from __future__ import annotations

from typing import Any

from lamina.core import settings

DATA_FORMATS = ("channels_last", "channels_first")


def per_axis(layer: str, argument: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """`value`, an integer or one integer per axis of space, as a tuple of `rank` integers.

    Raises:
        ValueError: it is neither, or an integer is below `least`.
    """
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,) * rank
    whole = all(not isinstance(n, bool) and hasattr(n, "__index__") for n in values)
    if len(values) != rank or not whole or min(values) < least:
        raise ValueError(
            f"{layer}: `{argument}` must be an integer, or {rank} of them, each at least {least}; "
            f"not {value!r}."
        )
    return tuple(int(n) for n in values)


def padding(layer: str, value: Any, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """The padding mode in lower case.

    Raises:
        ValueError: it is none of `allowed`.
    """
    mode = value.lower() if isinstance(value, str) else value
    if mode not in allowed:
        raise ValueError(f"{layer}: `padding` must be one of {allowed}, not {value!r}.")
    return mode


def data_format(layer: str, value: Any) -> str:
    """The data format; `None` is that of `lamina.config`.

    Raises:
        ValueError: it is neither `"channels_last"` nor `"channels_first"`.
    """
    value = settings.image_data_format() if value is None else value
    if value not in DATA_FORMATS:
        raise ValueError(f"{layer}: `data_format` must be one of {DATA_FORMATS}, not {value!r}.")
    return value


def space_axes(data_format: str, rank: int) -> tuple[int, ...]:
    """Which axes of a `rank + 2`-dimensional input are space."""
    first = 1 if data_format == "channels_last" else 2
    return tuple(range(first, first + rank))
