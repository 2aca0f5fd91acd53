"""Arrays that lie in a file (`np.load(..., mmap_mode="r")`, `np.memmap`): read forward, in parts, never as a whole."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np

from lamina.core import tree

CHUNK = 64 * 2**20  # bytes of a chunk of batches at most, unless one batch is larger
_LOOK, _BLOCKS, _ROWS = 8 * 2**20, 16, 2048  # how much of an array is looked at before training


def is_mapped(array: Any) -> bool:
    """Tell whether the array is a view of a file that is mapped into memory.

    Example:
        >>> is_mapped(np.zeros(3))
        False
    """
    return any_mapped([array])


def any_mapped(leaves: list[Any]) -> bool:
    """Tell whether one of the arrays is a view of a mapped file."""
    for leaf in leaves:
        while isinstance(leaf, np.ndarray):
            leaf = leaf.base
        if isinstance(leaf, mmap.mmap):
            return True
    return False


def read(array: np.ndarray, rows: slice | np.ndarray, out: np.ndarray) -> np.ndarray:
    """Read rows into `out`, whose dtype they get: forward through the file, in whatever order they are wanted.

    Example:
        >>> read(np.arange(10.0), np.array([7, 2, 5]), np.empty(3)).tolist()
        [7.0, 2.0, 5.0]
    """
    if isinstance(rows, slice):
        out[...] = array[rows]
    else:
        places = np.argsort(rows, kind="stable")
        out[places] = array[rows[places]]
    return out


def looked_at(data: Any) -> Any:
    """Return a tree of arrays in which mapped ones are replaced by some of their rows, alike in all of them.

    The rows are blocks from all of the file, in its order, 8 MB at most.
    """
    leaves = tree.flatten(data)
    if not any_mapped(leaves):
        return data
    leaves = [leaf for leaf in leaves if is_mapped(leaf) and len(leaf)]
    widest = max((leaf.nbytes // len(leaf) for leaf in leaves), default=0)
    rows = min(_ROWS, max(_BLOCKS, _LOOK // max(widest, 1)))

    def some(leaf: Any) -> Any:
        if not is_mapped(leaf) or len(leaf) <= rows:
            return leaf
        size = rows // _BLOCKS
        starts = np.linspace(0, len(leaf) - size, _BLOCKS).astype(int)
        return np.concatenate([leaf[start : start + size] for start in starts])

    return tree.map_structure(some, data)
