"""Where code of the user's own takes gradients in the way of the engine's library.

A step of the user's own may open a `tf.GradientTape`, or call `loss.backward()` and read
`variable.value.grad`. Within a `RecordedScope` it sees variables by which the library takes gradients.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from lamina.core import tree
from lamina.core.scope import StatelessScope
from lamina.engine.current import engine


class RecordedScope(StatelessScope):
    """A `StatelessScope` in which the engine's library records what is computed from variables."""

    def __init__(self, state_mapping: Iterable[tuple[Any, Any]], collect_losses: bool = False):
        super().__init__([(v, _bound(v, x)) for v, x in state_mapping], collect_losses)
        self._recording: AbstractContextManager = engine().recording()

    def add_update(self, update: tuple[Any, Any]) -> None:
        """Take `(variable, value)` as the variable's value; gradients by it may be taken again."""
        variable, value = update
        super().add_update((variable, _bound(variable, value)))

    def get_current_value(self, variable: Any) -> Any:
        """Return the value bound to `variable`; what records comes to know that it is read."""
        if variable.trainable and variable.is_float:
            engine().note_read(variable)
        return super().get_current_value(variable)

    def __enter__(self) -> RecordedScope:
        super().__enter__()
        self._recording.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._recording.__exit__(*exception)
        super().__exit__(*exception)


def plain(structure: Any) -> Any:
    """Return a tree with arrays that remember nothing of how they were computed."""
    e = engine()
    return tree.map_structure(
        lambda x: e.stop_gradient(x) if isinstance(x, e.array_types) else x, structure
    )


def _bound(variable: Any, value: Any) -> Any:
    e = engine()
    return e.watched(value) if variable.trainable and variable.is_float else e.stop_gradient(value)
