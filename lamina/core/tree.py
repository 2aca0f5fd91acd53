"""Nested lists, tuples and dicts of leaves. `None` is a leaf, as in Keras.

A thin face over optree; the shapes that nearly every call has (one leaf, a flat list) take a short
way, since this is on the path of every layer call. Containers are lists, tuples, dicts, deques,
ordered and default dicts, and named tuples; an instance of another subclass of them is a leaf.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import optree

_CONTAINERS: Any = (list, tuple, dict, deque)


class MAP_TO_NONE:  # noqa: N801  Keras' name
    """What a function given to `traverse` returns in order to put `None` in a part's place."""


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a container rather than a leaf.

    Example:
        >>> is_nested([1]), is_nested({}), is_nested(np.ones(2)), is_nested(None)
        (True, True, False, False)
    """
    return isinstance(structure, _CONTAINERS) and not optree.tree_is_leaf(
        structure, none_is_leaf=True
    )


def flatten(structure: Any) -> list[Any]:
    """The leaves of `structure`, dictionaries by sorted key (ordered ones in their order).

    Example:
        >>> flatten({"b": 1, "a": [2, None]})
        [2, None, 1]
    """
    if not isinstance(structure, _CONTAINERS):
        return [structure]
    return optree.tree_leaves(structure, none_is_leaf=True)


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """Pairs `(path, leaf)` in the order of `flatten`; a path is a tuple of keys and indices.

    Example:
        >>> flatten_with_path({"a": [1, 2]})
        [(('a', 0), 1), (('a', 1), 2)]
    """
    found, leaves, _ = optree.tree_flatten_with_path(structure, none_is_leaf=True)
    return list(zip(found, leaves, strict=True))


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply `func` to the corresponding leaves of trees that have one structure.

    Args:
        none_is_leaf: whether `func` is given `None`s, too; else they stay where they are.

    Raises:
        ValueError: no tree is given, or their structures differ.

    Example:
        >>> map_structure(lambda x, y: x + y, [1, {"a": 2}], [10, {"a": 20}])
        [11, {'a': 22}]
    """
    if not structures:
        raise ValueError("tree.map_structure: give at least one structure.")
    first: Any = structures[0]
    if not isinstance(first, _CONTAINERS) and len(structures) == 1:
        return func(first) if first is not None or none_is_leaf else None
    if (
        type(first) is list
        and len(structures) == 1
        and not any(isinstance(x, (*_CONTAINERS, type(None))) for x in first)
    ):
        return [func(x) for x in first]
    if len(structures) > 1:
        kind = optree.tree_structure(structures[0], none_is_leaf=none_is_leaf)
        for other in structures[1:]:
            _require_same(kind, other, "tree.map_structure", none_is_leaf)
    return optree.tree_map(func, *structures, none_is_leaf=none_is_leaf)


def _require_same(kind: Any, other: Any, what: str, none_is_leaf: bool = True) -> None:
    """A clear error unless `other` has the structure `kind`; which kind of dict does not matter."""
    problem = ""
    try:
        rest = kind.flatten_up_to(other)
        if all(optree.tree_is_leaf(x, none_is_leaf=none_is_leaf) for x in rest):
            return
    except ValueError as error:
        problem = f" {_cut(str(error))}"
    found = optree.tree_structure(other, none_is_leaf=none_is_leaf)
    raise ValueError(
        f"{what}: the structures differ: {_shown(kind)} and {_shown(found)}.{problem} Give trees "
        "with the same containers, keys and lengths (`*` stands for a leaf)."
    )


def _shown(kind: Any) -> str:
    text = str(kind).removeprefix("PyTreeSpec(").removesuffix(")").removesuffix(", NoneIsLeaf")
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) < 200 else text[:200] + "..."


def map_structure_up_to(shallow_structure: Any, func: Callable, *structures: Any) -> Any:
    """Apply `func` to the parts of `structures` that lie where `shallow_structure` has leaves.

    Raises:
        ValueError: no tree is given, or one is not as deep as `shallow_structure`.

    Example:
        >>> map_structure_up_to([0, 0], len, [[1, 2], {"a": 3}])
        [2, 1]
    """
    if not structures:
        raise ValueError("tree.map_structure_up_to: give at least one structure.")
    kind = optree.tree_structure(shallow_structure, none_is_leaf=True)
    try:
        columns = [kind.flatten_up_to(structure) for structure in structures]
    except ValueError as error:
        raise ValueError(
            f"tree.map_structure_up_to: a structure does not begin like {_shown(kind)}: {error}"
        ) from error
    return optree.tree_unflatten(kind, [func(*parts) for parts in zip(*columns, strict=True)])


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """Apply `func` to every shape in `structure`: a list or tuple of integers and `None`s.

    Example:
        >>> map_shape_structure(len, {"a": (None, 3), "b": [(2,)]})
        {'a': 2, 'b': [1]}
    """
    return optree.tree_map(func, structure, is_leaf=_is_shape, none_is_leaf=True)


def _is_shape(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and all(isinstance(n, (int, type(None))) for n in x)


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raise unless two trees have the same containers, keys and lengths; the leaves do not matter.

    Args:
        check_types: accepted for Keras' sake; the types of containers always count (but kinds of
            dicts are one type).

    Raises:
        ValueError: they differ.

    Example:
        >>> assert_same_structure([1, {"a": 2}], [None, {"a": "x"}])
    """
    _require_same(optree.tree_structure(a, none_is_leaf=True), b, "tree.assert_same_structure")


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise unless two trees have leaves at the same paths, whatever containers they lie in.

    Raises:
        ValueError: a path is in one only; the message names all of them.

    Example:
        >>> assert_same_paths([1, 2], (3, 4))
    """
    ours, theirs = set(paths(a)), set(paths(b))
    if ours != theirs:
        raise ValueError(
            "tree.assert_same_paths: the paths differ. Only in `a`: "
            f"{sorted(ours - theirs, key=repr)}; only in `b`: {sorted(theirs - ours, key=repr)}."
        )


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """A tree shaped like `structure` with the leaves `flat_sequence`, in the order of `flatten`.

    Raises:
        TypeError: `flat_sequence` is not a sequence.
        ValueError: it has not as many elements as `structure` has leaves.

    Example:
        >>> pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
        {'b': 3, 'a': (1, 2)}
    """
    if not isinstance(flat_sequence, Iterable):
        raise TypeError(
            f"tree.pack_sequence_as: `flat_sequence` must be a sequence of leaves, not {flat_sequence!r}."
        )
    kind, leaves = optree.tree_structure(structure, none_is_leaf=True), list(flat_sequence)
    if kind.num_leaves != len(leaves):
        raise ValueError(
            f"tree.pack_sequence_as: the structure {_shown(kind)} has {kind.num_leaves} leaves, "
            f"but {len(leaves)} were given."
        )
    return optree.tree_unflatten(kind, leaves)


def pack_like(structure: Any, leaves: list[Any]) -> Any:
    """`pack_sequence_as` without its checks."""
    if not isinstance(structure, _CONTAINERS):
        return leaves[0]
    return optree.tree_unflatten(optree.tree_structure(structure, none_is_leaf=True), leaves)


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Offer every part of `structure`, containers included, to `func`, and put in what it gives.

    Args:
        func: returns what replaces the part, `MAP_TO_NONE` to replace it by `None`, or `None` to
            leave it (and, going down, to look into it).
        top_down: containers before what is in them; else after.

    Example:
        >>> traverse(lambda x: tuple(x) if isinstance(x, list) else None, [[1], {"a": [2]}], False)
        ((1,), {'a': (2,)})
    """
    if top_down:
        found = func(structure)
        if found is not None:
            return None if found is MAP_TO_NONE else found
        return _inside(lambda x: traverse(func, x, True), structure)
    rebuilt = _inside(lambda x: traverse(func, x, False), structure)
    found = func(rebuilt)
    if found is None:
        return rebuilt
    return None if found is MAP_TO_NONE else found


def _inside(func: Callable, structure: Any) -> Any:
    """`structure` with `func` applied to each of its direct parts."""
    if not is_nested(structure):
        return structure
    return optree.tree_map(func, structure, is_leaf=lambda x: x is not structure, none_is_leaf=True)


def lists_to_tuples(structure: Any) -> Any:
    """`structure` with a tuple in the place of every list.

    Example:
        >>> lists_to_tuples([1, {"a": [2]}])
        (1, {'a': (2,)})
    """
    return traverse(lambda x: tuple(x) if type(x) is list else None, structure, top_down=False)


def paths(tree: Any) -> list[tuple[Any, ...]]:
    """The path of keys and indices to every leaf, in the order of `flatten`."""
    return optree.tree_paths(tree, none_is_leaf=True)


def same_structure(x: Any, y: Any) -> bool:
    """Whether two trees have the same containers with the same keys and lengths."""
    return optree.tree_structure(x, none_is_leaf=True) == optree.tree_structure(
        y, none_is_leaf=True
    )
