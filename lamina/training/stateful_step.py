"""Steps that take their state and return it, as Keras has them on JAX.

    train_step(self, state, data) -> (logs, state)
    test_step(self, state, data) -> (logs, state)
    predict_step(self, state, data) -> (outputs, non_trainable_variables)

`step_of` makes them steps like all others, which read and assign variables.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from lamina.core.variable import Variable

_STATE = {
    "train": "trainable_variables, non_trainable_variables, optimizer_variables, metrics_variables",
    "test": "trainable_variables, non_trainable_variables, metrics_variables",
    "predict": "trainable_variables, non_trainable_variables",
}


def step_of(model: Any, kind: str) -> Callable[[Any], Any]:
    """Return the step "train", "test" or "predict" of `model` as a function of the data alone."""
    method = getattr(model, f"{kind}_step")
    if not takes_state(method):
        return method

    def step(data: Any) -> Any:
        groups = _groups(model, kind)
        result = method(tuple([v.value for v in group] for group in groups), data)
        try:
            outputs, state = result
            state = (None, state) if kind == "predict" else state
            pairs = list(zip(groups, state, strict=True))
            for variables, values in pairs:
                if values is not None:
                    _assign(variables, values)
        except (TypeError, ValueError) as error:
            returned = "non_trainable_variables" if kind == "predict" else f"({_STATE[kind]})"
            raise ValueError(
                f"{type(model).__name__}.{kind}_step(state, data) must return a pair "
                f"({'outputs' if kind == 'predict' else 'logs'}, {returned}) with one value for each "
                f"variable, in the order in which it got them: {error}"
            ) from error
        return outputs

    return step


def takes_state(method: Callable[..., Any]) -> bool:
    """Tell whether a bound step has the arguments `(state, data)`."""
    itself = ("self",) if inspect.ismethod(method) else ()
    return takes(getattr(method, "__func__", method), *itself, "state", "data")


@functools.cache
def takes(function: Callable[..., Any], *arguments: str) -> bool:
    """Tell whether a function can be called with so many positional arguments."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    return True


def _groups(model: Any, kind: str) -> list[list[Variable]]:
    groups = [model.trainable_variables, model.non_trainable_variables]
    if kind == "train":
        groups.append(model.optimizer.variables)
    return groups if kind == "predict" else [*groups, model.metrics_variables]


def _assign(variables: list[Variable], values: Any) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
