"""A training step on JAX whose state lies in a few vectors, if its optimizer treats all elements alike.

A call of a program costs a microsecond or two for each array that goes in or comes out: for a small network more
than what is computed. What the optimizer updates together (weights, and each kind of slot) becomes one vector. The
step cuts it into pieces; where all pieces of a vector come together again, that is the vector, and nothing is copied.
"""

import math
import time
from contextvars import ContextVar
from itertools import accumulate, chain
from operator import is_
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optree
from jax import lax

from lamina.engine.jax.spread import jit_by_batch
from lamina.engine.joined import Joined, tree_of

# Measured on a processor: an array costs as much as copying some thousand numbers.
_FEWEST, _MEAN_SIZE = 24, 2048
_CALLS_BEFORE = 256  # the program is compiled once more, which is worth it where many calls come
_SHORT = 0.003  # seconds from call to call; a longer step does not feel what its arguments cost
_JOINED_AGAIN = 8  # times; when that is more than a fourth of the calls, arrays stay apart
_NAMES = """
    abs add add_any and broadcast_in_dim ceil clamp convert_element_type copy div eq exp exp2 expm1 floor ge gt
    integer_pow is_finite jit le log log1p logistic lt max min mul ne neg not or pjit pow round rsqrt select_n sign sqrt
    square sub tanh
"""
_BY_ELEMENT = frozenset(_NAMES.split())  # primitives of JAX

_trace: ContextVar[Any] = ContextVar("lamina_jax_trace", default=None)


def each(fn, rows):
    """`[fn(*row) for row in rows]`; `fn` treats all elements alike, apart from norms."""
    trace = _trace.get()
    return [fn(*row) for row in rows] if trace is None else trace.each(fn, rows)


class _Noting:
    """Notes, while a step is traced, which arrays of its state are updated together: `columns` of positions."""

    def __init__(self, leaves):
        self._leaves = leaves
        self._at = {id(x): i for i, x in enumerate(leaves)}
        self.columns: list[Any] = []

    def each(self, fn, rows):
        columns = [[self._at.get(id(x)) for x in column] for column in zip(*rows, strict=True)]
        known = [column for column in columns if None not in column]
        if len(rows) > 1 and known and _is_by_element(fn, rows):
            self.columns += known
        return [fn(*row) for row in rows]


class _Cutting:
    """The pieces of vectors within a trace. With `starts` as arguments all pieces of a shape share one kernel."""

    def __init__(self, starts):
        self._starts = starts
        self._cut: list[Any] = []

    def cut(self, vector, shapes):
        places = zip(shapes, _starts(shapes), strict=True)
        pieces = [
            lax.dynamic_slice(vector, (self._starts[i],), (math.prod(shape),)).reshape(shape)
            for shape, i in places
        ]
        self._cut.append((pieces, vector))
        return pieces

    def whole(self, arrays):
        for pieces, vector in self._cut:
            if len(pieces) == len(arrays) and all(map(is_, pieces, arrays)):
                return vector
        return jnp.concatenate([x.ravel() for x in arrays])

    def each(self, fn, rows):
        shapes = [row[0].shape for row in rows]
        if not self._starts.keys() >= {*_starts(shapes)} or not _is_by_element(fn, rows):
            return [fn(*row) for row in rows]
        results = fn(*map(self.whole, zip(*rows, strict=True)))
        return [*zip(*(self.cut(x, shapes) for x in results), strict=True)]


def _is_by_element(fn, rows):
    """Tell whether `fn` looks at one element at a time, and at no norm, and all arrays of a row have one shape."""
    if any(x.shape != row[0].shape for row in rows for x in row):
        return False
    size = sum(row[0].size for row in rows)
    vectors = [jax.ShapeDtypeStruct((size,), x.dtype) for x in rows[0]]
    try:
        program = jax.make_jaxpr(lambda *xs: tuple(fn(*xs)))(*vectors)
    except Exception:  # a formula of a user's own, which needs the variables' shapes
        return False
    return _primitives(program.jaxpr) <= _BY_ELEMENT


def _primitives(jaxpr):
    inner = (p.jaxpr for eqn in jaxpr.eqns for p in eqn.params.values() if hasattr(p, "jaxpr"))
    return {eqn.primitive.name for eqn in jaxpr.eqns}.union(*map(_primitives, inner))


def _starts(shapes):
    return [0, *accumulate(math.prod(shape) for shape in shapes[:-1])]


class _Layout:
    """Where the arrays of a state lie; see `lamina.engine.joined`."""

    def __init__(self, columns, structure, leaves):
        self.columns, self.structure = columns, structure
        self.inside = tuple(chain(*columns))
        self.others = tuple(sorted({*range(len(leaves))}.difference(self.inside)))
        self.shapes = [[leaves[i].shape for i in column] for column in columns]
        offsets = {start for shapes in self.shapes for start in _starts(shapes)}
        self.starts = {start: jax.device_put(np.int32(start)) for start in offsets}

    def joined(self, state):
        leaves = optree.tree_leaves(state)
        on_host = [[np.asarray(leaves[i]).ravel() for i in column] for column in self.columns]
        vectors = jax.device_put([np.concatenate(column) for column in on_host])
        return Joined(self, vectors, [leaves[i] for i in self.others])

    def apart(self, vectors):
        parts = [
            np.asarray(vector)[start : start + math.prod(shape)].reshape(shape)
            for vector, shapes in zip(vectors, self.shapes, strict=True)
            for shape, start in zip(shapes, _starts(shapes), strict=True)
        ]
        return jax.device_put(parts)

    def tree(self, vectors, others):
        return self.filled(self.apart(vectors), others)

    def filled(self, inside, others):
        leaves = dict(zip((*self.inside, *self.others), (*inside, *others), strict=True))
        return optree.tree_unflatten(self.structure, [leaves[i] for i in range(len(leaves))])


class Step:
    """`step(state, batch) -> (state, logs)`, compiled. After many quick calls it returns the state `Joined`.

    A state may come as a tree or `Joined`.
    """

    def __init__(self, step):
        self._step = step
        self._run = jit_by_batch(self._noted)
        self._columns: list[Any] = []
        self._layout: Any = None
        self._together: Any = None
        self._calls = self._joinings = 0
        # When a call came, and how soon after another.
        self._last, self._fastest = 0.0, float("inf")

    def __call__(self, state, batch):
        self._calls += 1
        if self._together is None:
            if self._columns:
                self._decide(state)
            return self._apart(state, batch)
        layout = self._layout
        if state.__class__ is not Joined or state.layout is not layout:
            self._joinings += 1
            since = self._calls - _CALLS_BEFORE
            if self._joinings > max(_JOINED_AGAIN, since // 4):  # somebody looks all the time
                self._together = None
                return self._apart(state, batch)
            state = layout.joined(state)
        starts = [*layout.starts.values()]
        vectors, others, logs = self._together((state.vectors, state.others, starts), batch)
        return Joined(layout, vectors, others), logs

    def _apart(self, state, batch):
        state = tree_of(state)
        changed, logs = self._run(state, batch)
        leaves, structure = optree.tree_flatten(state)
        leaves = [x if y is None else y for x, y in zip(leaves, changed, strict=True)]
        return optree.tree_unflatten(structure, leaves), logs

    def _noted(self, state, batch):
        """Run the step; return the leaves of the state, `None` for those that stay as they are, and the logs.

        An array that comes out costs a microsecond, and a step of `evaluate` changes the metrics only.
        """
        leaves = optree.tree_leaves(state)
        noting = _Noting(leaves)
        token = _trace.set(noting)
        try:
            state, logs = self._step(state, batch)
        finally:
            _trace.reset(token)
        if self._calls == 1:
            self._columns = noting.columns
        pairs = zip(leaves, optree.tree_leaves(state), strict=True)
        return [None if y is x else y for x, y in pairs], logs

    def _decide(self, state):
        """Let the next step run on vectors, if calls come quickly and arrays are many and small."""
        now = time.perf_counter()
        self._last, self._fastest = now, min(self._fastest, now - self._last)
        if self._calls < _CALLS_BEFORE:
            return
        columns, self._columns = self._columns, []
        leaves, structure = optree.tree_flatten(tree_of(state))
        inside = [*chain(*columns)]
        small = sum(leaves[i].size for i in inside) <= _MEAN_SIZE * len(inside)
        distinct = len({*inside}) == len(inside) >= _FEWEST
        if self._fastest < _SHORT and small and distinct and _on_processor():
            self._layout = _Layout(columns, structure, leaves)
            self._together = jit_by_batch(self._on_vectors)

    def _on_vectors(self, joined, batch):
        layout, (vectors, others, starts) = self._layout, joined
        cutting = _Cutting(dict(zip(layout.starts, starts, strict=True)))
        token = _trace.set(cutting)
        try:
            inside = chain(*map(cutting.cut, vectors, layout.shapes))
            state, logs = self._step(layout.filled(inside, others), batch)
            leaves = optree.tree_leaves(state)
            vectors = [cutting.whole([leaves[i] for i in column]) for column in layout.columns]
        finally:
            _trace.reset(token)
        return vectors, [leaves[i] for i in layout.others], logs


def _on_processor():
    return jax.default_backend() == "cpu"


overrides = {"each": each}
