"""Compiling: functions that run over batches become sessions of ONNX Runtime."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from operator import is_
from typing import Any

import numpy as np
import onnxruntime
import optree

from lamina.engine.onnx.graph import NotInGraphError
from lamina.engine.onnx.lifting import NUMPY
from lamina.engine.onnx.tracing import Traced, outside, trace_function
from lamina.engine.onnx.value import Value
from lamina.engine.over_batches import is_over_batches

_MOST = 8  # programs for one function: the oldest is freed


def compile(fn: Callable) -> Callable:
    """The contract's `compile`: what runs over batches runs in ONNX Runtime, other functions on NumPy."""
    return Programs(fn) if is_over_batches(fn) else NUMPY.compile(fn)


class Programs:
    """The programs of a function of `(values, batch)`, one for all sizes of the batch if that is possible."""

    def __init__(self, fn: Callable):
        self._fn, self._programs, self._lock = fn, {}, threading.Lock()

    def __call__(self, values: Any, batch: Any) -> Any:
        # A flat list needs no look at each of its items.
        is_flat = type(values) is list and set(map(type, values)) == {np.ndarray}
        held, tree = (values, len(values)) if is_flat else optree.tree_flatten(values)  # type: ignore[arg-type]
        arrays, structure = optree.tree_flatten(batch)
        arrays = [x if isinstance(x, np.ndarray) else np.asarray(x) for x in arrays]
        kind = tree, structure, *[(x.dtype, x.shape[1:]) for x in arrays]
        program = self._programs.get(kind)
        if program is None:
            with self._lock:
                trees = optree.tree_structure(values), structure  # type: ignore[arg-type]
                program = self._program(kind, held, arrays, trees)
        return program([*held, *arrays])

    def _program(self, kind: Any, held: list, arrays: list, trees: Any) -> Program:
        key = (*kind, *[x.shape for x in arrays])
        program = self._programs.get(kind) or self._programs.get(key)
        if program is None:
            while len(self._programs) >= _MOST:
                del self._programs[next(iter(self._programs))]
            traced = trace_function(self._fn, held, arrays, trees)
            program = self._programs[kind if traced.is_open else key] = Program(traced, len(held))
        return program


class Program:
    """A graph and the session in which it runs.

    Values of variables are constants of the session; it is made again when one of them has changed. Those that the
    graph itself changes (sums of metrics) are inputs of it.

    Args:
        traced: the graph.
        count: of the values; the rest of what it is given is the batch.
    """

    def __init__(self, traced: Traced, count: int):
        self._traced, self._count, self._lock = traced, count, threading.Lock()
        self._made: Any = None  # the session, numbers of its constants and they, and its inputs' names and numbers
        self._fed: set[int] = set()  # numbers of values that are inputs
        self._last: list[Any] = []  # what the graph gave in the last call
        names = {x.name: i for i, x in enumerate(traced.inputs)}
        # A result is computed, or it is an argument as it came, or it was known when the graph was traced.
        self._sources = [
            names.get(x.name, f"y{i}") if isinstance(x, Value) else x
            for i, x in enumerate(traced.outputs)
        ]
        self._outputs = [source for source in self._sources if type(source) is str]

    def __call__(self, given: list[np.ndarray]) -> Any:
        made = self._made
        if made is None or not all(map(is_, made[2], map(given.__getitem__, made[1]))):
            with self._lock:
                made = self._renewed(given)
        session, *_, inputs = made
        feeds = {name: _taken(given[i]) for name, i in inputs}
        # Below what Python's `run` checks about names, which is a tenth of the time of a small network.
        run = getattr(session, "_sess", session).run if session else None
        computed = iter(run(self._outputs, feeds, None) if run else ())
        results = []
        for source, x in zip(self._sources, self._traced.outputs, strict=True):
            if type(source) is str:
                y = next(computed)
                results.append(y if y.dtype == x.dtype else y.astype(x.dtype))
            else:
                results.append(given[source] if type(source) is int else source)
        self._last = results
        return optree.tree_unflatten(self._traced.structure, results)

    def _renewed(self, given: list[np.ndarray]) -> Any:
        session, *constants, _ = self._made or (None, [], [], None)
        changed = [i for i, x in zip(*constants, strict=True) if not _equal(given[i], x)]
        if session is None or changed:
            mine = set(map(id, self._last))
            self._fed.update(i for i in changed if id(given[i]) in mine)
            self._made = session = None  # freed before there is another one
        read, names = self._traced.read, enumerate(self._traced.trace.inputs)
        used = [(name, i) for i, name in names if name in read]
        baked = [(name, i) for name, i in used if i < self._count and i not in self._fed]
        for _, i in baked:  # who writes to it gets an error, and nobody a stale result
            given[i].setflags(write=False)
        if session is None and self._outputs:
            model = self._traced.model({name: _taken(given[i]) for name, i in baked})
            session = make_session(model.SerializeToString())
        inputs = [pair for pair in used if pair not in baked]
        numbers = [i for _, i in baked]
        self._made = session, numbers, [given[i] for i in numbers], inputs
        return self._made


def _equal(x: np.ndarray, y: np.ndarray) -> bool:
    """Tell whether two arrays have the same bytes: variables may just have been with another engine."""
    return x is y or (x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes())


def _taken(array: np.ndarray) -> np.ndarray:
    return array if (dtype := outside(array.dtype)) is array.dtype else array.astype(dtype)


def make_session(model: bytes) -> Any:
    """Return a session of ONNX Runtime on the processor; `OMP_NUM_THREADS` counts, as for other libraries."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    threads = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = int(threads) if threads.isdigit() else 0
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise NotInGraphError(f"ONNX Runtime does not run this graph: {error}") from error
