"""Finding the variables, layers and metrics that an object holds, by a walk through its attributes.

Nothing registers itself when an attribute is set: an object's attributes *are* the record. So lists
and dicts of layers may grow and shrink, and an attribute may have any name. Classes of lamina keep
their own bookkeeping in `__slots__` with two leading underscores: Python makes such names private to
the class, and they are not in `vars(obj)`. So a walk never meets them, and no user's name can hide them.

A walk visits each object once, in linear time, and cycles do no harm. Its result is kept, together
with a snapshot of what it saw; as long as the snapshot holds, nothing is walked again.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import is_dataclass
from itertools import chain
from operator import is_
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

from lamina.core.variable import Variable

_CONTAINERS = (list, tuple, dict, set, frozenset, deque)
_IMMUTABLE = (tuple, frozenset)
_PLAIN = {bool, int, float, str, bytes, complex, type(None)}
_LONG = 64  # of a longer container with plain values only its length is compared


class Holder:
    """An object that may hold variables and other holders in its attributes.

    Attributes:
        role: the role in the object that holds it: `"layer"`, `"metric"`, `"optimizer"`, `"state"`.
            A walk enters holders with the role of its owner, and lists the others.
    """

    __slots__ = ("__kept",)
    role: ClassVar[str] = "state"

    def __held__(self) -> Iterable[Any]:
        """Return the containers in which this object keeps what it holds, in order."""
        return (vars(self),)

    def __decisive__(self) -> dict[str, Any] | None:
        """Return the attributes that decide shapes and dtypes; `None` if others do, too."""
        return vars(self)

    def __walk__(self) -> Walk:
        """Walk through this object, unless the last walk still holds."""
        try:
            kept = self.__kept
        except AttributeError:  # the first walk
            kept = None
        if kept is None or not kept.holds():
            kept = self.__kept = Walk(self)
        return kept


class Contents(NamedTuple):
    """The variables and holders in one object's attributes.

    Attributes:
        variables: in the order of the attributes, each once.
        inner: holders with the owner's role.
        others: holders with another role.
        mutable: the containers that may change, and the items in each; `None` for long ones with
            plain values, of which only the length counts.
    """

    variables: list[Variable]
    inner: list[Any]
    others: list[Any]
    mutable: list[tuple[Any, Any]]


class Walk:
    """The result of one walk: an owner, all holders within it, and their contents.

    Attributes:
        holders: the owner, then the holders with its role, depth first, each once.
        contents: one `Contents` for each of `holders`, by identity.
        results: what follows from the structure and one thing more; see `remembered`.
    """

    __slots__ = (
        "__before",
        "__compared",
        "__lengths",
        "__mutable",
        "contents",
        "holders",
        "results",
    )

    def __init__(self, owner: Holder):
        self.results: dict[Any, tuple[Any, list[Any]]] = {}
        self.holders: list[Any] = []
        self.contents: dict[int, Contents] = {}
        self.__mutable: list[Any] = []  # all containers that may change; of dicts their live values
        self.__compared: list[Any] = []  # those of them whose items are compared, one by one
        before: list[Any] = []
        stack = [owner]
        while stack:
            holder = stack.pop()
            if id(holder) not in self.contents:
                contents = self.contents[id(holder)] = _contents(holder.__held__(), owner.role)
                self.holders.append(holder)
                stack.extend(reversed(contents.inner))
                for items, seen in contents.mutable:
                    self.__mutable.append(items)
                    if seen is not None:
                        self.__compared.append(items)
                        before += seen
        self.__lengths = [*map(len, self.__mutable)]
        self.__before = before

    def __reduce__(self) -> Any:
        """Copy and pickle as `None`: a copy of the owner is walked through anew."""
        return _nothing, ()

    def holds(self) -> bool:
        """Tell whether all containers hold the same objects as when they were walked through."""
        if [*map(len, self.__mutable)] != self.__lengths:
            return False
        items, before = chain.from_iterable(self.__compared), self.__before
        if all(map(is_, items, before)):
            return True
        now = [*chain.from_iterable(self.__compared)]
        for x, y in zip(now, before, strict=True):
            if x is not y and (type(x) not in _PLAIN or type(y) not in _PLAIN):
                return False
        self.__before, self.results = now, {}  # only numbers and the like have changed
        return True

    def variables(self) -> list[Variable]:
        """List the variables of all holders, each once."""
        return unique([v for x in self.holders for v in self.contents[id(x)].variables])

    def others(self, role: str) -> list[Any]:
        """List the holders with `role` within all of `holders`, each once; they are not entered."""
        return unique(
            [y for x in self.holders for y in self.contents[id(x)].others if y.role == role]
        )


def _nothing() -> None:
    return None


def _contents(containers: Iterable[Any], role: str) -> Contents:
    """Look through `containers`, and those within them."""
    variables: dict[int, Variable] = {}
    holders: dict[int, Any] = {}
    mutable: list[tuple[Any, Any]] = []
    seen: set[int] = set()
    stack = [*reversed(tuple(containers))]
    while stack:
        x = stack.pop()
        if type(x) in _PLAIN:
            continue
        if isinstance(x, Variable):
            variables[id(x)] = x
        elif isinstance(x, Holder):
            holders[id(x)] = x
        elif (container := _as_container(x)) is not None and id(container) not in seen:
            seen.add(id(container))
            live = container.values() if isinstance(container, dict) else container
            items = tuple(live)
            plain = len(items) > _LONG and _PLAIN.issuperset(map(type, items))
            if not isinstance(container, _IMMUTABLE):
                mutable.append((live, None if plain else items))
            if not plain:
                stack.extend(reversed(items))
    inner = [x for x in holders.values() if x.role == role]
    others = [x for x in holders.values() if x.role != role]
    return Contents([*variables.values()], inner, others, mutable)


def variables_in(container: Any) -> list[Variable]:
    """List the variables in `container`, at any depth."""
    if type(container) is dict and _PLAIN.issuperset(map(type, container.values())):
        return []
    return _contents([container], "").variables


def _as_container(x: Any) -> Any:
    """Return `x` if it is a container, the attributes of plain data, `None` for anything else."""
    if isinstance(x, _CONTAINERS):
        return x
    if isinstance(x, SimpleNamespace) or (is_dataclass(x) and not isinstance(x, type)):
        return getattr(x, "__dict__", None)
    return None


# While a step runs, structures stand still: here is what was walked through, and what follows from it.
standing: ContextVar[dict[Any, Any] | None] = ContextVar("lamina_standing", default=None)


class standing_still:  # noqa: N801  a context manager; as a generator it took three times as long
    """Within, structures do not change, so that each is looked at once."""

    __slots__ = ("__token",)

    def __enter__(self) -> None:
        self.__token = standing.set({}) if standing.get() is None else None

    def __exit__(self, *_: object) -> None:
        if self.__token is not None:
            standing.reset(self.__token)


@contextmanager
def changing() -> Iterator[None]:
    """Within, structures change, though they stand still around it: what followed from them is forgotten."""
    known = standing.get()
    token = standing.set(None)
    try:
        yield
    finally:
        standing.reset(token)
        if known is not None:
            known.clear()


def walk(owner: Holder) -> Walk:
    """Return what `owner` holds, from a new walk if something has changed since the last."""
    known = standing.get()
    if known is None:
        return Holder.__walk__(owner)
    kept = known.get(id(owner))
    if kept is None:
        kept = known[id(owner)] = Holder.__walk__(owner)
    return kept


_Listing = Callable[[Any], list[Any]]


def remembered(by: Callable[[Any], Any]) -> Callable[[_Listing], _Listing]:
    """Let a method's list, which follows from the structure and from `by(self)`, be made once for each.

    Args:
        by: gives another object whenever what else the list depends on has changed.
    """

    def decorate(fn: _Listing) -> _Listing:
        @functools.wraps(fn)
        def call(self: Any) -> list[Any]:
            results, token = walk(self).results, by(self)
            kept = results.get(fn)
            if kept is None or kept[0] is not token:
                kept = results[fn] = token, fn(self)
            return [*kept[1]]

        return call

    return decorate


def unique(items: Iterable[Any]) -> list[Any]:
    """List `items` in their order, each object once."""
    items = list(items)
    return list(dict(zip(map(id, items), items, strict=True)).values())


class Forgotten(dict):
    """A dict of compiled programs and the like: a copy of its owner, or a pickle, has an empty one."""

    def __reduce__(self) -> Any:
        """Copy and pickle as an empty dict."""
        return type(self), ()
