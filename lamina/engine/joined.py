"""A state of which many arrays lie in a few until somebody needs them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class Layout(Protocol):
    """Where the arrays of a state lie.

    Attributes:
        inside: positions, among the leaves of the state, of those that lie together.
        others: positions of the rest; both in the order in which the arrays come.
    """

    inside: tuple[int, ...]
    others: tuple[int, ...]

    def apart(self, vectors: list[Any]) -> list[Any]:
        """Return the arrays at the positions `inside`."""
        ...

    def tree(self, vectors: list[Any], others: list[Any]) -> Any:
        """Return the state as a tree of arrays."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """A state; what `repeat` of an engine may return, and take, in place of a tree.

    A call of a compiled step costs some time for each array that goes in and out: for a small network more than
    what is computed.
    """

    layout: Layout
    vectors: list[Any]
    others: list[Any]

    def apart(self) -> list[Any]:
        """Return the arrays that lie together, in the order of `layout.inside`."""
        return self.layout.apart(self.vectors)

    def tree(self) -> Any:
        """Return the state as a tree of arrays."""
        return self.layout.tree(self.vectors, self.others)

    def with_others(self, others: list[Any]) -> Joined:
        """Return the state with other arrays at the positions `layout.others`."""
        return Joined(self.layout, self.vectors, others)


def tree_of(state: Any) -> Any:
    """Return a state as a tree, whether it is one or `Joined`."""
    return state.tree() if state.__class__ is Joined else state
