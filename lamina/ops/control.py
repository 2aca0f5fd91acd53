"""Control flow that an engine can compile: branches and loops whose course depends on values.

These take functions, so they work on values only: a model uses them inside a layer's `call`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import tree
from lamina.core.op import to_native
from lamina.engine.current import engine

__all__ = ["cond", "scan", "while_loop"]


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """`true_fn()` if `pred`, else `false_fn()`; both give trees of the same shapes and dtypes.

    Example:
        >>> float(cond(np.array(True), lambda: np.float32(1), lambda: np.float32(2)))
        1.0
    """
    return engine().cond(to_native(pred), true_fn, false_fn)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Replace the loop variables by `body(*loop_vars)` while `cond(*loop_vars)`.

    Args:
        cond: gives a boolean scalar.
        body: gives as many variables, of the same shapes and dtypes.
        loop_vars: a list or tuple of tensors (or trees of them), or one tensor.
        maximum_iterations: stop after so many at the latest.

    Example:
        >>> int(while_loop(lambda i: i < 10, lambda i: (i + 3,), (0,))[0])
        12
    """
    several = isinstance(loop_vars, (list, tuple))
    given = tuple(loop_vars) if several else (loop_vars,)
    count = to_native(0)

    def goes_on(n: Any, *values: Any) -> Any:
        wanted = cond(*values)
        if maximum_iterations is None:
            return wanted
        return engine().logical_and(to_native(wanted), engine().less(n, maximum_iterations))

    def advance(n: Any, *values: Any) -> tuple:
        found = body(*values)
        found = tuple(found) if isinstance(found, (list, tuple)) else (found,)
        return (engine().add(n, 1), *tree.map_structure(to_native, found))

    start = (count, *tree.map_structure(to_native, given))
    _, *values = engine().while_loop(goes_on, advance, start)
    return type(loop_vars)(values) if several else values[0]


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Carry `init` through `f(carry, x) -> (carry, y)` over axis 0 of `xs`.

    Args:
        init: a tree of tensors; `f` must keep its shapes and dtypes.
        xs: a tree of tensors of equal length, or `None`: `f` gets `None` in place of `x`.
        length: number of steps, needed without `xs`.
        reverse: go from the last to the first; the ys still lie in the order of `xs`.
        unroll: accepted; engines decide.

    Returns:
        `(carry, ys)`, the last carry and the ys stacked along axis 0.

    Raises:
        ValueError: the length is not known, or the sizes of `xs` differ.

    Example:
        >>> total, running = scan(lambda c, x: (c + x, c + x), np.float32(0), np.ones(3, "float32"))
        >>> float(total), running.tolist()
        (3.0, [1.0, 2.0, 3.0])
    """
    e = engine()
    init = tree.map_structure(to_native, init)
    leaves = [] if xs is None else [to_native(x) for x in tree.flatten(xs)]
    lengths = {x.shape[0] for x in leaves} | ({length} if length is not None else set())
    if len(lengths) != 1:
        raise ValueError(
            f"ops.scan: `xs` and `length` must say one number of steps, not {sorted(lengths)}."
        )
    if reverse:
        leaves = [e.flip(x, 0) for x in leaves]

    def step(carry: Any, rows: tuple) -> tuple[Any, Any]:
        return f(carry, None if xs is None else tree.pack_like(xs, list(rows)))

    carry, ys = e.scan(step, init, tuple(leaves), lengths.pop())
    return carry, tree.map_structure(lambda y: e.flip(y, 0), ys) if reverse else ys
