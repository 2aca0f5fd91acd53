"""Finding what an object holds: its layers, variables, metrics, by looking through its attributes.

Nothing registers itself when an attribute is set: an object's attributes *are* the record. So lists
and dicts of layers may grow and shrink, and what is assigned late is found all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Attributes that mention layers or variables which do not belong to the object by themselves, or which
# are found in another attribute already (an optimizer's, by variable).
_PRIVATE = frozenset(
    {"_arguments", "_losses", "_functions", "_trained", "_inbound", "_function", "_traced"}
    | {"_slots", "_averages", "_accumulators", "_groups", "_chosen"}
)


def held(owner: Any, kind: type | tuple[type, ...]) -> Iterator[Any]:
    """Objects of `kind` among the attributes of `owner`, also in lists, tuples and dicts, each once."""
    seen: set[int] = set()
    for name, value in list(vars(owner).items()):
        if name not in _PRIVATE:
            yield from _within(value, kind, seen)


def _within(value: Any, kind: Any, seen: set[int]) -> Iterator[Any]:
    if isinstance(value, kind):
        if id(value) not in seen:
            seen.add(id(value))
            yield value
    elif isinstance(value, (list, tuple, set, dict)) and id(value) not in seen:
        seen.add(id(value))
        for item in list(value.values() if isinstance(value, dict) else value):
            yield from _within(item, kind, seen)


def unique(items: Any) -> list[Any]:
    """`items` in their order, each object once."""
    return list({id(item): item for item in items}.values())
