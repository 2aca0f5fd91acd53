"""An optimizer's formula for many small arrays at once: they are put into one vector, and the result is cut again.

A kernel of TensorFlow's costs some microseconds, whatever it computes, and a node of a graph as much again
while it is traced: Adam's ten for each of 42 variables took half of the time of a small network's step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import tensorflow as tf

from lamina.engine.tensorflow.compile import by_xla

_MOST = 2**14  # numbers of an array; to copy more costs as much as it saves
_FEWEST = 6  # arrays
_CAPTURED = 2**8  # numbers; TensorFlow makes constants of fewer
_NAMES = """
    Abs Add AddV2 Cast Const DivNoNan Div Equal Exp Expm1 Greater GreaterEqual Identity IsFinite IsNan Less
    LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr Maximum Minimum Mul Neg NotEqual OnesLike Placeholder
    Pow RealDiv Reciprocal Rsqrt Select SelectV2 Sigmoid Sign Sqrt Square SquaredDifference Sub Tanh ZerosLike
"""
_BY_ELEMENT = frozenset(_NAMES.split())  # of operations


class Columns:
    """What an optimizer has joined while a step was traced whose arguments are `inputs`.

    Attributes:
        stand_ins: for each vector that holds nothing but arguments, their positions: a tensor in its place, which the
            graph has captured.
    """

    def __init__(self, inputs: Sequence[Any]):
        self.stand_ins: dict[tuple[int, ...], Any] = {}
        self._graph = tf.compat.v1.get_default_graph()
        self._at = {id(x): i for i, x in enumerate(inputs)}
        self._made: dict[tuple[int, ...], Any] = {}

    def vector(self, column: Sequence[Any], size: int) -> Any:
        """Return what stands for the vector of these arrays, if they are arguments."""
        at = tuple(self._at.get(id(x), -1) for x in column)
        within = (
            tf.compat.v1.get_default_graph() is not self._graph
        )  # a branch, which may not be taken
        if within or -1 in at or size < _CAPTURED:
            return None
        if at not in self.stand_ins:
            with tf.init_scope():
                self.stand_ins[at] = tf.zeros(size, column[0].dtype)
        return self.stand_ins[at]

    def note(self, vector: Any, pieces: Sequence[Any]) -> None:
        """Keep in mind of which vector `pieces` are all parts."""
        self._made[tuple(map(id, pieces))] = vector, pieces

    def results(self, leaves: Sequence[Any]) -> dict[tuple[int, ...], Any]:
        """Return the vectors that came in as one and go out as one: their positions -> the new vector."""
        ends = {at: self._made.get(tuple(id(leaves[i]) for i in at)) for at in self.stand_ins}
        return {at: made[0] for at, made in ends.items() if made is not None}


_columns: ContextVar[Columns | None] = ContextVar("columns", default=None)


@contextmanager
def noting(columns: Columns) -> Iterator[None]:
    """Let `columns` note what is joined within."""
    token = _columns.set(columns)
    try:
        yield
    finally:
        _columns.reset(token)


def each(fn: Callable[..., tuple], rows: Sequence[tuple]) -> list[tuple]:
    """`[fn(*row) for row in rows]`; `fn` treats all elements alike, apart from norms."""
    small: list[int] = []
    if not tf.executing_eagerly() and not by_xla():
        small = [i for i, row in enumerate(rows) if (row[0].shape.num_elements() or _MOST) < _MOST]
    vectors = None
    if len(small) >= _FEWEST:
        columns = zip(*(rows[i] for i in small), strict=True)
        vectors = _by_element(fn, [*map(join, columns)])
    if vectors is None:
        return [fn(*row) for row in rows]
    shapes = [rows[i][0].shape for i in small]
    cut_rows = zip(*(cut(vector, shapes) for vector in vectors), strict=True)
    together = dict(zip(small, cut_rows, strict=True))
    return [together[i] if i in together else fn(*row) for i, row in enumerate(rows)]


def _by_element(fn: Callable[..., tuple], vectors: list[Any]) -> tuple | None:
    """Return `fn(*vectors)`, or `None` if that looks at more than an element at a time: at a norm, say."""
    graph, shape = tf.compat.v1.get_default_graph(), vectors[0].shape
    before = len(graph.get_operations())
    try:
        results = fn(*vectors)
    except ValueError:  # an array of `fn`'s own fits the arrays' shapes only
        return None
    made = graph.get_operations()[before:]
    arrays = [x for op in made for x in (*op.inputs, *op.outputs)]
    alike = all(op.type in _BY_ELEMENT for op in made)
    alike = alike and all(x.shape.rank == 0 or x.shape == shape for x in arrays)
    return results if alike and all(x.shape == shape for x in results) else None


def join(arrays: Sequence[Any]) -> Any:
    """Return all numbers of `arrays` in one vector."""
    columns = _columns.get()
    if columns is not None:
        vector = columns.vector(arrays, sum(x.shape.num_elements() for x in arrays))
        if vector is not None:
            return vector
    return tf.concat([tf.reshape(x, (-1,)) for x in arrays], 0)


def cut(vector: Any, shapes: Sequence[Any]) -> list[Any]:
    """Return the arrays of these shapes whose numbers `vector` has."""
    parts = tf.split(vector, [shape.num_elements() for shape in shapes])
    pieces = [tf.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)]
    if columns := _columns.get():
        columns.note(vector, pieces)
    return pieces


overrides = {"each": each}
