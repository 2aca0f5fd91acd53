"""Sparse tensors: rows of which only the numbers other than 0 are kept, each with its column.

There is one form for all engines, the padded one of ITPACK (Kincaid, Respess and Young 1982): `values` and
`columns` have shape `(..., most)`, where `most` is the largest count of numbers in a row, and shorter rows end in
zeros. So all parts have one entry per sample along axis 0, as any other data have: they are cut into batches,
shuffled, filled up and compiled in the same way. Numbers with one column are added up.

An op that knows what to do with sparse tensors has a rule in `RULES`; for any other they are made dense. Tensors
of libraries (SciPy, JAX's BCOO, `tf.SparseTensor`, sparse tensors of PyTorch) are taken in at the first op or layer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lamina.core import tree
from lamina.engine.current import engine

RULES: dict[str, Callable] = {}
"""What ops do with sparse arguments, by name; a rule returns `NotImplemented` for what it leaves to dense ones."""


class Parts(NamedTuple):
    """A sparse tensor as it enters and leaves a compiled step.

    Attributes:
        columns, values: of shape `(..., most)`.
        like: an array of shape `(*shape, 0)`, which takes no memory, and says the shape.
    """

    columns: Any
    values: Any
    like: Any


class Sparse:
    """A tensor of native arrays that is sparse along its last axis.

    Args:
        columns: integers `(..., most)`.
        values: of the same shape.
        size: of the last axis.
        distinct: whether no row has two numbers with one column, but for zeros.

    Example:
        >>> import lamina
        >>> x = Sparse.of(np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]], "float32"))
        >>> x.shape, x.columns.shape
        ((2, 3), (2, 2))
        >>> lamina.ops.matmul(x, np.ones((3, 1), "float32")).tolist()
        [[2.0], [4.0]]
    """

    __slots__ = ("columns", "distinct", "size", "values")
    __array_ufunc__ = None  # NumPy leaves an operation with an array on the left to us

    def __init__(self, columns: Any, values: Any, size: int, distinct: bool = True):
        self.columns, self.values, self.size, self.distinct = columns, values, size, distinct

    @classmethod
    def of(cls, x: Any) -> Sparse:
        """Return a sparse tensor, on the engine in force, of a library's one or of an array.

        Raises:
            ValueError: the tensor has no axis, or is a part of a compiled function.
        """
        if isinstance(x, cls):
            return x
        shape, columns, values = padded(x)
        e = engine()
        return cls(e.asarray(columns), e.asarray(values), shape[-1])

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape of the dense tensor."""
        return (*tuple(self.values.shape)[:-1], self.size)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.values.shape)

    @property
    def dtype(self) -> Any:
        """The native dtype of the values."""
        return self.values.dtype

    def with_values(self, values: Any) -> Sparse:
        """Return a tensor with other numbers in the same places."""
        return Sparse(self.columns, values, self.size, self.distinct)

    def dense(self) -> Any:
        """Return it as a native array."""
        return RULES["dense"](self)

    def numpy(self) -> np.ndarray:
        """Return it as a dense NumPy array."""
        return engine().to_numpy(self.dense())

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.numpy().astype(dtype, copy=False)

    def to_scipy(self) -> Any:
        """Return it as a `scipy.sparse.csr_array`; it must have two axes."""
        from scipy import sparse

        columns, values = (engine().to_numpy(x) for x in (self.columns, self.values))
        rows = np.repeat(np.arange(len(columns)), columns.shape[-1])
        matrix = sparse.coo_array((values.ravel(), (rows, columns.ravel())), self.shape).tocsr()
        matrix.eliminate_zeros()
        return matrix

    def __repr__(self) -> str:
        most = tuple(self.values.shape)[-1]
        return f"<Sparse shape={self.shape}, dtype={engine().dtype(self.values)}, at most {most} in a row>"


_FOREIGN = {  # by library: the names of its sparse tensors, or of what they have
    "lamina.core.sparse_rows": "tocsr",
    "scipy.sparse": "tocsr",
    "jax.experimental.sparse": "todense",
    "tensorflow.python": "dense_shape",
}


@functools.cache
def is_sparse_type(kind: type) -> bool:
    """Tell whether objects of a type are sparse tensors, of lamina or of a library."""
    if issubclass(kind, Sparse):
        return True
    names = [base.__module__ for base in kind.__mro__]
    return any(
        hasattr(kind, member) and any(name.startswith(library) for name in names)
        for library, member in _FOREIGN.items()
    )


def is_sparse(x: Any) -> bool:
    """Tell whether `x` is a sparse tensor, of lamina or of a library."""
    return is_sparse_type(type(x)) or _is_of_torch(x)


def _is_of_torch(x: Any) -> bool:
    layout = getattr(x, "layout", None)
    return type(x).__module__ == "torch" and str(layout).startswith("torch.sparse")


def rows_of(x: Any) -> Any:
    """Return a sparse tensor of any library as a SciPy matrix of its rows: leading axes become one."""
    from scipy import sparse

    if hasattr(x, "tocsr"):
        rows = sparse.csr_array(x.tocsr())
        rows = rows.copy() if rows.data is getattr(x, "data", None) else rows
    else:
        shape, indices, values = _coordinates(x)
        *lead, last = shape
        flat = np.ravel_multi_index(tuple(indices[:-1]), lead) if lead else 0 * indices[-1]
        size = (int(np.prod(lead)), last)
        rows = sparse.coo_array((values, (flat, indices[-1])), size).tocsr()
    rows.sum_duplicates()
    return rows


def _coordinates(x: Any) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
    """Return the shape, the indices `(axes, numbers)` and the values of a sparse tensor on the host."""
    if isinstance(x, np.ndarray):
        indices = np.stack(np.nonzero(x))
        return x.shape, indices, x[tuple(indices)]
    if hasattr(x, "dense_shape"):  # TensorFlow's
        shape = tuple(np.asarray(x.dense_shape).tolist())
        return shape, np.asarray(x.indices).T, np.asarray(x.values)
    if _is_of_torch(x):
        x = x.detach().cpu().to_sparse_coo().coalesce()
        return tuple(x.shape), x.indices().numpy(), x.values().numpy()
    if getattr(x, "n_batch", 0) or getattr(x, "n_dense", 0) or np.ndim(x.indices) != 2:  # JAX's
        return _coordinates(np.asarray(x.todense()))
    inside = np.all(np.asarray(x.indices) < np.asarray(x.shape), axis=1)  # JAX pads with others
    return tuple(x.shape), np.asarray(x.indices)[inside].T, np.asarray(x.data)[inside]


def padded(x: Any) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
    """Return the shape, the columns and the values of a sparse tensor or an array, padded, on the host."""
    shape = tuple(int(n) for n in x.shape)
    rows = rows_of(x)
    columns, values = pad(rows, int(np.diff(rows.indptr).max(initial=0)))
    whole = (*shape[:-1], columns.shape[-1])
    return shape, columns.reshape(whole), values.reshape(whole)


def pad(rows: Any, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return columns and values of a SciPy matrix of rows, padded to `most` in a row."""
    counts = np.diff(rows.indptr)
    places = np.arange(most) < counts[:, None]
    columns = np.zeros((len(counts), most), "int32")
    values = np.zeros((len(counts), most), rows.dtype)
    columns[places], values[places] = rows.indices, rows.data
    return columns, values


def opened(x: Any) -> Any:
    """Return a tree with a `Sparse` for each `Parts` in it."""
    if x.__class__ is Parts:
        columns, values = (
            engine().asarray(y) if isinstance(y, np.ndarray) else y for y in (x.columns, x.values)
        )
        return Sparse(columns, values, x.like.shape[-2])
    if isinstance(x, dict):
        return {name: opened(part) for name, part in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(opened, x))
    if isinstance(x, (list, tuple)):
        return type(x)(map(opened, x))
    return x


def closed(x: Any) -> Any:
    """Return a tree with `Parts` for each sparse tensor of lamina's in it."""

    def parts(leaf: Any) -> Any:
        if not isinstance(leaf, Sparse):
            return leaf
        like = engine().full((*leaf.shape, 0), 0, engine().dtype(leaf.values))
        return Parts(leaf.columns, leaf.values, like)

    return tree.map_structure(parts, x)


def made_dense(x: Any) -> Any:
    """Return a tree with a native array for each sparse tensor of lamina's in it."""
    return tree.map_structure(lambda leaf: leaf.dense() if isinstance(leaf, Sparse) else leaf, x)


def on_sparse(op: Callable, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call an op on arguments of which some are sparse: by its rule, or on dense ones."""
    args = [_taken_in(x) for x in args]
    rule = RULES.get(op.__name__)
    result = NotImplemented if rule is None else rule(*args, **kwargs)
    return op(*map(_dense, args), **kwargs) if result is NotImplemented else result


def _taken_in(x: Any) -> Any:
    if isinstance(x, list):
        return [_taken_in(part) for part in x]
    if isinstance(x, tuple) and any(is_sparse_type(type(part)) for part in x):
        return [_taken_in(part) for part in x]
    return Sparse.of(x) if is_sparse_type(type(x)) else x


def _dense(x: Any) -> Any:
    if isinstance(x, list):
        return [_dense(part) for part in x]
    return x.dense() if isinstance(x, Sparse) else x
