"""Nested lists, tuples and dicts of leaves. `None` is a leaf, as in Keras.

A thin face over optree; the shapes that nearly every call has (one leaf, a flat list) take a short
way, since this is on the path of every layer call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optree

_CONTAINERS = (list, tuple, dict)


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a container rather than a leaf."""
    return isinstance(structure, _CONTAINERS)


def flatten(structure: Any) -> list[Any]:
    """The leaves of `structure`, dictionaries by sorted key."""
    if not is_nested(structure):
        return [structure]
    return optree.tree_leaves(structure, none_is_leaf=True)


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply `func` to the corresponding leaves of trees that have one structure.

    Example:
        >>> map_structure(lambda x, y: x + y, [1, {"a": 2}], [10, {"a": 20}])
        [11, {'a': 22}]
    """
    first = structures[0]
    if not isinstance(first, _CONTAINERS):
        return func(*structures)
    if (
        type(first) is list
        and len(structures) == 1
        and not any(isinstance(x, (*_CONTAINERS, type(None))) for x in first)
    ):
        return [func(x) for x in first]
    return optree.tree_map(func, *structures, none_is_leaf=none_is_leaf)


def pack_like(structure: Any, leaves: list[Any]) -> Any:
    """A tree shaped like `structure` with `leaves` in the order of `flatten`."""
    if not is_nested(structure):
        return leaves[0]
    return optree.tree_unflatten(optree.tree_structure(structure, none_is_leaf=True), leaves)


def paths(tree: Any) -> list[tuple[Any, ...]]:
    """The path of keys and indices to every leaf, in the order of `flatten`."""
    return optree.tree_paths(tree, none_is_leaf=True)


def same_structure(x: Any, y: Any) -> bool:
    """Whether two trees have the same containers with the same keys and lengths."""
    return optree.tree_structure(x, none_is_leaf=True) == optree.tree_structure(
        y, none_is_leaf=True
    )
