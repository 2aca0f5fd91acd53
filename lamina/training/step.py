"""The step: a method that reads and assigns variables, as a pure function of its state.

    step(state, batch) -> (state, logs)

There is one, for training and testing alike and for every engine. The engine compiles it and repeats
it; variables hold the truth between calls. The state holds all that a step needs in order to go on:
weights, moving averages, keys of random draws, the optimizer's slots, the metrics' sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from lamina.core import variable
from lamina.core.host_stage import Staged
from lamina.core.recorded import RecordedScope, plain
from lamina.core.scope import StatelessScope
from lamina.core.sparse import Parts, opened
from lamina.engine.over_batches import over_batches
from lamina.feeds.unpack import pack_x_y_sample_weight


class State(NamedTuple):
    """Native arrays, or the Variables that hold them, by what they are for."""

    trainable: list[Any]
    non_trainable: list[Any]
    optimizer: list[Any]
    metrics: list[Any]


def pure(
    method: Callable[[Any], Any], variables: State, recorded: bool = False
) -> Callable[[State, Any], tuple[State, Any]]:
    """Return `method(batch) -> logs` as a pure step over the values of `variables`.

    Args:
        recorded: the method may take gradients in the way of the engine's library.
    """
    flat = [*chain(*variables)]
    kind = RecordedScope if recorded else StatelessScope

    def step(state: State, batch: Any) -> tuple[State, Any]:
        with kind(zip(flat, chain(*state), strict=True), collect_losses=True) as inside:
            if batch[0].__class__ in _TREES:
                batch = opened(batch)
            # As Keras gives it: `x, y = data`.
            logs = variable.values(method(pack_x_y_sample_weight(*batch)))
        new = _like(variables, map(inside.bound_to, flat))
        return plain((new, logs)) if recorded else (new, logs)

    return over_batches(step)


_TREES = frozenset((Parts, Staged, list, tuple, dict))  # in which sparse tensors may be


def read(variables: State) -> State:
    """Return the values of `variables` as they are now, on the engine in force."""
    return _like(variables, iter(variable.read(chain(*variables))))


def write(variables: State, state: State) -> None:
    """Let `variables` hold the values of `state`: references only, nothing is copied."""
    variable.write([*chain(*variables)], [*chain(*state)])


def _like(variables: State, values: Iterator[Any]) -> State:
    return State(*([next(values) for _ in group] for group in variables))
