"""Programs: a function is traced with symbols once for each set of shapes, and compiled by PyTensor."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import optree
import pytensor

from lamina_pytensor.dispatch import has_symbol
from lamina_pytensor.symbols import Symbol, new_input

compiles_by_shape = True
steps_per_call = 32  # nothing is gained in a program, but the training loop's own work is spared
_KEPT = 64  # programs of one function


class Program:
    """A function whose programs are kept by the structure, shapes and dtypes of its arguments.

    In which of PyTensor's modes they run is PyTensor's own setting (`PYTENSOR_FLAGS=mode=...`).
    """

    def __init__(self, fn: Callable, mode: Any = None):
        self._fn, self._mode = fn, mode
        self._made: dict[Any, tuple[Callable, Any]] = {}

    def __call__(self, *args: Any) -> Any:
        leaves, structure = optree.tree_flatten(args)
        if has_symbol(leaves):
            return self._fn(*args)
        leaves = [taken_in(x) for x in leaves]
        run, of_outputs = self.on_leaves(leaves, structure)
        return optree.tree_unflatten(of_outputs, run(leaves))

    def on_leaves(self, leaves: list, structure: Any) -> tuple[Callable, Any]:
        """Return the program for arguments like these, from leaves to leaves, and its result's structure."""
        key = (structure, *[(x.shape, x.dtype) for x in leaves])
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= _KEPT:
                self._made.pop(next(iter(self._made)))
            made = self._made[key] = self._make(leaves, structure)
        return made

    def _make(self, leaves: list, structure: Any) -> tuple[Callable, Any]:
        inputs = [new_input(x.shape, x.dtype) for x in leaves]
        args = optree.tree_unflatten(structure, inputs)
        outputs, of_outputs = optree.tree_flatten(self._fn(*args))
        # What is given back as it came is not computed.
        places = {id(x): i for i, x in enumerate(inputs)}
        given = [(i, places[id(x)]) for i, x in enumerate(outputs) if id(x) in places]
        at = [i for i, x in enumerate(outputs) if isinstance(x, Symbol) and id(x) not in places]
        function = pytensor.function(
            [x.variable for x in inputs],
            [outputs[i].variable for i in at],
            mode=self._mode,
            on_unused_input="ignore",
        )
        function.trust_input, lock = True, threading.Lock()
        values = [None if isinstance(x, Symbol) else taken_in(x) for x in outputs]

        def run(leaves: list) -> list:
            results = list(values)
            for i, place in given:
                results[i] = leaves[place]
            with lock:  # PyTensor keeps arguments in the function
                computed = function(*leaves)
            for i, x in zip(at, computed, strict=True):
                results[i] = taken_in(x)
            return results

        return run, of_outputs


compile = Program


def taken_in(x: Any) -> np.ndarray:
    """An array in rows that can be written to: for any other kind Numba would compile the program again."""
    return x if type(x) is np.ndarray and x.flags.carray else np.array(x, order="C")


def repeat(step: Callable) -> Callable:
    """The contract's `repeat`: between the steps of a call the state stays a list of arrays."""
    program = Program(step)

    def run(state: Any, batches: Any) -> tuple[Any, Any]:
        both = optree.tree_structure((state, batches))
        leaves = [taken_in(x) for x in optree.tree_leaves(state)]
        columns = [taken_in(x) for x in optree.tree_leaves(batches)]
        results, of_results = leaves, None
        for i in range(len(columns[0])):
            given = [*results[: len(leaves)], *[x[i] for x in columns]]
            if i == 0:
                one, of_results = program.on_leaves(given, both)
            results = one(given)
        return optree.tree_unflatten(of_results, results)

    return run


def run_once(fn: Callable, *args: Any) -> Any:
    """Run a function that needs a program, which is not worth compiling: PyTensor interprets it."""
    return Program(fn, "FAST_COMPILE")(*args)


def is_traced(x: Any) -> bool:
    return isinstance(x, Symbol)


def make_deterministic(on: bool) -> None:
    """Do nothing: PyTensor has no choice between algorithms."""
