"""A training step on TensorFlow whose state lies in a few vectors, if its optimizer computes it in vectors.

Each array that goes into a graph and comes out costs a microsecond there and another in Python. So where `each`
makes one vector of what a step got, and cuts it into what the step returns, the vector itself goes in and out.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import optree
import tensorflow as tf

from lamina.engine.joined import Joined, tree_of
from lamina.engine.tensorflow.compile import (
    Program,
    Traced,
    kinds,
    specs_of,
    straight,
    traced_as,
    with_captured,
)
from lamina.engine.tensorflow.devices import place
from lamina.engine.tensorflow.each import Columns, cut, join, noting

_Run = Callable[[list[Any]], list[Any]]
_JOINED_AGAIN = 8  # times; when that is more than an eighth of the calls, arrays stay apart


class Layout:
    """Where the arrays of a state lie: `columns` are the positions of those in each vector."""

    def __init__(self, columns: list[tuple[int, ...]], structure: Any, leaves: list[Any]):
        self.columns, self._structure = columns, structure
        self.inside = tuple(chain(*columns))
        self.others = tuple(sorted(set(range(structure.num_leaves)) - set(self.inside)))
        self.shapes = [[leaves[i].shape for i in column] for column in columns]
        self._dtypes = [leaves[column[0]].dtype for column in columns]

    def specs(self) -> list[Any]:
        """Return what each vector is."""
        sizes = [sum(shape.num_elements() for shape in shapes) for shapes in self.shapes]
        return [tf.TensorSpec((n,), dtype) for n, dtype in zip(sizes, self._dtypes, strict=True)]

    def filled(self, vectors: Any, others: Any, is_used: Callable[[int], bool]) -> list[Any]:
        """Return the leaves of the state, within a trace; zeros in place of columns that nobody uses."""
        leaves: list[Any] = [None] * self._structure.num_leaves
        zeros = functools.cache(lambda shape, dtype: tf.zeros(shape, dtype))
        for column, shapes, vector in zip(self.columns, self.shapes, vectors, strict=True):
            if any(map(is_used, column)):
                pieces = cut(vector, shapes)
            else:
                pieces = [zeros(tuple(shape), vector.dtype) for shape in shapes]
            for i, piece in zip(column, pieces, strict=True):
                leaves[i] = piece
        for i, x in zip(self.others, others, strict=True):
            leaves[i] = x
        return leaves

    def joined(self, leaves: list[Any]) -> Joined:
        """Return the state of these leaves."""
        # A millisecond for 100 arrays; to trace that took 120.
        vectors = [join([leaves[i] for i in column]) for column in self.columns]
        return Joined(self, vectors, [leaves[i] for i in self.others])

    def apart(self, vectors: list[Any]) -> list[Any]:
        """Return the arrays at the positions `inside`."""
        return [x for pair in zip(vectors, self.shapes, strict=True) for x in cut(*pair)]

    def tree(self, vectors: list[Any], others: list[Any]) -> Any:
        """Return the state as a tree of arrays."""
        leaves = [None] * self._structure.num_leaves
        inside = zip(self.inside, self.apart(vectors), strict=True)
        for i, x in chain(inside, zip(self.others, others, strict=True)):
            leaves[i] = x
        return optree.tree_unflatten(self._structure, leaves)


class _Together(NamedTuple):
    """A traced step whose state is `Joined`."""

    layout: Layout
    run: Any
    logs: Any  # their structure


class Step(Program):
    """`step(state, batch) -> (state, logs)`, traced once for each set of the batch's shapes and dtypes.

    Those of the state's arrays are the same in every call. A state may come as a tree or `Joined`, and returns `Joined`
    where that is faster.
    """

    def __init__(self, step: Any):
        super().__init__(step)
        self._layout: Layout | None = None
        self._calls = self._joinings = 0

    def __call__(self, state: Any, batch: Any) -> Any:
        if not tf.executing_eagerly():
            return self._fn(tree_of(state), batch)
        leaves, structure = optree.tree_flatten(batch)
        leaves = [leaf if isinstance(leaf, tf.Tensor) else place(leaf) for leaf in leaves]
        key = (structure, *kinds(leaves))
        traced = self._traced.get(key)
        if traced is None:
            given: Any = (tree_of(state), batch)
            with self._lock:
                traced = self._traced.get(key) or self._for(key, *_placed(given))
        together = traced.together
        if together is None or self._stays_apart:
            before, _ = _placed(tree_of(state))
            return optree.tree_unflatten(traced.results, traced.run([*before, *leaves]))
        self._calls += 1
        if state.__class__ is not Joined or state.layout is not together.layout:
            self._joinings += 1
            state = together.layout.joined(_placed(tree_of(state))[0])
        results = together.run([*state.vectors, *state.others, *leaves])
        first = len(state.vectors)
        rest = first + len(state.others)
        logs = optree.tree_unflatten(together.logs, results[rest:])
        return Joined(state.layout, results[:first], results[first:rest]), logs

    @property
    def _stays_apart(self) -> bool:
        """Whether somebody reads or assigns weights between steps so often that they had better lie apart."""
        return self._joinings > max(_JOINED_AGAIN, self._calls // 8)

    def _trace(self, shapes: list[Any], leaves: list[Any], structure: Any) -> Traced:
        specs = specs_of(shapes, leaves)
        results: Any = None
        columns, vectors, same = Columns([]), {}, []

        def flat(*given: Any) -> list[Any]:
            nonlocal columns, vectors, results, same
            columns = Columns(given)
            with noting(columns):
                tree: Any = self._fn(*optree.tree_unflatten(structure, given))
            outputs, results = optree.tree_flatten(tree)
            vectors = columns.results(outputs)
            places = {} if columns.stand_ins else {id(x): i for i, x in enumerate(given)}
            same = [places.get(id(x)) for x in outputs]
            new = [x for x, i in zip(outputs, same, strict=True) if i is None]
            return [tf.identity(place(x)) for x in (*new, *vectors.values())]

        concrete = traced_as(flat, specs)
        call = with_captured(concrete)
        if call is None:  # nothing but numbers can go into this version's functions
            return super()._trace(shapes, leaves, structure)
        if not columns.stand_ins:
            return Traced(_filled_up(straight(concrete), same), results, concrete.graph)
        stand_ins = {id(x): at for at, x in columns.stand_ins.items()}

        def bound(leaves: Any, vectors: dict[tuple[int, ...], Any]) -> list[Any]:
            """Call the step, with vectors in place of what stands for them."""
            captured = []
            for x in concrete.captured_inputs:
                at = stand_ins.get(id(x))
                if at is not None:
                    x = vectors[at] if at in vectors else join([leaves[i] for i in at])
                captured.append(x)
            return call(*leaves, *captured)

        run = _later(lambda: traced_as(lambda *xs: bound(xs, {})[: results.num_leaves], specs))
        state, logs = structure.child(0), results.child(1)
        if not vectors or results.child(0) != state:
            return Traced(run, results, concrete.graph)
        layout = self._layout
        if layout is None or layout.columns != [*vectors]:
            layout = self._layout = Layout([*vectors], state, specs)
        inputs = concrete.graph.inputs

        def is_used(i: int) -> bool:
            return bool(inputs[i].consumers())

        together = _Quick(lambda: _of_vectors(bound, layout, specs, results.num_leaves, is_used))
        return Traced(run, results, concrete.graph, _Together(layout, together, logs))


def _of_vectors(
    bound: Callable, layout: Layout, specs: list[Any], count: int, is_used: Callable[[int], bool]
) -> Any:
    """Trace a step whose state is `Joined`.

    Args:
        bound: takes the leaves of state and batch, and vectors; returns `count` leaves, and behind them new vectors.
        specs: of the leaves that it takes.
        is_used: whether it looks at the leaf of this number.
    """
    vectors, others = layout.specs(), [specs[i] for i in layout.others]
    first, rest = len(vectors), len(vectors) + len(others)
    size = len(layout.inside) + len(others)

    def flat(*given: Any) -> list[Any]:
        leaves = layout.filled(given[:first], given[first:rest], is_used)
        by_column = dict(zip(layout.columns, given[:first], strict=True))
        outputs = bound([*leaves, *given[rest:]], by_column)
        return [*outputs[count:], *(outputs[i] for i in layout.others), *outputs[size:count]]

    return traced_as(flat, [*vectors, *others, *specs[size:]])


def _filled_up(run: _Run, same: list[int | None]) -> _Run:
    """Return all results of a function that leaves out those which are its arguments: `same` are their positions.

    An array that comes out costs a microsecond, and a step of `evaluate` changes the metrics only.
    """

    def call(leaves: list[Any]) -> list[Any]:
        new = iter(run(leaves))
        return [next(new) if i is None else leaves[i] for i in same]

    return call


def _placed(tree: Any) -> tuple[list[Any], Any]:
    """Return the leaves of a tree as tensors, and its structure."""
    leaves, structure = optree.tree_flatten(tree)
    return [leaf if isinstance(leaf, tf.Tensor) else place(leaf) for leaf in leaves], structure


_QUICK_CALLS, _TRIALS = 256, 16  # calls before another way is tried, and in which both are
_ONE_THREAD = "SINGLE_THREADED_EXECUTOR"  # as TensorFlow calls what runs kernels without a pool


class _Quick:
    """Calls a function of small kernels by one thread, once that has proved faster; the first call traces it.

    Handing each kernel to a pool of threads took 8 % of the step of a small network. The kernels are the same.
    """

    def __init__(self, trace: Callable[[], Any]):
        self._trace, self._runs = trace, []
        self._calls = 0
        self._fastest = [math.inf, math.inf]  # seconds: by TensorFlow's choice, by one thread

    def __call__(self, leaves: list[Any]) -> list[Any]:
        if not self._runs:
            concrete = self._trace()
            self._runs = [straight(concrete), straight(concrete, _ONE_THREAD)]
        self._calls += 1
        tries = _QUICK_CALLS < self._calls <= _QUICK_CALLS + _TRIALS
        by_one = self._calls % 2 if tries else self._fastest[1] < self._fastest[0]
        began = time.perf_counter()
        try:
            results = self._runs[by_one](leaves)
        except tf.errors.OpError:
            if not by_one:
                raise
            # One thread cannot run every operation.
            self._calls, self._fastest[1] = _QUICK_CALLS + _TRIALS, math.inf
            return self._runs[0](leaves)
        if tries:
            self._fastest[by_one] = min(self._fastest[by_one], time.perf_counter() - began)
        return results


def _later(trace: Callable[[], Any]) -> _Run:
    """Trace a function when it is first called."""
    run = None

    def call(leaves: list[Any]) -> list[Any]:
        nonlocal run
        if run is None:
            run = straight(trace())
        return run(leaves)

    return call
