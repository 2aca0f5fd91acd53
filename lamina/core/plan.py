"""What an audit makes of a configuration: the same data, with every class already looked up.

A plan is a dict with the keys of the configuration that it came from. So a class of the user's own may
read it in its `from_config`, and hand parts of it to `layers.deserialize`, as it would a plain one; what was
audited is known by its type and is not audited again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from lamina.core import naming
from lamina.core.file_errors import FormatError, LoadError, quoted

TAKEN_BACK: list[Callable[[], AbstractContextManager[None]]] = [naming.taken_back_on_error]
"""Contexts that take back what is used up within, if there is an error; whoever counts something adds one."""

_PLAIN = frozenset((str, int, float, bool, type(None)))
_unfinished: ContextVar[list | None] = ContextVar("lamina_unfinished", default=None)


class Arguments(dict):
    """Audited arguments of the constructor of `target`."""

    __slots__ = ("target", "where")

    def __init__(self, target: Any, where: str, values: dict[str, Any]):
        super().__init__(values)
        self.target, self.where = target, where


class Plan(dict):
    """An audited configuration: `make()` makes what it describes.

    Args:
        target: the class or function that it names.
        where: JSON path, for messages.
        values: the configuration.
        own: whether the class is one of lamina's.
        ready: the object itself, where the caller gave it.
    """

    __slots__ = ("own", "ready", "shared", "target", "where")

    def __init__(
        self, target: Any, where: str, values: dict[str, Any], own: bool = False, ready: Any = None
    ):
        super().__init__(values)
        self.target, self.where, self.own, self.ready = target, where, own, ready
        self.shared = False

    def make(self) -> Any:
        """Return the object; the same one each time if several places share it.

        Raises:
            FormatError: a class of lamina's own does not take the arguments.
        """
        if self.ready is not None:
            return self.ready
        if not isinstance(self["config"], dict):
            return self.target  # a function, or a class itself
        make = getattr(self.target, "from_config", None)
        with finishing() as unfinished:
            with self.telling():
                made = make(self["config"]) if make else self.target(**build(self["config"]))
            unfinished.append((made, self))
        if self.shared:
            self.ready = made
        return made

    def telling(self) -> Telling:
        """Let an error within say where in the configuration it arose; of lamina's own classes, as a FormatError."""
        return Telling(self)


class Telling:
    """The context of `Plan.telling`."""

    __slots__ = ("plan",)

    def __init__(self, plan: Plan):
        self.plan = plan

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, _: Any) -> None:
        if not isinstance(error, Exception) or isinstance(error, LoadError):
            return
        plan = self.plan
        if not plan.own:
            error.add_note(f"while {plan.target.__name__} was made from {plan.where}")
            return
        text = f"{plan.where}: {type(error).__name__}: {quoted(str(error))[1:-1]}"
        raise FormatError(text) from error


def build(x: Any) -> Any:
    """Return `x` with every plan in it made; other data as they are."""
    if type(x) in _PLAIN:
        return x
    if isinstance(x, Plan):
        return x.make()
    if isinstance(x, dict):
        return {key: build(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        parts = [build(part) for part in x]
        return tuple(parts) if isinstance(x, tuple) else parts
    return x


def finishing(compiles: bool = True) -> AbstractContextManager[list[tuple[Any, Plan]]]:
    """Build and compile, as their configurations say, what is made within; the outermost counts.

    That is done in the end and the whole before its parts, since most parts are built with the whole, and have
    their places in it from then on.

    Args:
        compiles: whether models are compiled.

    Yields:
        The pairs of object and plan so far.
    """
    outer = _unfinished.get()
    return _outermost(compiles) if outer is None else nullcontext(outer)


@contextmanager
def _outermost(compiles: bool) -> Iterator[list[tuple[Any, Plan]]]:
    made: list[tuple[Any, Plan]] = []
    token = _unfinished.set(made)
    attempt = ExitStack()
    for taken_back in TAKEN_BACK:
        attempt.enter_context(taken_back())
    try:
        with attempt:
            yield from _finished(made, compiles)
    finally:
        _unfinished.reset(token)


def _finished(made: list[tuple[Any, Plan]], compiles: bool) -> Iterator[list[tuple[Any, Plan]]]:
    yield made
    for thing, plan in reversed(made):
        shapes = plan.get("build_config")
        if shapes and not getattr(thing, "built", True) and hasattr(thing, "build_from_config"):
            with plan.telling():
                thing.build_from_config(shapes)
    for thing, plan in made if compiles else ():
        arguments = plan.get("compile_config")
        if arguments and hasattr(thing, "compile_from_config"):
            with plan.telling():
                thing.compile_from_config(arguments)
