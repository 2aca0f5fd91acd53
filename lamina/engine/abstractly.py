"""Whether arrays have values just now, or are evaluated abstractly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_abstract: ContextVar[bool] = ContextVar("lamina_abstract", default=False)
is_abstract = _abstract.get


@contextmanager
def abstractly(yes: bool = True) -> Iterator[None]:
    """Within, arrays have no values; or, if not `yes`, they have in spite of a trace around it."""
    token = _abstract.set(yes)
    try:
        yield
    finally:
        _abstract.reset(token)
