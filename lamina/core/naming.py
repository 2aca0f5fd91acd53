"""Names that the library makes up: `dense`, `dense_1`, ..."""

import functools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_used: Counter[str] = Counter()
_counts: Counter[str] = Counter()
# Of an attempt that is going on: for each counter and prefix where it stood, and how often it was counted up.
_attempt: ContextVar[dict[tuple[int, str], list[int]] | None] = ContextVar("attempt", default=None)


def to_snake_case(name: str) -> str:
    """Turn `"Conv2DTranspose"` into `"conv2d_transpose"`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def of_function(function: Any, if_nameless: str) -> str:
    """Return the name of a function, of the one within a `partial`, or of an object's class.

    Args:
        if_nameless: name of a `lambda`.

    Example:
        >>> from functools import partial
        >>> of_function(max, "metric"), of_function(partial(max, 1), "metric")
        ('max', 'max')
        >>> of_function(lambda x: x, "metric")
        'metric'
    """
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None) or to_snake_case(type(function).__name__)
    return if_nameless if name == "<lambda>" else name


def auto_name(prefix: str) -> str:
    """Return `prefix` the first time, then `prefix_1`, `prefix_2` ... until `reset`."""
    count = _used[prefix]
    _used[prefix] += 1
    if (attempt := _attempt.get()) is not None:
        attempt.setdefault((id(_used), prefix), [count, 0])[1] += 1
    return f"{prefix}_{count}" if count else prefix


def count(prefix: str) -> int:
    """Count the calls for `prefix` since `reset`: 1, 2, 3, ..."""
    _counts[prefix] += 1
    if (attempt := _attempt.get()) is not None:
        attempt.setdefault((id(_counts), prefix), [_counts[prefix] - 1, 0])[1] += 1
    return _counts[prefix]


@contextmanager
def taken_back_on_error() -> Iterator[None]:
    """Take back the names that are made up within, if there is an error.

    Those of a kind of which another thread has made up some meanwhile stay taken.

    Example:
        >>> try:
        ...     with taken_back_on_error():
        ...         _, error = auto_name("example"), 1 / 0
        ... except ZeroDivisionError:
        ...     auto_name("example")
        'example'
    """
    outer, attempt = _attempt.get(), dict[tuple[int, str], list[int]]()
    token = _attempt.set(attempt)
    try:
        yield
    except BaseException:
        for counter in (_used, _counts):
            for (whose, prefix), (before, times) in attempt.items():
                if whose == id(counter) and counter[prefix] == before + times:
                    counter[prefix] = before
        raise
    finally:
        _attempt.reset(token)
    if outer is not None:
        for key, (before, times) in attempt.items():
            outer.setdefault(key, [before, 0])[1] += times


def described(layer: Any) -> str:
    """`Layer 'model/dense' (Dense)`: a layer in a message, by path and class."""
    return f"Layer {layer.path!r} ({type(layer).__name__})"


def reset() -> None:
    """Start all counts again (`clear_session`)."""
    _used.clear()
    _counts.clear()
