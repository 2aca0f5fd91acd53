"""Variables that wait: they hold no array, but what computes it once somebody reads or assigns one of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lamina.core.variable import NATIVE, WAITING, Variable, together, write


def let_wait(variables: Iterable[Variable], compute: Callable[[], None]) -> None:
    """Let `variables` hold nothing until somebody reads or assigns one of them: then `compute()` writes all."""
    held = (WAITING, compute)
    with together:
        for v in variables:
            v.held = held


def wait_for(variables: Sequence[Variable], compute: Callable[[], None]) -> bool:
    """Tell whether all of `variables` still wait for `compute`."""
    held = variables[0].held
    return held[1] is compute and [v.held for v in variables].count(held) == len(variables)


def end_waiting(variables: Sequence[Variable], values: Sequence[Any]) -> bool:
    """Let `variables` hold `values`, unless somebody has read or assigned one of them since `let_wait`.

    Returns:
        Whether they do.
    """
    with together:
        waited = all(v.held[0] == WAITING for v in variables)
        if waited:
            write(variables, values)
    return waited


def can_wait(variables: Iterable[Variable]) -> bool:
    """Tell whether no variable of the engine's library holds one of the values, which everyone sees change."""
    return not any(v.held[0].endswith(NATIVE) for v in variables)
