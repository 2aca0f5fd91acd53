"""Everything that the next step depends on: taken at a step's boundary, and put back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.core import plain
from lamina.core.file_errors import FormatError, LoadError
from lamina.core.variable import Variable, assign_all, host_array, snapshot
from lamina.layers.weights import flatten_layers
from lamina.metrics.exact import Exact

_GROUPS = ("model", "optimizer", "metrics")


class State:
    """The state at one moment: references to arrays that do not change, and plain data.

    Taking it costs no copy of the weights; `on_host`, which any thread may call, brings them to the host.

    Args:
        model: compiled, built, and with an optimizer that is built.
        hooks: the callbacks.
        others: plain data to be kept beside it.
    """

    def __init__(self, model: Any, hooks: Any, **others: Any):
        variables = variables_of(model)
        self._names = [
            f"{group}/{i}/{v.path}" for group in _GROUPS for i, v in enumerate(variables[group])
        ]
        self._held = snapshot(v for group in _GROUPS for v in variables[group])
        self._arrays: list[np.ndarray] = []
        contents = {
            **others,
            "callbacks": hooks.get_state(),
            "exact": [list(metric.collected) for metric in _exact(model)],
            "stop_training": bool(model.stop_training),
            "trainable": [
                [bool(layer.trainable) for layer in flatten_layers(model)],
                [v.trainable for v in model.variables],
            ],
        }
        self._contents = plain.to_json(contents, self._arrays, "the state of the run")

    def on_host(self) -> tuple[Any, dict[str, np.ndarray]]:
        """Return the plain data, and all arrays by name."""
        arrays = dict(zip(self._names, map(host_array, self._held), strict=True))
        return self._contents, {
            **arrays,
            **{f"plain/{i}": array for i, array in enumerate(self._arrays)},
        }


def put_back(model: Any, hooks: Any, contents: Any, arrays: dict[str, np.ndarray]) -> None:
    """Give model and callbacks the state that was kept; the variables change all together or not at all.

    Raises:
        LoadError: the state does not fit.
    """
    variables = variables_of(model)
    values: list[np.ndarray] = []
    for group in _GROUPS:
        kept = [array for name, array in arrays.items() if name.startswith(f"{group}/")]
        _compare(group, variables[group], kept)
        values += kept
    try:
        _put_flags(model, contents["trainable"])
        for metric, collected in zip(_exact(model), contents["exact"], strict=True):
            metric.collected[:] = map(tuple, collected)
        hooks.set_state(contents["callbacks"])
        model.stop_training = contents["stop_training"]
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise FormatError(f"The backup does not hold what it should: {error!r}.") from error
    assign_all([v for group in _GROUPS for v in variables[group]], values)


def variables_of(model: Any) -> dict[str, list[Variable]]:
    """Return all variables that the next step depends on, in an order that the program decides."""
    optimizer = list(model.optimizer.variables)
    own = set(map(id, optimizer))
    metrics = list(model.metrics_variables)
    own |= set(map(id, metrics))
    return {
        "model": [v for v in model.variables if id(v) not in own],
        "optimizer": optimizer,
        "metrics": metrics,
    }


def _exact(model: Any) -> Iterator[Exact]:
    return (metric for metric in model.metrics if isinstance(metric, Exact))


def _put_flags(model: Any, flags: Any) -> None:
    """Freeze and unfreeze what callbacks had frozen or unfrozen."""
    of_layers, of_variables = flags
    for owners, values in ((flatten_layers(model), of_layers), (model.variables, of_variables)):
        for owner, value in zip(owners, values, strict=True):
            if owner.trainable != value:
                owner.trainable = value


def _compare(group: str, variables: list[Variable], values: list[np.ndarray]) -> None:
    here = [(v.shape, v.dtype) for v in variables]
    kept = [(value.shape, value.dtype.name) for value in values]
    if here != kept:
        different = [i for i, (a, b) in enumerate(zip(here, kept, strict=False)) if a != b]
        what = (
            variables[different[0]].path if different else f"{len(kept)} variables, not {len(here)}"
        )
        raise LoadError(f"The backup does not fit the {group} here: it differs in {what}.")
