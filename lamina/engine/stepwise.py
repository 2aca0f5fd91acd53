"""Flow that depends on values, step by step in Python: for engines that compute at once.

Where arrays have no values (`abstractly`), all branches and rounds have the same shapes, so one is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optree

from lamina.engine.abstractly import is_abstract
from lamina.engine.contract import Spec
from lamina.engine.current import engine
from lamina.engine.names import WEAK


def cond(predicate: Any, when_true: Callable, when_false: Callable) -> Any:
    return when_true() if is_abstract() or bool(predicate) else when_false()


def while_loop(condition: Callable, body: Callable, state: tuple) -> tuple:
    state = tuple(state)
    if is_abstract():
        return tuple(body(*state))
    while bool(condition(*state)):
        state = tuple(body(*state))
    return state


def scan(fn: Callable, init: Any, xs: Any, length: int, rows: Callable = list) -> tuple[Any, Any]:
    """The contract's `scan`; `rows(x)` are the rows of an array, all at once for the gradient's sake."""
    if length == 0:
        return init, _no_results(fn, init, xs)
    leaves, structure = optree.tree_flatten(xs)
    columns = [rows(x) for x in leaves]
    y: Any = None
    carry, results = init, []
    for i in range(1 if is_abstract() else length):
        carry, y = fn(carry, optree.tree_unflatten(structure, [column[i] for column in columns]))
        results.append(optree.tree_leaves(y))
    e = engine()
    stacked = [e.stack(column, 0) for column in zip(*results, strict=True)]
    if is_abstract():
        stacked = [e.broadcast_to(x, (length, *e.shape(x)[1:])) for x in stacked]
    return carry, optree.tree_unflatten(optree.tree_structure(y), stacked)


def _no_results(fn: Callable, init: Any, xs: Any) -> Any:
    """Return the results of a scan of length 0: arrays of the right dtype and shape, without rows."""
    e = engine()
    row: Any = optree.tree_map(lambda x: e.full(e.shape(x)[1:], 0, e.dtype(x)), xs)
    results: Any = e.abstract(lambda: fn(init, row)[1])
    return optree.tree_map(lambda y: e.full((0, *y.shape), 0, y.dtype), results)


def vmap(fn: Callable, rows: Callable = list) -> Callable:
    """The contract's `vmap`, one row after the other."""

    def run(xs: Any) -> Any:
        length = engine().shape(optree.tree_leaves(xs)[0])[0]
        return scan(lambda carry, x: (carry, fn(x)), None, xs, length, rows)[1]

    return run


def custom_gradient_by(differentiated: Callable) -> Callable:
    """The contract's `custom_gradient` from an engine's own, which knows no trees.

    `differentiated(flat)(*arrays)` gives the results of `flat(*arrays) -> (results, slopes)`, whose
    gradients are `slopes(*upstream)`: all are lists, and a gradient that does not exist is `None`.
    """

    def custom_gradient(fn: Callable) -> Callable:
        def call(*args: Any) -> Any:
            structure_of_results: Any = None
            leaves, structure = optree.tree_flatten(args)  # type: ignore

            def flat(*given: Any) -> tuple[list, Callable]:
                nonlocal structure_of_results
                result, backward = fn(*optree.tree_unflatten(structure, given))
                results, structure_of_results = optree.tree_flatten(result)

                def slopes(*upstream: Any) -> list:
                    gradients = backward(optree.tree_unflatten(structure_of_results, upstream))
                    if len(args) == 1 and not isinstance(gradients, (list, tuple)):
                        gradients = (gradients,)
                    pairs = zip(args, gradients, strict=True)
                    return [slope for pair in pairs for slope in _each(*pair)]

                return results, slopes

            results = differentiated(flat)(*leaves)
            return optree.tree_unflatten(structure_of_results, results)

        return call

    return custom_gradient


def _each(arg: Any, gradient: Any) -> list:
    """Return a gradient for each leaf of `arg`; `None` for `arg` means `None` for all of them."""
    if gradient is None:
        return [None] * len(optree.tree_leaves(arg))
    return optree.tree_leaves(gradient)


def spec(x: Any) -> Spec:
    """Return the shape and dtype of an array, or of a Python number in its place."""
    e = engine()
    return Spec((), WEAK[type(x)]) if type(x) in WEAK else Spec(tuple(e.shape(x)), e.dtype(x))
