"""Arguments of layers that slide a window over space: sizes per axis, padding, data format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lamina.core import settings
from lamina.core.argument_kinds import kinds
from lamina.core.choices import one_of

DATA_FORMATS = ("channels_last", "channels_first")
Padding = str
DataFormat = str | None


class Sizes(Protocol):
    """The annotation of sizes per axis: an integer or several are given, a tuple is kept."""

    def __get__(self, layer: Any, owner: Any = None) -> tuple[int, ...]: ...
    def __set__(self, layer: Any, value: int | Sequence[int]) -> None: ...


def sizes(
    layer: Any, argument: str, value: Any, rank: int | None = None, least: int = 1
) -> tuple[int, ...]:
    """Take in an integer, or one integer per axis of space, as a tuple of integers.

    Args:
        rank: number of axes; by default the layer's.

    Raises:
        ValueError: it is neither, or an integer is below `least`.
    """
    rank = int(layer.rank if rank is None else rank)
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,) * rank
    whole = all(not isinstance(n, bool) and hasattr(n, "__index__") for n in values)
    if len(values) != rank or not whole or min(values) < least:
        raise ValueError(
            f"{type(layer).__name__}: `{argument}` must be an integer, or {rank} of them, each at "
            f"least {least}; not {value!r}."
        )
    return tuple(int(n) for n in values)


def padding(layer: Any, argument: str, value: Any) -> str:
    """Take in a padding mode of those that the layer has as `paddings`, in lower case.

    Raises:
        ValueError: it is none of them.
    """
    mode = value.lower() if isinstance(value, str) else value
    allowed = getattr(layer, "paddings", ("valid", "same"))
    one_of(type(layer).__name__, argument, mode, allowed)
    return mode


def data_format(layer: Any, argument: str, value: Any) -> str:
    """Take in a data format; `None` is that of `lamina.config`.

    Raises:
        ValueError: it is neither `"channels_last"` nor `"channels_first"`.
    """
    value = settings.image_data_format() if value is None else value
    one_of(type(layer).__name__, argument, value, DATA_FORMATS)
    return value


kinds.update(Sizes=sizes, Padding=padding, DataFormat=data_format)


def space_axes(layer: Any) -> tuple[int, ...]:
    """Which axes of the layer's input are space."""
    first = 1 if layer.data_format == "channels_last" else 2
    return tuple(range(first, first + layer.rank))


_SPACE = ("time", "rows, columns", "depth, rows, columns")


def expected(layer: Any) -> str:
    """Describe an input of the layer in words, such as `(batch, rows, columns, channels)`."""
    space = _SPACE[layer.rank - 1]
    if getattr(layer, "data_format", "channels_last") == "channels_first":
        return f"(batch, channels, {space})"
    return f"(batch, {space}, channels)"
