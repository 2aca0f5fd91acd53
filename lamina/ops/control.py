"""Branches and loops whose course depends on values, in a form that an engine can compile.

On symbolic tensors each becomes one node of the graph; the functions given run on values then.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.core.higher_order import higher_order, natives
from lamina.core.op import engine, to_native
from lamina.core.symbolic import KerasTensor

__all__ = ["cond", "fori_loop", "switch", "while_loop"]


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Return `true_fn()` if `pred` is true, else `false_fn()`; both give trees of the same shapes and dtypes.

    If `pred` is symbolic, the branches may use symbolic tensors from outside; then both are part
    of the graph, and both are computed.

    Example:
        >>> float(cond(np.array(True), lambda: np.float32(1), lambda: np.float32(2)))
        1.0
    """
    if isinstance(pred, KerasTensor):
        return _either(pred, true_fn(), false_fn())
    return engine().cond(to_native(pred), lambda: natives(true_fn()), lambda: natives(false_fn()))


@higher_order
def _either(pred: Any, when_true: Any, when_false: Any) -> Any:
    when_true, when_false = natives((when_true, when_false))
    return engine().cond(to_native(pred), lambda: when_true, lambda: when_false)


@higher_order
def switch(index: Any, branches: Sequence[Callable], *operands: Any) -> Any:
    """Return `branches[index](*operands)`; an index out of range takes the first or the last branch.

    Args:
        index: an integer scalar.
        branches: functions that give trees of the same shapes and dtypes.
        operands: what they are called with.

    Raises:
        ValueError: there are no branches.

    Example:
        >>> float(switch(1, [lambda x: x + 1, lambda x: x * 10], np.float32(3)))
        30.0
    """
    if not branches:
        raise ValueError("ops.switch: `branches` is empty; give at least one function.")
    e, operands = engine(), natives(operands)
    if isinstance(index, (int, np.integer)):
        return natives(
            branches[builtins.min(builtins.max(int(index), 0), len(branches) - 1)](*operands)
        )
    index = to_native(index)

    def choose(first: int) -> Any:
        """Choose among the branches from `first` on."""
        if first == len(branches) - 1:
            return natives(branches[first](*operands))
        return e.cond(
            e.less_equal(index, first),
            lambda: natives(branches[first](*operands)),
            lambda: choose(first + 1),
        )

    return choose(0)


@higher_order
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Replace the loop variables by `body(*loop_vars)` while `cond(*loop_vars)`.

    JAX takes no gradients through it; use `fori_loop` or `scan` there.

    Args:
        cond: gives a boolean scalar.
        body: gives as many variables, of the same shapes and dtypes.
        loop_vars: a list or tuple of tensors (or trees of them), or one tensor or dict of tensors.
        maximum_iterations: stop after so many at the latest.

    Example:
        >>> int(while_loop(lambda i: i < 10, lambda i: (i + 3,), (0,))[0])
        12
    """
    several = isinstance(loop_vars, (list, tuple))
    initial = tuple(loop_vars) if several else (loop_vars,)
    count = to_native(0)

    def goes_on(n: Any, *values: Any) -> Any:
        going = to_native(cond(*values))
        if maximum_iterations is None:
            return going
        return engine().logical_and(going, engine().less(n, maximum_iterations))

    def advance(n: Any, *values: Any) -> tuple:
        results = body(*values)
        results = tuple(results) if isinstance(results, (list, tuple)) else (results,)
        return (engine().add(n, 1), *natives(results))

    _, *values = engine().while_loop(goes_on, advance, (count, *natives(initial)))
    return type(loop_vars)(values) if several else values[0]


@higher_order
def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Start with `init_val`, and replace it by `body_fun(i, val)` for each i from `lower` to `upper - 1`.

    Args:
        lower, upper: integers, or integer scalars; Python integers let every engine take gradients.
        body_fun: gives a tree of the same shapes and dtypes as `init_val`.

    Example:
        >>> int(fori_loop(1, 5, lambda i, product: product * i, 1))
        24
    """
    e, start = engine(), natives(init_val)
    if all(isinstance(bound, (int, np.integer, np.ndarray)) for bound in (lower, upper)):
        lower, upper = int(lower), builtins.max(int(lower), int(upper))
        steps = e.arange(lower, upper, 1, "int32")
        return e.scan(
            lambda value, i: (natives(body_fun(i, value)), None), start, steps, upper - lower
        )[0]
    upper = to_native(upper)
    return while_loop(
        lambda i, value: e.less(i, upper),
        lambda i, value: (e.add(i, 1), body_fun(i, value)),
        (e.cast(to_native(lower), e.dtype(upper)), start),
    )[1]
