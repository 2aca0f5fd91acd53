"""Short tracebacks: a user's error shows the user's lines, one of lamina, and one message.

A public entry point (an op, `Layer.__call__`, `fit`, ...) lets its errors pass through `shorten`:

    except Exception as error:
        shorten(error)
        raise

That costs nothing while nothing fails, and no frame. Entries within entries do no harm: each
takes out of the traceback what came since the entry below.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import itertools
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any, ParamSpec, TypeVar

from lamina.core import settings
from lamina.engine.current import PROCESS, engine, pin, unpin
from lamina.engine.warning import INNER, warn as warn

P = ParamSpec("P")
R = TypeVar("R")


def shortened(fn: Callable[P, R]) -> Callable[P, R]:
    """Decorate a public function: errors that leave it have short tracebacks.

    Each call ends on the engine on which it began.
    """

    @functools.wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        token = pin(PROCESS.itself) if engine() is PROCESS else None
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            if kwargs and isinstance(error, TypeError):
                _name_the_nearest(error, fn, kwargs)
            shorten(error)
            raise
        finally:
            if token is not None:
                unpin(token)

    return call


def _name_the_nearest(error: TypeError, fn: Callable, kwargs: dict[str, Any]) -> None:
    """Add to the error of an argument that `fn` does not have the nearest that it has."""
    names = inspect.signature(fn).parameters
    for name in kwargs:
        if name not in names and f"unexpected keyword argument {name!r}" in str(error):
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            error.args = (f"{fn.__name__}() does not take the argument {name!r}.{hint}",)


def shorten(error: BaseException) -> None:
    """Take from the traceback of `error` all frames but the user's and the last of lamina.

    Errors of lamina or of the engine that led to this one are in its message; their frames join its
    traceback, and they are not shown again. Does nothing where traceback filtering is off.
    """
    if not settings.is_traceback_filtering_enabled():
        return
    frames = list(_frames(error.__traceback__))
    cause, met = error.__cause__, [error]
    while cause is not None and cause not in met and _is_ours(cause):
        frames += _frames(cause.__traceback__)
        met.append(cause)
        error.__cause__ = cause = cause.__cause__
    if error.__context__ is not None and _is_ours(error.__context__):
        error.__suppress_context__ = True
    notes = getattr(error, "__notes__", [])
    notes[:] = [note for note in notes if "internal frames" not in note]  # JAX's, of what it hid
    last = next((each for each in reversed(frames) if _names_the_place(each.tb_frame)), None)
    traceback = None
    for each in reversed([each for each in frames if each is last or not _is_inner(each)]):
        traceback = TracebackType(traceback, each.tb_frame, _instruction(each), each.tb_lineno)
    error.__traceback__ = traceback


def passed_through_others(error: BaseException) -> bool:
    """Tell whether code of the user's, or of another package, lies between here and where the error arose."""
    return not all(map(_is_inner, _frames(error.__traceback__)))


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _module(frame: FrameType) -> str:
    return frame.f_globals.get("__name__", "")


def _is_inner(traceback: TracebackType) -> bool:
    return _module(traceback.tb_frame).partition(".")[0] in INNER


def _names_the_place(frame: FrameType) -> bool:
    """Say whether a frame is of lamina, and above the engine: a function that users know by name."""
    return f"{_module(frame)}.".startswith("lamina.") and ".engine." not in _module(frame)


def _instruction(traceback: TracebackType) -> int:
    """The instruction that failed; -1 if it is not on the line that failed.

    JAX rebuilds tracebacks with the instruction that a frame executed last, that of a handler.
    """
    if traceback.tb_lasti < 0:
        return -1
    positions = traceback.tb_frame.f_code.co_positions()
    line = next(itertools.islice(positions, traceback.tb_lasti // 2, None), (None,))[0]
    return traceback.tb_lasti if line == traceback.tb_lineno else -1


def _is_ours(error: BaseException) -> bool:
    """Say whether an earlier error was caught within lamina or an engine, not by the user."""
    first = next(_frames(error.__traceback__), None)
    return first is None or _is_inner(first)
