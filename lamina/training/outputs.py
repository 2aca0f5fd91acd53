"""Losses, weights, metrics and targets, aligned with a model's outputs.

Users may give one thing for all outputs, a list in the outputs' order, a dict by output name, or a
tree like the outputs. Here that becomes a list with one entry per output, once.
"""

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

    def __len__(self) -> int:
        return len(self.names)

    def align(
        self, entries: Any, argument: str, many: bool = False, broadcast: bool = False
    ) -> list[Any]:
        """Return one of `entries` for each output, `None` where there is none.

        Args:
            entries: one for all outputs, a list in their order, a dict by their names, or a tree like
                the outputs.
            argument: its name, for messages.
            many: an entry may itself be a list (metrics).
            broadcast: a single thing holds for every output.

        Raises:
            ValueError: a name that no output has, or another number of entries than outputs.
        """
        n = len(self)
        if entries is None:
            return [None] * n
        nested = tree.is_nested(self.structure) and any(map(tree.is_nested, _parts(self.structure)))
        if nested and (like := _like(self.structure, entries, many)) is not None:
            return like
        if isinstance(entries, dict):
            return self._by_name(entries, argument)
        if not isinstance(entries, (list, tuple)):
            if n > 1 and not broadcast:
                raise self._miscounted(argument, 1, "Give a list or a dict by output name")
            return [entries] * n
        flat = many and not any(isinstance(x, (list, tuple, dict)) for x in entries)
        if flat and n == 1:
            return [list(entries)]
        if len(entries) != n:
            each = "a list for each output, or a dict by output name" if flat else "one per output"
            raise self._miscounted(argument, len(entries), f"Give {each}")
        return list(entries)

    def _by_name(self, entries: dict, argument: str) -> list[Any]:
        unknown = sorted(set(entries) - set(self.names))
        if unknown:
            raise ValueError(
                f"`{argument}` names the output(s) {unknown}, which the model does not have. Its "
                f"outputs: {self.names}."
            )
        return [entries.get(name) for name in self.names]

    def _miscounted(self, argument: str, count: int, fix: str) -> ValueError:
        entries = "1 entry" if count == 1 else f"{count} entries"
        return ValueError(
            f"`{argument}` has {entries}, but the model has {len(self)} outputs: {self.names}. {fix}."
        )

    def flatten(self, y: Any, argument: str = "y") -> list[Any]:
        """Return the leaves of `y` (targets or predictions) in the outputs' order, `None` where one lacks.

        Raises:
            ValueError: another number of them, or a name that no output has.
        """
        if tree.is_nested(y) and (like := _like(self.structure, y)) is not None:
            return like
        if isinstance(y, dict):
            return self._by_name(y, argument)
        leaves = tree.flatten(y)
        if len(leaves) != len(self):
            raise ValueError(
                f"The model has {len(self)} outputs ({self.names}), but `{argument}` has {len(leaves)}."
            )
        if isinstance(self.structure, dict) and len(self) > 1:
            raise ValueError(
                f"The model's outputs have names, so `{argument}` must be a dict with the keys "
                f"{self.names}, not a {type(y).__name__}."
            )
        return leaves


def _parts(structure: Any) -> Any:
    return structure.values() if isinstance(structure, dict) else structure


def _like(structure: Any, entries: Any, many: bool = False) -> list[Any] | None:
    """One of `entries`, a tree like `structure`, for each leaf; `None` if it is not such a tree.

    With `many` a list may stand for a leaf. Where `entries` holds `None`, or one of its dicts lacks a
    key, all leaves there get `None`.
    """
    if not tree.is_nested(structure) and tree.is_nested(entries) and not many:
        return None
    if not tree.is_nested(structure) or entries is None:
        return [entries] * len(tree.flatten(structure))
    if isinstance(structure, dict):
        if not isinstance(entries, dict) or set(entries) - set(structure):
            return None
        # In the order of the leaves.
        keys = tree.flatten(type(structure)((key, key) for key in structure))
        pairs = [(structure[key], entries.get(key)) for key in keys]
    elif isinstance(entries, (list, tuple)) and len(entries) == len(structure):
        pairs = list(zip(structure, entries, strict=True))
    else:
        return None
    parts = [_like(*pair, many) for pair in pairs]
    return None if None in parts else [leaf for part in parts for leaf in part]  # type: ignore[union-attr]
