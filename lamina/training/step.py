"""The step: a method that reads and assigns variables, as a pure function of its state.

    step(state, batch) -> (state, logs)

There is one, for training and testing alike and for every engine. The engine compiles it and repeats
it; variables hold the truth between calls. What a step needs in order to go on is all in its state:
weights, moving averages, keys of random draws, the optimizer's slots, the metrics' sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lamina.core import variable
from lamina.core.scope import StatelessScope
from lamina.training.data.unpack import pack_x_y_sample_weight


class State(NamedTuple):
    """Native arrays, or the Variables that hold them, by what they are for."""

    trainable: list[Any]
    non_trainable: list[Any]
    optimizer: list[Any]
    metrics: list[Any]


def pure(
    method: Callable[[Any], Any], variables: State
) -> Callable[[State, Any], tuple[State, Any]]:
    """`method(batch) -> logs` as a pure step over the values of `variables`."""

    def step(state: State, batch: Any) -> tuple[State, Any]:
        pairs = [
            pair
            for group in zip(variables, state, strict=True)
            for pair in zip(*group, strict=True)
        ]
        with StatelessScope(pairs, collect_losses=True) as inside:
            # As Keras gives it: `x, y = data`.
            logs = variable.values(method(pack_x_y_sample_weight(*batch)))
        return State(*([inside.get_current_value(v) for v in group] for group in variables)), logs

    return step


def read(variables: State) -> State:
    """The values of `variables` as they are now, on the engine in force."""
    values = iter(variable.read(_flat(variables)))
    return State(*([next(values) for _ in group] for group in variables))


def write(variables: State, state: State) -> None:
    """Let `variables` hold the values of `state`: references only, nothing is copied."""
    variable.write(_flat(variables), _flat(state))


def identity(variables: State) -> tuple[tuple[int, ...], ...]:
    """A key that changes when other variables take part: a layer frozen, a metric added."""
    return tuple(tuple(id(v) for v in group) for group in variables)


def _flat(state: State) -> list[Any]:
    return [x for group in state for x in group]
