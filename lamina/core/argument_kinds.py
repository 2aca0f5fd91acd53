"""How arguments of constructors are taken in, by the words of their annotations: `Count`, `Rate`, `Axes`, ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Taker = Callable[[Any, str, Any], Any]  # (object, argument's name, value) -> what is kept

# Annotations of arguments; `kinds` says how each is taken in. Modules that use them postpone annotations.
Count = int
Rate = NotNegative = float
Number = float
Axis = Index = int
Axes = int | list[int] | tuple[int, ...]
AxesList = Any


def flag(owner: Any, name: str, value: Any) -> bool:
    """Take in a yes or no.

    Raises:
        TypeError: it is neither a bool nor 0 or 1.
    """
    if value is None:  # as Keras has it
        return False
    if isinstance(value, (str, bytes)) or value not in (True, False):
        raise TypeError(f"{_class(owner)}: `{name}` must be True or False, not {value!r}.")
    return bool(value)


def count(owner: Any, name: str, value: Any) -> int:
    """Take in a positive integer; a float with a whole value, such as `32.0`, is one.

    Raises:
        ValueError: it is not.
    """
    number = value if hasattr(value, "__int__") and not isinstance(value, (bool, str)) else 0
    if int(number) != number or number < 1:
        raise ValueError(f"{_class(owner)}: `{name}` must be a positive integer, not {value!r}.")
    return int(value)


def rate(owner: Any, name: str, value: Any) -> float:
    """Take in a probability.

    Raises:
        ValueError: it is not a number from 0 to 1.
    """
    if isinstance(value, (bool, str)) or value is None or not 0 <= value <= 1:
        raise ValueError(f"{_class(owner)}: `{name}` must be a number from 0 to 1, not {value!r}.")
    return value


def not_negative(owner: Any, name: str, value: Any) -> float:
    """Take in a number of at least 0.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, (bool, str)) or value is None or not value >= 0:
        raise ValueError(
            f"{_class(owner)}: `{name}` must be a number of at least 0, not {value!r}."
        )
    return value


def number(owner: Any, name: str, value: Any) -> float:
    """Take in a number.

    Raises:
        TypeError: it is not.
    """
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise TypeError(f"{_class(owner)}: `{name}` must be a number, not {value!r}.")
    return value


def integer(owner: Any, name: str, value: Any) -> int:
    """Take in an integer, such as an axis.

    Raises:
        TypeError: it is not an integer.
    """
    if isinstance(value, (bool, str)) or not hasattr(value, "__index__"):
        raise TypeError(f"{_class(owner)}: `{name}` must be an integer, not {value!r}.")
    return int(value)


def axes(owner: Any, name: str, value: Any) -> Any:
    """Take in an axis, or several as a list.

    Raises:
        TypeError: one is not an integer.
        ValueError: there is none.
    """
    if isinstance(value, (list, tuple)):
        if not value:
            raise ValueError(
                f"{_class(owner)}: `{name}` must have at least one axis, not {value!r}."
            )
        return [integer(owner, name, each) for each in value]
    return integer(owner, name, value)


def axes_list(owner: Any, name: str, value: Any) -> Any:
    """Take in axes as a list, also if there is one only; `None` stays."""
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value] if isinstance(value, int) else value


kinds: dict[str, Taker] = {
    "bool": flag,
    "Count": count,
    "Rate": rate,
    "NotNegative": not_negative,
    "Number": number,
    "Axis": integer,
    "Index": integer,
    "Axes": axes,
    "AxesList": axes_list,
}
"""How arguments of these annotations are taken in."""


def taker(annotation: str) -> Taker | None:
    """Return how an argument of this annotation is taken in; of `Count | None`, `None` stays."""
    kind = annotation.removesuffix(" | None")
    take = kinds.get(kind.rpartition(".")[2])
    if take is None or kind == annotation:
        return take
    return lambda owner, name, value: None if value is None else take(owner, name, value)


def _class(owner: Any) -> str:
    return type(owner).__name__
