"""Tells whether arrays have values just now, or are evaluated abstractly."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_abstract: ContextVar[bool] = ContextVar("lamina_abstract", default=False)
is_abstract = _abstract.get


class NeedsValueError(TypeError):
    """Code asked for the value of an array that has none while only shapes are known."""


@contextmanager
def abstractly(yes: bool = True, needs_value: str | None = None) -> Iterator[None]:
    """Within, arrays have no values; or, if not `yes`, they have in spite of a trace around it.

    Args:
        needs_value: pattern of the errors `Type: message` by which the engine refuses to give one.

    Raises:
        NeedsValueError: in place of such an error.
    """
    token = _abstract.set(yes)
    try:
        yield
    except Exception as error:
        if needs_value is None or not re.search(needs_value, f"{type(error).__name__}: {error}"):
            raise
        refusal = NeedsValueError(
            "it asks for the value of a tensor, but has only its shape while a model is defined or "
            "compiled. NumPy, float(), int(), `if`, `for` and .numpy() take no tensors here: use "
            "lamina.ops instead (ops.where or ops.cond for `if`)."
        )
        for note in getattr(error, "__notes__", ()):
            refusal.add_note(note)
        raise refusal from error
    finally:
        _abstract.reset(token)
