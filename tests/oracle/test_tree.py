"""`lamina.tree` beside `keras.tree`: results, orders, and what is refused."""

from __future__ import annotations

import collections
import dataclasses

import keras
import numpy as np
import pytest

from lamina import tree

Point = collections.namedtuple("Point", "a b")


class OwnDict(dict):
    pass


@dataclasses.dataclass
class Record:
    x: int
    y: list


ORDERED = collections.OrderedDict([("b", 1), ("a", 2)])
DEFAULT = collections.defaultdict(list, {"b": 1, "a": 2})
MIXED = [1, {"b": 2, "a": (3, None)}, Point(4, [5]), ORDERED, DEFAULT, "text"]
STRUCTURES = [
    *(1, None, "ab", [], (), {}, [[], {}, ()], [None, [None]], {"a": 1, 2: 3}, {1, 2}),
    *(MIXED, ORDERED, DEFAULT, Point(1, Point(2, 3)), collections.deque([1, [2]])),
    *(OwnDict(a=1), [OwnDict(a=[1])], Record(1, [2]), [Record(1, [2])], (1, (2, (3, (4,))))),
]


def outcome(fn, *args, **kwargs):
    """What a call gives, or which kind of error."""
    try:
        return fn(*args, **kwargs)
    except (ValueError, TypeError) as error:
        return type(error)


def both(name, *args, **kwargs):
    return [outcome(getattr(each, name), *args, **kwargs) for each in (tree, keras.tree)]


def assert_agree(name, *args, **kwargs):
    ours, theirs = both(name, *args, **kwargs)
    assert ours == theirs
    assert type(ours) is type(theirs)
    assert repr(ours) == repr(theirs)  # orders of keys and types of containers, too


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize("name", ["is_nested", "flatten", "flatten_with_path", "lists_to_tuples"])
def test_of_one_structure(name, structure):
    assert_agree(name, structure)


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_map_and_pack(structure):
    for none_is_leaf in (True, False):
        ours, theirs = (
            each.map_structure(lambda x: (repr(x),), structure, none_is_leaf=none_is_leaf)
            for each in (tree, keras.tree)
        )
        assert repr(ours) == repr(theirs)
    assert_agree("pack_sequence_as", structure, list(range(len(tree.flatten(structure)))))
    assert_agree("pack_sequence_as", structure, list(range(len(tree.flatten(structure)) + 1)))
    assert_agree("pack_sequence_as", structure, 3)


PAIRS = [
    ([1, {"a": 2}], [3, {"a": 4}]),
    ([1, 2], (1, 2)),
    ([1, 2], [1]),
    ([1, 2], [1, [2]]),
    ([1, [2]], [1, 2]),
    ({"a": 1}, {"b": 1}),
    ({"b": 1, "a": 2}, {"a": 10, "b": 20}),
    (ORDERED, {"a": 10, "b": 20}),
    ({"a": 10, "b": 20}, ORDERED),
    (Point(1, 2), (1, 2)),
    (Point(1, 2), Point(3, 4)),
    ([1, None], [2, None]),
    ([1, None], [2, 3]),
    ([1, 2], [2, None]),
    ([1, 2], {0: 1, 1: 2}),
    (1, [2]),
    (None, 1),
    ([], None),
    ([{"a": None}], [{"a": [1]}]),
]


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
def test_of_two_structures(pair):
    for none_is_leaf in (True, False):
        assert_agree("map_structure", lambda x, y: (x, y), *pair, none_is_leaf=none_is_leaf)
    assert_agree("assert_same_structure", *pair)
    assert_agree("assert_same_paths", *pair)
    if None in tree.flatten(pair[0]):
        return  # Keras refuses `None` in the shallow structure; to lamina it is a leaf, as elsewhere
    assert_agree("map_structure_up_to", pair[0], lambda x: repr(x), pair[1])
    assert_agree("map_structure_up_to", pair[0], lambda x, y: repr((x, y)), *pair)


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
@pytest.mark.parametrize("top_down", [True, False])
def test_traverse(structure, top_down):
    def run(each):
        visited = []

        def visit(x):
            visited.append(repr(x))
            if x == 2 or x == ():
                return each.MAP_TO_NONE
            return x + 1 if isinstance(x, int) else list(x) if isinstance(x, Point) else None

        return repr(each.traverse(visit, structure, top_down=top_down)), visited

    assert run(tree) == run(keras.tree)


@pytest.mark.parametrize(
    "structure",
    [
        *((1, 2), [1, 2], (), [(1, 2), {"a": (None, 3), "b": [4, 5]}], [(), [None, None]]),
        *([[1, 2], 3], {"a": [(1,), (None,)]}, 3),
    ],
    ids=repr,
)
def test_shapes(structure):
    assert_agree("map_shape_structure", lambda s: ("shape", s), structure)


def test_nothing_to_map_over():
    for name, args in (("map_structure", (len,)), ("map_structure_up_to", ([1], len))):
        assert both(name, *args) == [ValueError, ValueError]


def test_errors_say_what_differs():
    with pytest.raises(ValueError, match=r"assert_same_structure.*\[\*\].*\[\*, \*\]"):
        tree.assert_same_structure([1], [1, 2])
    with pytest.raises(ValueError, match="2 leaves, but 3"):
        tree.pack_sequence_as([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"Only in `a`: \[\('x',\)\]"):
        tree.assert_same_paths({"x": 1}, {"y": 1})


def test_arrays_are_leaves():
    x = np.ones((2, 2))
    assert tree.flatten([x])[0] is x
    assert tree.map_structure(np.shape, {"x": x}) == {"x": (2, 2)}
