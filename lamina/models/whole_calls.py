"""A model's call as one program, on engines that run programs only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import masks, scope, tree, variable
from lamina.core.op import holds_numbers
from lamina.core.scope import StatelessScope
from lamina.core.tracking import Forgotten
from lamina.engine.current import engine, to_host
from lamina.layers.call_context import current
from lamina.layers.operation import has_symbolic
from lamina.layers.weights import flatten_layers


class WholeCall:
    """Calls of a model on arrays with values, outside of any other computation.

    Args:
        model: that is built.
        program: makes a program of a function that runs over batches.
        options: arguments of the calls beside the inputs.
    """

    def __init__(self, model: Any, program: Callable, options: dict[str, Any]):
        self.key = key_of(model)
        self._variables = model.variables
        self._written: list[Any] = []
        self._serves = True

        def call(values: list[Any], batch: Any) -> Any:
            bound = zip(self._variables, values, strict=True)
            with StatelessScope(bound, collect_losses=True) as inside:
                outputs = variable.values(model(batch, **options))
            self._serves = not inside.losses  # nobody but the layers has those
            self._written = list(inside.written.values())
            found = [masks.get_mask(leaf) for leaf in tree.flatten(outputs)]
            return outputs, found, [inside.get_current_value(v) for v in self._written]

        self._run = program(call)

    def __call__(self, batch: Any) -> Any:
        """Return the outputs; `NotImplemented` if the layers have to compute them one after the other."""
        if not self._serves:
            return NotImplemented
        outputs, found, values = self._run(variable.read(self._variables), batch)
        if not self._serves:
            return NotImplemented
        if values:
            variable.write(self._written, values)
        for leaf, mask in zip(tree.flatten(outputs), found, strict=True):
            if mask is not None:
                masks.set_mask(leaf, mask)
        return outputs


class Programs(Forgotten):
    """Calls of one model as programs, by what they are given beside the inputs."""

    def __call__(self, model: Any, program: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Return the outputs of a call; `NotImplemented` if it is not one for a program."""
        batch = arrays_of(args, kwargs) if model.__host_stage__() is None else None
        if batch is None:
            return NotImplemented
        options = tuple(kwargs.items())
        run = self.get(options)
        if run is None or run.key != key_of(model):
            run = self[options] = WholeCall(model, program, kwargs)
        return run(batch)


def key_of(model: Any) -> tuple:
    """Return what a program depends on, beside its arguments."""
    return engine().name, flatten_layers(model)


def arrays_of(args: tuple, kwargs: dict[str, Any]) -> Any:
    """Return the inputs of a call as host arrays; `None` if the call is not for a program.

    It is for one if it has one argument, with values and without masks, if nothing around it is being computed, and
    if it is not a call of training.
    """
    if current.get() is not None or scope.stateless.get() is not None:
        return None
    if len(args) != 1 or kwargs.keys() - {"training"} or kwargs.get("training"):
        return None
    if has_symbolic(args, {}) or masks.masks_of(args[0]) is not None:
        return None
    if not all(map(holds_numbers, tree.flatten(args[0]))):
        return None
    return tree.map_structure(lambda leaf: np.asarray(to_host(leaf)), args[0])
