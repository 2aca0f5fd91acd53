"""A model's method, compiled for the engine in force, between variables that hold the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import tree, variable
from lamina.core.scope import StatelessScope
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.training.step import State, identity, pure, read, write


class StepRunner:
    """Runs `method(batch) -> logs`, one batch or many in a call, and writes back what it changed.

    Args:
        model: whose variables these are; its structure stands still while the step runs.
        method: a train step or test step.
        variables: all that it may read or assign.
        eager: leave it uncompiled, for debugging.
    """

    def __init__(
        self, model: Any, method: Callable[[Any], Any], variables: State, eager: bool = False
    ):
        step = pure(method, variables)
        self.model, self.variables = model, variables
        self.key = (engine().name, identity(variables), eager)
        self.seconds_per_step: float | None = None
        self._one = step if eager else engine().compile(step)
        self._many = _one_by_one(step) if eager else engine().repeat(step)

    def one(self, batch: Any) -> Any:
        """Run on a batch of host arrays; the logs are native."""
        return self._run(self._one, batch)

    def many(self, data: Any, indices: np.ndarray) -> Any:
        """Run on placed `data`, once for each row of `indices`; the logs are those of the last."""
        return self._run(self._many, data, indices)

    def _run(self, compiled: Callable, *args: Any) -> Any:
        state, logs = compiled(read(self.variables), *args)
        write(self.variables, state)
        return self.model._collected(logs)


def _one_by_one(step: Callable) -> Callable:
    def run(state: State, data: Any, indices: np.ndarray) -> tuple[State, Any]:
        logs: Any = {}
        for row in indices:
            batch = tree.map_structure(
                lambda x, row=row: (
                    None if x is None else engine().take(x, engine().asarray(row), 0)
                ),
                data,
            )
            state, logs = step(state, batch)
        return state, logs

    return run


class CallRunner:
    """Runs `method(batch) -> outputs`; only variables that it assigns come back.

    So a prediction carries no state out, and threads may share it: nothing is written at all
    unless the model keeps state (a stateful RNN).
    """

    def __init__(
        self, method: Callable[[Any], Any], variables: list[Variable], eager: bool = False
    ):
        self.variables = variables
        self.key = (engine().name, tuple(id(v) for v in variables), eager)
        self._written: list[Variable] = []

        def call(values: list[Any], batch: Any) -> tuple[Any, list[Any]]:
            with StatelessScope(zip(variables, values, strict=True), collect_losses=True) as inside:
                outputs = variable.values(method(batch))
            self._written = list(inside.written.values())
            return outputs, [inside.get_current_value(v) for v in self._written]

        self._call = call if eager else engine().compile(call)

    def __call__(self, batch: Any) -> Any:
        """Native outputs for a batch of host arrays."""
        outputs, values = self._call([v.value for v in self.variables], batch)
        if not values:
            return outputs
        for written, value in zip(self._written, values, strict=False):
            written.assign(value)
        return outputs
