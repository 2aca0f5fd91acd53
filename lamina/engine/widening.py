"""Computing in a wider dtype what an engine's library computes badly, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any


def by_way_of(wide: Any, dtypes: Container, cast: Callable) -> Callable[[Callable], Callable]:
    """Return a decorator: a function of arrays of one dtype computes those of `dtypes` in `wide`.

    All are the engine's own dtypes, and `cast(x, dtype)` is its own cast. Arrays of another dtype (indices,
    conditions) stay as they are.
    """

    def wrap(fn: Callable) -> Callable:
        def call(x: Any, *others: Any, **options: Any) -> Any:
            narrow = x.dtype
            if narrow not in dtypes:
                return fn(x, *others, **options)
            others = tuple(
                cast(y, wide) if hasattr(y, "dtype") and y.dtype == narrow else y for y in others
            )
            return cast(fn(cast(x, wide), *others, **options), narrow)

        return call

    return wrap
