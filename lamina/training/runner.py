"""A model's method, compiled for the engine in force, between variables that hold the truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from lamina.core import tracking, tree, variable
from lamina.core.scope import StatelessScope
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.engine.repeating import one_by_one
from lamina.training.data.feed import Chunk
from lamina.training.step import State, pure, read, write

# A call should not keep the progress bar, or Ctrl-C, waiting for longer than this.
_SECONDS_PER_CALL = 0.1
_CALLS_TIMED = 4  # one alone may be slowed down by anything


class StepRunner:
    """Runs `method(batch) -> logs` for the batches of a chunk, and writes back the variables.

    Args:
        method: a train step or test step.
        variables: all that it may read or assign.
        layers: of the model; the runner serves as long as the model has these.
        eager: leave it uncompiled, for debugging.
        collect: takes out of the logs what belongs on the host.
    """

    def __init__(
        self,
        method: Callable[[Any], Any],
        variables: State,
        layers: list[Any],
        eager: bool,
        collect: Callable[[Any], Any] | None = None,
    ):
        step = pure(method, variables)
        self.key = (engine().name, eager, variables, layers)
        self.seen: list[Any] = []  # what the trainer last looked at, to find this runner again
        self.seconds_per_step: float | None = None
        self._variables, self._collect = variables, collect
        self._run = partial(one_by_one, step) if eager else engine().repeat(step)
        self._calls = 0
        self._standing: dict[Any, Any] = {}

    def __call__(self, chunk: Chunk) -> Any:
        """Run on the batches of `chunk`; the logs, native arrays, are those of the last."""
        began = time.perf_counter()
        token = tracking.standing.set(self._standing)
        try:
            state, logs = self._run(read(self._variables), chunk.batches)
        finally:
            tracking.standing.reset(token)
        write(self._variables, state)
        self._calls += 1
        if 2 <= self._calls <= _CALLS_TIMED:  # the first call compiles
            engine().synchronize(tree.flatten(logs))
            seconds = (time.perf_counter() - began) / chunk.count
            self.seconds_per_step = min(seconds, self.seconds_per_step or seconds)
        return logs if self._collect is None else self._collect(logs)

    def per_call(self, watched: bool, steps_per_execution: int) -> int:
        """Return how many batches are welcome in the next chunk.

        Args:
            watched: callbacks look at batches.
            steps_per_execution: batches in a call if they do, and at least.
        """
        if self._collect is not None:  # only the last logs of a call come back
            return 1
        if watched or steps_per_execution > 1 or self.seconds_per_step is None:
            return steps_per_execution
        many = int(_SECONDS_PER_CALL / max(self.seconds_per_step, 1e-9))
        return min(max(many, 1), engine().steps_per_call)


class CallRunner:
    """Runs `method(batch) -> outputs`; only variables that it assigns come back.

    So a prediction carries no state out, and threads may share it: nothing is written at all
    unless the model keeps state (a stateful RNN).

    Args:
        method: a predict step.
        variables: all that it may read or assign.
        layers: of the model; the runner serves as long as the model has these.
        eager: leave it uncompiled, for debugging.
    """

    def __init__(
        self,
        method: Callable[[Any], Any],
        variables: list[Variable],
        layers: list[Any],
        eager: bool,
    ):
        self.key = (engine().name, eager, layers)
        self._variables = variables
        self._written: list[Variable] = []

        def call(values: list[Any], batch: Any) -> tuple[Any, list[Any]]:
            with StatelessScope(zip(variables, values, strict=True), collect_losses=True) as inside:
                outputs = variable.values(method(batch))
            self._written = list(inside.written.values())
            return outputs, [inside.get_current_value(v) for v in self._written]

        self._call = call if eager else engine().compile(call)

    def __call__(self, batch: Any) -> Any:
        """Return native outputs for a batch of host arrays."""
        outputs, values = self._call(variable.read(self._variables), batch)
        if values:
            variable.write(self._written, values)
        return outputs
