"""The loop over time: carry states and the last output through the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina import ops
from lamina.core import scope, tree
from lamina.core.variable import Variable

Step = Callable[[Any, Any], tuple[Any, Any]]  # (input, states) -> (output, states)


def over_time(
    step: Step,
    inputs: Any,
    states: Any,
    output: Any,
    mask: Any = None,
    *,
    collect: bool = False,
    unroll: bool = False,
    zero_masked: bool = False,
    variables: Sequence[Variable] = (),
) -> tuple[Any, Any, Any]:
    """Run `step` over axis 0 of `inputs`.

    At a masked step the states and the output stay as they were before it.

    Args:
        inputs: tree of tensors `(time, batch, ...)`.
        states: tree of tensors before the first step.
        output: before the first step, `(batch, ...)`.
        mask: `(time, batch)`, true where a step counts.
        collect: whether all outputs are wanted.
        unroll: a Python loop in place of the engine's.
        zero_masked: the output of a masked step is 0.
        variables: those that `step` assigns (keys of random draws, moving averages).

    Returns:
        `(last output, outputs (time, batch, ...) or None, last states)`.
    """

    def advance(carry: Any, row: Any) -> tuple[Any, Any]:
        states, last, values = carry
        with scope.StatelessScope(zip(variables, values, strict=True)) as inside:
            new, following = step(row[0], states)
        values = [inside.get_current_value(v) for v in variables]
        following = tree.pack_like(states, tree.flatten(following))
        if mask is not None:
            new = _where(row[1], new, ops.zeros_like(last) if zero_masked else last)
            following = tree.map_structure(lambda a, b: _where(row[1], a, b), following, states)
        new, following = _like(new, last), tree.map_structure(_like, following, states)
        return (following, new, values), (new if collect else ())

    rows = (inputs,) if mask is None else (inputs, mask)
    carry = (states, output, _values(variables))
    (states, last, values), outputs = (_unrolled if unroll else ops.scan)(advance, carry, rows)
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return last, (outputs if collect else None), states


_MOST_UNROLLED = 10_000  # steps; without a limit a short file would ask for endless work


def _unrolled(advance: Callable, carry: Any, rows: Any) -> tuple[Any, Any]:
    length = tree.flatten(rows)[0].shape[0]
    if length == 0:
        return ops.scan(advance, carry, rows)
    if length > _MOST_UNROLLED:
        raise ValueError(
            f"`unroll=True` writes out every step, and {length} are too many (at most {_MOST_UNROLLED}). "
            "Leave `unroll` out."
        )
    outputs = []
    for row in zip(*map(ops.unstack, tree.flatten(rows)), strict=True):
        carry, out = advance(carry, tree.pack_like(rows, list(row)))
        outputs.append(out)
    return carry, (outputs[0] if isinstance(outputs[0], tuple) else ops.stack(outputs))


def _values(variables: Sequence[Variable]) -> list[Any]:
    token = scope.autocast.set(None)  # what is carried is what will be assigned: never a cast of it
    try:
        return [v.value for v in variables]
    finally:
        scope.autocast.reset(token)


def _where(counts: Any, x: Any, y: Any) -> Any:
    axes = tuple(range(1, len(x.shape)))
    return ops.where(ops.expand_dims(counts, axes) if axes else counts, x, y)


def _like(x: Any, before: Any) -> Any:
    return x if x.dtype == before.dtype else ops.cast(x, before.dtype)
