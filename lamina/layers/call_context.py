"""What holds for one call of an outermost layer and for all the calls within it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class CallContext:
    """The state of one outermost call.

    Attributes:
        training: whether the call belongs to training; `None` if nobody has said.
        watch: told of each layer and its outputs, if somebody wants to know; what it returns goes on in their place.
        building: the layers that are being called for the first time, the outermost first.
    """

    training: bool | None = None
    watch: Callable[[Any, Any], Any] | None = None
    building: list[Any] = field(default_factory=list)


current: ContextVar[CallContext | None] = ContextVar("lamina_call", default=None)


@contextmanager
def calling(training: bool | None) -> Iterator[CallContext]:
    """Within, layers that are not told otherwise run with this `training`."""
    context = CallContext(training)
    token = current.set(context)
    try:
        yield context
    finally:
        current.reset(token)
