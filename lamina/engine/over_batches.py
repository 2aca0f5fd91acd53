"""Marks the functions that run again and again, on one batch after the other."""

from collections.abc import Callable
from typing import TypeVar

Call = TypeVar("Call", bound=Callable)


def over_batches(fn: Call) -> Call:
    """Say of `fn(values, batch)` that it will run on many batches; returns it.

    `values` is a tree of what variables hold, and changes rarely. All arrays in the tree `batch` have one
    size along axis 0, which may be another in the next call. An engine may make one program for all sizes,
    in which the values are constants.
    """
    fn.runs_over_batches = True  # type: ignore[attr-defined]
    return fn


def is_over_batches(fn: Callable) -> bool:
    """Tell whether that was said of `fn`."""
    return getattr(fn, "runs_over_batches", False)
