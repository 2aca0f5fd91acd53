"""A model's method, compiled for the engine in force, between variables that hold the truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lamina.core import tracking, tree, variable
from lamina.core.scope import StatelessScope
from lamina.core.sparse import made_dense, opened
from lamina.core.variable import Variable
from lamina.engine.contract import Spec
from lamina.engine.current import engine
from lamina.engine.over_batches import over_batches
from lamina.engine.ran import Ran
from lamina.engine.repeating import one_by_one
from lamina.engine.thoroughly import thoroughly
from lamina.feeds.feed import Chunk, alone, as_taken, by_itself
from lamina.training.between import Between
from lamina.training.step import State, pure

# A call should not keep the progress bar, or Ctrl-C, waiting for longer than this.
_SECONDS_PER_CALL = 0.1
_CALLS_TIMED = 4  # and later ever more rarely: those few may all have been slowed down by something


class StepRunner:
    """Runs `method(batch) -> logs` for the batches of a chunk, and writes back the variables.

    Args:
        method: a train step or test step.
        variables: all that it may read or assign.
        layers: of the model; the runner serves as long as the model has these.
        eager: leave it uncompiled, for debugging.
        collect: takes out of the logs what belongs on the host.
        alone: never let several steps be one program, which would round otherwise.
        recorded: the method is the user's own, and may take gradients in the way of the engine's library.
        thorough: compiling may take long (`jit_compile=True`).
    """

    def __init__(
        self,
        method: Callable[[Any], Any],
        variables: State,
        layers: list[Any],
        eager: bool,
        collect: Callable[[Any], Any] | None = None,
        alone: bool = False,
        recorded: bool = False,
        thorough: bool = False,
    ):
        step = thoroughly(pure(method, variables, recorded), thorough)
        self.key = (engine().name, eager, alone, thorough, variables, layers)
        self.seen: list[Any] = []  # what the trainer last looked at, to find this runner again
        self.seconds_per_step: float | None = None
        self.variables, self._collect, self._step = variables, collect, step
        self._between = Between(variables)
        self._inferred: list[Any] = []  # kinds of batches
        self._run: Any  # on many batches
        if eager or alone:
            self._run = partial(one_by_one, step if eager else engine().compile(step))
        else:
            self._run = engine().repeat(step)
        self._one: Any = getattr(self._run, "one", None)  # on one, without an axis of batches
        self.stands_alone: bool | None = None  # see `filling`; `None` means that nobody has tried
        self.numbers: int | None = None  # in all variables, once somebody has counted them
        self.ran: Ran | None = None  # what became of the steps of the last call, if `keeps_ran`
        self.keeps_ran = False
        self._calls = 0
        self._standing: dict[Any, Any] = {}

    def __call__(self, chunk: Chunk) -> Any:
        """Run on the batches of `chunk`; the logs, native arrays, are those of the last."""
        keeps = self.keeps_ran and self.may_loop
        return self._on(chunk.batches, chunk.count, self._keeping if keeps else self._run)

    def alone(self, batch: Any) -> Any:
        """Run on one batch `(x, y, sample_weight)`, trees of host arrays; return its logs, native arrays."""
        if self._one is None:
            return self(alone(batch))
        return self._on(by_itself(batch), 1, self._one)

    def _keeping(self, state: Any, batches: Any) -> tuple[Any, Any]:
        state, ran = self._run.each(state, batches)
        self.ran = ran
        return state, ran[-1]

    def _on(self, batches: Any, count: int, run: Callable[[Any, Any], tuple[Any, Any]]) -> Any:
        began = time.perf_counter()
        token = tracking.standing.set(self._standing)
        try:
            state, logs = run(self._between.read(), batches)
        finally:
            tracking.standing.reset(token)
        self._between.write(state)
        self._calls += 1
        if is_timed(self._calls):
            engine().synchronize(tree.flatten(logs))
            seconds = (time.perf_counter() - began) / count
            self.seconds_per_step = min(seconds, self.seconds_per_step or seconds)
        return logs if self._collect is None else self._collect(logs)

    def infer(self, batch: Any) -> None:
        """Run the step on the shapes of `batch`, a tree of host arrays, unless that was done before."""
        specs = tree.map_structure(_spec, batch)
        if specs not in self._inferred:
            state = State(*([Spec(v.shape, v.dtype) for v in group] for group in self.variables))
            engine().abstract(self._step, state, specs)
            self._inferred.append(specs)

    @property
    def runner(self) -> StepRunner:
        """Itself: whatever runs chunks has the runner behind it as an attribute of this name."""
        return self

    @property
    def has_run(self) -> bool:
        """Whether the step has run, on any batch."""
        return self._calls > 0

    @property
    def may_loop(self) -> bool:
        """Whether many steps in one call may prove faster than one after the other."""
        full = self.seconds_per_step is not None and self.per_call(1) == engine().steps_per_call
        return full and getattr(self._run, "may_loop", False)

    def takes_rows(self, array: np.ndarray) -> bool:
        """Tell whether the steps of a call gather rows of `array` themselves."""
        takes = getattr(self._run, "takes_rows", None)
        return takes is not None and takes(array)

    def per_call(self, steps_per_execution: int, singly: bool = False) -> int:
        """Return how many batches are welcome in the next chunk.

        Args:
            steps_per_execution: batches in a call if somebody looks at each call, and at least.
            singly: somebody does.
        """
        if self._collect is not None:  # only the last logs of a call come back
            return 1
        if singly or steps_per_execution > 1 or self.seconds_per_step is None:
            return steps_per_execution
        many = int(_SECONDS_PER_CALL / max(self.seconds_per_step, 1e-9))
        return min(max(many, 1), engine().steps_per_call)


def is_timed(call: int) -> bool:
    """Tell whether the call of this number, from 1, is timed; the first compiles."""
    return call > 1 and (call <= _CALLS_TIMED or call.bit_count() == 1)


def _spec(leaf: Any) -> Spec | None:
    return None if leaf is None else Spec(leaf.shape, as_taken(leaf.dtype).name)


class CallRunner:
    """Runs `method(batch) -> outputs`; only variables that it assigns come back.

    So a prediction carries no state out, and threads may share it: nothing is written at all
    unless the model keeps state (a stateful RNN).

    Args:
        method: a predict step.
        variables: all that it may read or assign.
        layers: of the model; the runner serves as long as the model has these.
        eager: leave it uncompiled, for debugging.
        thorough: compiling may take long (`jit_compile=True`).
    """

    def __init__(
        self,
        method: Callable[[Any], Any],
        variables: list[Variable],
        layers: list[Any],
        eager: bool,
        thorough: bool = False,
    ):
        self.key = (engine().name, layers, eager, thorough)
        self._variables = variables
        self.stands_alone: bool | None = None  # see `filling`; `None` means that nobody has tried
        # See `together`: whether several batches are as good as one, how many, and what batches have taken
        # since the first, which compiles.
        self.joins: bool | None = None
        self.at_once: int | None = None
        self.seconds: float | None = None
        self.fastest = float("inf")
        self._written: list[Variable] = []
        self.notes: dict[str, Any] = {}  # what others keep about what the model takes

        def call(values: list[Any], batch: Any) -> tuple[Any, list[Any]]:
            with StatelessScope(zip(variables, values, strict=True), collect_losses=True) as inside:
                outputs = made_dense(variable.values(method(opened(batch))))
            self._written = list(inside.written.values())
            return outputs, [inside.get_current_value(v) for v in self._written]

        self._call = call if eager else engine().compile(over_batches(thoroughly(call, thorough)))

    @property
    def writes(self) -> bool:
        """Whether the model keeps state: it is known after the first call."""
        return bool(self._written)

    def __call__(self, batch: Any) -> Any:
        """Return native outputs for a batch of host arrays."""
        outputs, values = self._call(variable.read(self._variables), batch)
        if values:
            variable.write(self._written, values)
        return outputs
