"""Trees of data: lists, tuples and dicts."""

from __future__ import annotations

import pytest

from lamina.core import tree


def test_trees():
    data = {"b": [1, None], "a": (2, {"c": 3})}
    assert tree.flatten(data) == [2, 3, 1, None]
    assert tree.pack_like(data, [5, 6, 7, 8]) == {"a": (5, {"c": 6}), "b": [7, 8]}
    assert tree.map_structure(lambda x: x, data) == data
    assert tree.flatten(4) == [4] and tree.flatten([]) == [] and tree.flatten(None) == [None]
    assert tree.same_structure([1, 2], [3, 4]) and not tree.same_structure([1], (1,))
    with pytest.raises(ValueError):
        tree.map_structure(lambda x, y: x, [1, 2], [1])
