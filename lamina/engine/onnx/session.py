"""Compiling: functions that run over batches become sessions of ONNX Runtime."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import optree

from lamina.engine.names import EXTENSIONS
from lamina.engine.onnx.lifting import NUMPY
from lamina.engine.onnx.tracing import Traced, outside, trace_function
from lamina.engine.onnx.value import NotInGraphError, Value
from lamina.engine.over_batches import is_over_batches

_MOST = 8  # programs for one function: others for shapes that were used long ago are freed
_deterministic = False


def compile(fn: Callable) -> Callable:
    """The contract's `compile`: what runs over batches runs in ONNX Runtime, other functions on NumPy."""
    return Programs(fn) if is_over_batches(fn) else NUMPY.compile(fn)


def make_deterministic(on: bool) -> None:
    """Let sessions that are made from now on compute the same bits every time."""
    global _deterministic
    _deterministic = on


class Programs:
    """The programs of a function of `(values, batch)`, one for all sizes of the batch if that is possible."""

    def __init__(self, fn: Callable):
        self._fn = fn
        self._programs: dict[Any, Program] = {}
        self._lock = threading.Lock()

    def __call__(self, values: Any, batch: Any) -> Any:
        held, tree = optree.tree_flatten(values)
        arrays, structure = optree.tree_flatten(batch)
        arrays = [x if isinstance(x, np.ndarray) else np.asarray(x) for x in arrays]
        kind = tree, structure, *[(x.dtype, x.shape[1:]) for x in arrays]
        program = self._programs.get(kind)
        if program is None or not program.traced.is_open:
            with self._lock:
                program = self._program(kind, held, arrays, (tree, structure))
        return program(held, arrays)

    def _program(self, kind: tuple, held: list, arrays: list, trees: tuple) -> Program:
        key: Any = kind
        program = self._programs.get(key)
        if program is not None and not program.traced.is_open:
            key = (*kind, *[x.shape for x in arrays])
            program = self._programs.get(key) or (program if program.fits(arrays) else None)
        if program is None:
            while len(self._programs) >= _MOST:
                del self._programs[next(iter(self._programs))]
            traced = trace_function(self._fn, held, arrays, trees)
            program = self._programs[key] = Program(traced, arrays)
        return program


class Program:
    """A graph and the session in which it runs.

    Values of variables are constants of the session; it is made again when one of them has changed. Those that the
    graph itself changes (sums of metrics) are inputs of it.

    Args:
        traced: the graph.
        arrays: the batch with which it was traced.
    """

    def __init__(self, traced: Traced, arrays: list[np.ndarray]):
        self.traced = traced
        self._shapes = [x.shape for x in arrays]
        self._fed: set[int] = set()  # numbers of values that are inputs
        self._session: Any = None
        self._last: list[Any] = []  # what the graph gave in the last call
        self._lock = threading.Lock()

    def fits(self, arrays: list[np.ndarray]) -> bool:
        """Tell whether these arrays have the shapes of those with which the graph was traced."""
        return [x.shape for x in arrays] == self._shapes

    def __call__(self, held: list[np.ndarray], arrays: list[np.ndarray]) -> Any:
        session = self._session
        if session is None or not session.serves(held):
            with self._lock:
                session = self._renewed(held)
        results = session.run(held, arrays)
        self._last = results
        return optree.tree_unflatten(self.traced.structure, results)

    def _renewed(self, held: list[np.ndarray]) -> Session:
        session = self._session
        if session is not None and not session.serves(held) and not session.takes(held):
            mine = set(map(id, self._last))
            changed = session.changed(held)
            self._fed.update(i for i in changed if id(held[i]) in mine)
            session = self._session = None  # freed before there is another one
        if session is None:
            session = self._session = Session(self.traced, held, self._fed)
        return session


class Session:
    """A session of ONNX Runtime, with the values of variables as they were when it was made."""

    def __init__(self, traced: Traced, held: list[np.ndarray], fed: set[int]):
        count = len(held)
        used = [i for i, is_used in enumerate(traced.used) if is_used]
        self._constants = _kept([(i, held[i]) for i in used if i < count and i not in fed])
        values = {f"w{i}": _outside(array) for i, array in self._constants}
        self._session: Any = None
        self._values = [(f"w{i}", i) for i in used if i < count and i in fed]
        self._batch = [(f"x{i - count}", i - count) for i in used if i >= count]
        names = {x.name: i for i, x in enumerate(traced.inputs)}
        # A result is computed, or it is an argument as it came, or it was known when the graph was traced.
        self._results = [
            (i, names.get(x.name) if isinstance(x, Value) else x)
            for i, x in enumerate(traced.outputs)
        ]
        self._count = count
        self._outputs = [f"y{i}" for i, x in self._results if x is None]
        if self._outputs:
            self._session = _session(traced.model(values).SerializeToString())
        every = [*traced.inputs, *(x for x in traced.outputs if isinstance(x, Value))]
        self._converts = any(x.dtype.name in EXTENSIONS for x in every)
        self._dtypes = [x.dtype for x in traced.outputs]

    def serves(self, held: list[np.ndarray]) -> bool:
        """Tell whether the constants are these values still."""
        return all(held[i] is array for i, array in self._constants)

    def takes(self, held: list[np.ndarray]) -> bool:
        """Take other arrays for the constants if they are equal: variables have been with another engine."""
        if not all(x is held[i] or _equal(x, held[i]) for i, x in self._constants):
            return False
        self._constants = _kept([(i, held[i]) for i, _ in self._constants])
        return True

    def changed(self, held: list[np.ndarray]) -> list[int]:
        """List the constants that are others now."""
        return [i for i, array in self._constants if held[i] is not array]

    def run(self, held: list[np.ndarray], arrays: list[np.ndarray]) -> list[Any]:
        """Return the results for a batch."""
        feeds = {name: arrays[i] for name, i in self._batch}
        for name, i in self._values:
            feeds[name] = held[i]
        if self._converts:
            feeds = {name: _outside(array) for name, array in feeds.items()}
        computed = iter(self._session.run(self._outputs, feeds) if self._outputs else ())
        results = []
        for _, source in self._results:
            if source is None:
                results.append(next(computed))
            elif isinstance(source, int):
                results.append(
                    held[source] if source < self._count else arrays[source - self._count]
                )
            else:
                results.append(source)
        if self._converts:
            pairs = zip(results, self._dtypes, strict=True)
            return [x if x.dtype == dtype else x.astype(dtype) for x, dtype in pairs]
        return results


def _kept(constants: list[tuple[int, np.ndarray]]) -> list[tuple[int, np.ndarray]]:
    """Return the constants, to which nobody writes any more: a session would not notice."""
    for _, array in constants:
        array.setflags(write=False)
    return constants


def _equal(x: np.ndarray, y: np.ndarray) -> bool:
    if x.dtype != y.dtype or x.shape != y.shape:
        return False
    first, second = (np.ascontiguousarray(z).reshape(-1).view(np.uint8) for z in (x, y))
    return np.array_equal(first, second)


def _outside(array: np.ndarray) -> np.ndarray:
    return array if (dtype := outside(array.dtype)) == array.dtype else array.astype(dtype)


def _session(model: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.use_deterministic_compute = _deterministic
    threads = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = int(threads) if threads.isdigit() else 0
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise NotInGraphError(f"ONNX Runtime does not run this graph: {error}") from error
