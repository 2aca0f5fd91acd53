"""The state between two calls of a step: variables hold it, or wait for it where many arrays lie in a few."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

from lamina.core import variable, waiting
from lamina.core.variable import Variable, together
from lamina.engine.current import engine, using
from lamina.engine.joined import Joined, tree_of
from lamina.training.step import State, read, write


class Between:
    """What a compiled step got and returns, in `variables`."""

    def __init__(self, variables: State):
        self._variables, self._all = variables, [*chain(*variables)]
        self._layout: Any = None
        self._inside: list[Variable] = []
        self._others: list[Variable] = []
        self._last: tuple[Joined, Callable[[], None]] | None = None

    def read(self) -> Any:
        """Return the state of the variables as they are now, on the engine in force."""
        if self._last is not None:
            with together:
                state, compute = self._last
                if waiting.wait_for(self._inside, compute):
                    return state.with_others(variable.read(self._others))
                self._last = None
        return read(self._variables)

    def write(self, state: Any) -> None:
        """Let the variables hold `state`, or wait until somebody needs its arrays."""
        if state.__class__ is not Joined:
            return write(self._variables, state)
        if state.layout is not self._layout:
            self._layout = state.layout
            self._inside = [self._all[i] for i in state.layout.inside]
            self._others = [self._all[i] for i in state.layout.others]
        waits = self._last is not None and waiting.wait_for(self._inside, self._last[1])
        if not waits and not waiting.can_wait(self._inside):
            return write(self._variables, tree_of(state))
        compute = partial(_take_apart, self._inside, state, engine().name)
        with together:
            variable.write(self._others, state.others)
            waiting.let_wait(self._inside, compute)
        self._last = state, compute


def _take_apart(variables: list[Variable], state: Joined, engine_name: str) -> None:
    with using(engine_name), engine().outside_trace():
        variable.write(variables, state.apart())
