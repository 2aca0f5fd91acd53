"""`SparseRows`: a sparse matrix on the host, whose rows are samples; it is never made dense as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.sparse import Parts, is_sparse, pad, rows_of
from lamina.strings import counting

_LOOK = 8 * 2**20  # bytes


class SparseRows:
    """A SciPy matrix with the few things of a NumPy array that feeds ask for.

    Args:
        matrix: a `scipy.sparse.csr_array` without two numbers for one place.
    """

    __slots__ = ("matrix",)
    ndim = 2

    def __init__(self, matrix: Any):
        self.matrix = matrix

    @classmethod
    def of(cls, x: Any, what: str) -> SparseRows:
        """Return the rows of a sparse tensor of any library.

        Raises:
            ValueError: it does not have two axes.
        """
        if isinstance(x, cls):
            return x
        if len(x.shape) != 2:
            raise ValueError(
                f"`{what}` is a sparse tensor of shape {tuple(x.shape)}; sparse data must have two axes, "
                "(samples, features)."
            )
        return cls(rows_of(x))

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and features."""
        return self.matrix.shape

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the numbers."""
        return self.matrix.dtype

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.matrix.data.nbytes + self.matrix.indices.nbytes

    def __len__(self) -> int:
        return self.matrix.shape[0]

    def __getitem__(self, rows: Any) -> SparseRows:
        return SparseRows(self.matrix[rows])

    def astype(self, dtype: Any, copy: bool = True) -> SparseRows:
        """Return it with the numbers in another dtype."""
        return SparseRows(self.matrix.astype(dtype, copy=copy))

    def tocsr(self) -> Any:
        """Return the SciPy matrix."""
        return self.matrix

    def reshape(self, *shape: int) -> Any:
        """Return it in another shape; a dense array, unless it has this shape already."""
        return self if shape == self.shape else self.toarray().reshape(shape)

    def __gt__(self, number: float) -> SparseRows:
        return SparseRows(self.matrix > number)

    def __mul__(self, weights: np.ndarray) -> SparseRows:
        """Return it with each column multiplied by its weight."""
        return SparseRows(self.matrix.multiply(weights[None]).tocsr())

    def toarray(self) -> np.ndarray:
        """Return it as a dense array; meant for a few rows."""
        return self.matrix.toarray()

    def parts(self, *lead: int) -> Parts:
        """Return it as it enters a compiled step.

        Args:
            lead: sizes of axes in front of that of the rows, which are divided among them.
        """
        most = int(np.diff(self.matrix.indptr).max(initial=1))
        most = (
            1 << (most - 1).bit_length()
        )  # few different sizes, so that few programs are compiled
        columns, values = pad(self.matrix, most)
        rows = -1 if 0 not in columns.shape else 0
        columns, values = (part.reshape(*lead, rows, most) for part in (columns, values))
        return Parts(columns, values, np.empty((*columns.shape[:-1], self.shape[1], 0), self.dtype))


def some_rows(data: Any) -> Any:
    """Return a tree of host arrays with some of their rows, dense ones, if there are sparse rows among them.

    The rows are spread over all of them, the same ones in each array, and take 8 MB at most.
    """
    leaves = [leaf for leaf in tree.flatten(data) if isinstance(leaf, SparseRows)]
    if not leaves:
        return data
    widest = max(leaf.shape[1] for leaf in leaves)
    count = min(len(leaves[0]), max(1, _LOOK // max(8 * widest, 1)))
    rows = np.linspace(0, len(leaves[0]) - 1, count).astype(int)

    def some(leaf: Any) -> Any:
        if isinstance(leaf, SparseRows):
            return leaf[rows].toarray()
        return None if leaf is None else leaf[rows]

    return tree.map_structure(some, data)


def are_rows(x: Any) -> bool:
    """Tell whether `x` is a sparse tensor, on the host or of any library."""
    return isinstance(x, SparseRows) or is_sparse(x)


def entered(x: Any) -> Any:
    """Return a tree of host arrays as it enters a compiled step: with parts in place of sparse rows."""
    if isinstance(x, np.ndarray):
        return x
    return tree.map_structure(lambda y: y.parts() if isinstance(y, SparseRows) else y, x)


def count(rows: np.ndarray, ids: np.ndarray, number: int, depth: int, sparse: bool) -> Any:
    """Return how often each id occurs in each row, as `strings.counting.count` does, or sparse rows."""
    if not sparse:
        return counting.count(rows, ids, number, depth)
    kept = ids != counting.DROPPED
    ones = np.ones(int(kept.sum()), np.int64)
    return SparseRows(_matrix(ones, rows[kept], ids[kept], (number, depth)))


def one_hot(ids: np.ndarray, depth: int, sparse: bool) -> Any:
    """Return a row for each id, as `strings.counting.one_hot` does, or sparse rows."""
    if not sparse:
        return counting.one_hot(ids, depth)
    shape = ids.shape[:-1] if ids.ndim and ids.shape[-1] == 1 else ids.shape
    flat = ids.ravel()
    kept = (flat >= 0) & (flat < depth)
    rows, ones = np.arange(flat.size)[kept], np.ones(int(kept.sum()), bool)
    matrix = _matrix(ones, rows, flat[kept], (flat.size, depth))
    return SparseRows(matrix).reshape(*shape, depth)


def _matrix(values: Any, rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    from scipy import sparse

    matrix = sparse.coo_array((values, (rows, columns)), shape).tocsr()
    matrix.sum_duplicates()
    return matrix
