"""Clipping of gradients, and formulas that algorithms share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.core.scope import StatelessScope
from lamina.core.variable import Variable
from lamina.engine.current import engine


def clipped(
    grads: list[Any], norm: float | None, value: float | None, global_norm: float | None
) -> list[Any]:
    """Return `grads` within the bound that is not `None`."""
    e = engine()
    if value is not None:
        return [e.minimum(e.maximum(g, -value), value) for g in grads]
    if norm is not None:
        return [_within_norm(g, e.sum(e.square(g)), norm) for g in grads]
    if global_norm is not None and grads:
        squares = [e.cast(e.sum(e.square(g)), "float32") for g in grads]
        total = sum(squares[1:], squares[0])
        return [_within_norm(g, total, global_norm) for g in grads]
    return grads


def _within_norm(gradient: Any, squares: Any, bound: float) -> Any:
    e = engine()
    norm = e.sqrt(e.cast(squares, e.dtype(gradient)))
    return e.divide(e.multiply(gradient, bound), e.maximum(norm, bound))


def running_mean(mean: Any, new: Any, keep: float) -> Any:
    """Return `keep * mean + (1 - keep) * new`."""
    lerp = engine().overrides.get("lerp")  # one kernel instead of three
    return mean + (new - mean) * (1 - keep) if lerp is None else lerp(mean, new, 1 - keep)


def rounded(share: float) -> float:
    """Return `share` rounded to float32, so that a running mean and its correction agree to the last digit."""
    return float(np.float32(share))


def each(fn: Callable, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Return `[fn(*row) for row in rows]`; an engine may compute many rows together.

    `fn` treats all elements alike, and the arrays of one column are of one dtype.
    """
    together: Any = engine().overrides.get("each")
    return [fn(*row) for row in rows] if together is None else together(fn, rows)


def conditionally(
    predicate: Any,
    when_true: Callable[[], None],
    when_false: Callable[[], None] | None,
    variables: Sequence[Variable],
) -> None:
    """Run `when_true` or `when_false`, which read and assign `variables`, by a native boolean.

    Nothing else may be assigned in them: within a compiled step only `variables` come out.
    """
    before = [v.value for v in variables]

    def branch(fn: Callable[[], None] | None) -> Callable[[], list[Any]]:
        def run() -> list[Any]:
            if fn is None:
                return before
            with StatelessScope(zip(variables, before, strict=True)) as inside:
                fn()
            return [inside.get_current_value(v) for v in variables]

        return run

    after = engine().cond(predicate, branch(when_true), branch(when_false))
    for variable, old, new in zip(variables, before, after, strict=True):
        if new is not old:
            variable.assign(new)
