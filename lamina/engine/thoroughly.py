"""Marks the functions for which the user asked to compile at length (`jit_compile=True`)."""

from collections.abc import Callable
from typing import TypeVar

Call = TypeVar("Call", bound=Callable)


def thoroughly(fn: Call, on: bool = True) -> Call:
    """Say of `fn` that it will run so often that compiling may take many seconds; returns it."""
    fn.is_worth_compiling = on  # type: ignore[attr-defined]
    return fn


def is_thorough(fn: Callable) -> bool:
    """Tell whether that was said of `fn`."""
    return getattr(fn, "is_worth_compiling", False)
