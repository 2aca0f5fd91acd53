"""Attempts that leave no trace when they fail."""

from collections.abc import Iterator
from contextlib import contextmanager

from lamina.core import naming, seeds


@contextmanager
def taken_back_on_error() -> Iterator[None]:
    """Take back the names and random streams that are taken within, if there is an error."""
    with naming.taken_back_on_error(), seeds.taken_back_on_error():
        yield
