"""What was said per output (losses, weights, metrics, targets), aligned with a model's outputs.

Users may give one thing for all outputs, a list in the outputs' order, or a dict by output name.
Here that becomes a list with one entry per output, once.
"""

from __future__ import annotations

from typing import Any

from lamina.core import tree


class Outputs:
    """The outputs of a model, flat and by name.

    Attributes:
        structure: the tree of the outputs as the model returns them.
        names: one for each leaf of it.
    """

    def __init__(self, structure: Any, names: list[str]):
        self.structure = structure
        self.names = names

    @property
    def _nested(self) -> bool:
        """Whether outputs lie in containers within containers."""
        inner = self.structure.values() if isinstance(self.structure, dict) else self.structure
        return tree.is_nested(self.structure) and any(map(tree.is_nested, inner))

    def __len__(self) -> int:
        return len(self.names)

    def align(
        self, given: Any, what: str, many: bool = False, broadcast: bool = False
    ) -> list[Any]:
        """One entry of `given` for each output, `None` where nothing is said.

        Args:
            what: the argument's name, for messages.
            many: an entry may itself be a list (metrics).
            broadcast: a single thing holds for every output.

        Raises:
            ValueError: a name that no output has, or another number of entries than outputs.
        """
        n = len(self)
        if given is None:
            return [None] * n
        if self._nested and not many and tree.is_nested(given):
            found: list[Any] = []
            if _fill(self.structure, given, found):
                return found
        if isinstance(given, dict):
            return self._by_name(given, what)
        if isinstance(given, (list, tuple)):
            if (
                many
                and not any(isinstance(x, (list, tuple, dict)) for x in given)
                and (n == 1 or len(given) != n)
            ):
                if n > 1:
                    raise ValueError(
                        self._count_message(
                            what,
                            len(given),
                            "Give a list for each output, or a dict by output name",
                        )
                    )
                return [list(given)]
            if len(given) != n:
                raise ValueError(self._count_message(what, len(given), "Give one entry per output"))
            return list(given)
        if n > 1 and not broadcast:
            raise ValueError(self._count_message(what, 1, "Give a list or a dict by output name"))
        return [given] * n

    def _by_name(self, given: dict, what: str) -> list[Any]:
        unknown = sorted(set(given) - set(self.names))
        if unknown:
            raise ValueError(
                f"`{what}` names the output(s) {unknown}, which the model does not have. Its outputs: {self.names}."
            )
        return [given.get(name) for name in self.names]

    def _count_message(self, what: str, found: int, mend: str) -> str:
        entries = "1 entry" if found == 1 else f"{found} entries"
        return (
            f"`{what}` has {entries}, but the model has {len(self)} outputs: {self.names}. {mend}."
        )

    def flatten(self, y: Any, what: str = "y") -> list[Any]:
        """Leaves of `y` (targets or predictions) in the outputs' order; `None` where a dict has none.

        Raises:
            ValueError: another number of them, or a name that no output has.
        """
        named = isinstance(self.structure, dict)
        if isinstance(y, dict) and not (named and set(y) == set(self.structure)):
            return self._by_name(y, what)
        leaves = tree.flatten(y)
        if len(leaves) != len(self):
            raise ValueError(
                f"The model has {len(self)} outputs ({self.names}), but `{what}` has {len(leaves)}."
            )
        if named and len(self) > 1 and not isinstance(y, dict):
            raise ValueError(
                f"The model's outputs have names, so `{what}` must be a dict with the keys {self.names}, "
                f"not a {type(y).__name__}."
            )
        return leaves


def _fill(structure: Any, given: Any, found: list[Any]) -> bool:
    """Add to `found` what `given`, a tree like `structure`, has for each leaf; whether it is such a tree.

    What is `None` in `given`, or lacks in its dicts, is `None` for all leaves there.
    """
    if not tree.is_nested(structure) or given is None:
        found.extend([given] * len(tree.flatten(structure)))
        return True
    if isinstance(structure, dict):
        if not isinstance(given, dict) or set(given) - set(structure):
            return False
        return all(_fill(structure[key], given.get(key), found) for key in sorted(structure))
    if not isinstance(given, (list, tuple)) or len(given) != len(structure):
        return False
    return all(_fill(part, one, found) for part, one in zip(structure, given, strict=True))
