"""Arguments that are one of a few values."""

from collections.abc import Iterable
from typing import Any


def one_of(what: str, name: str, value: Any, choices: Iterable[Any]) -> None:
    """Refuse a `value` that is not among `choices`.

    Raises:
        ValueError: it is not; `what` is called, with the argument called `name`.

    Example:
        >>> one_of("ops.qr", "mode", "full", ("reduced", "complete"))
        Traceback (most recent call last):
        ValueError: ops.qr: `mode` must be one of ('reduced', 'complete'), not 'full'.
    """
    if value not in (choices := tuple(choices)):
        raise ValueError(f"{what}: `{name}` must be one of {choices}, not {value!r}.")
