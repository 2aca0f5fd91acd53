"""What a library refuses: each argument of each class with wrong values, where and with which error.

`tools/keras_refusals.py` asks Keras and writes `tests/data/keras_refusals.json`; a test asks lamina.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import keras
import numpy as np

from tests.oracle.config_cases import arguments, classes, find

VALUES: tuple[Any, ...] = (None, "nope", -1, 0, 1.5, [], {}, True, (1, 2, 3, 4), "same")
"""Values of which most arguments take a few only. An outcome is a text with one letter for each.

`.` it is taken; `V`, `T`, `X` the constructor raises a ValueError, a TypeError, another error; `v`, `t`, `x`
the first call does.
"""
X = np.linspace(0.1, 0.9, 2 * 4 * 4 * 3, dtype="float32").reshape(2, 4, 4, 3)
INPUTS: dict[str, Any] = {
    "image": lambda: X,
    "sequence": lambda: X.reshape(2, 16, 3),
    "rows": lambda: X.reshape(2, 48)[:, :4],
    "integers": lambda: np.array([[0, 1, 2]]),
    "volume": lambda: X.reshape(2, 4, 2, 2, 3),
    "video": lambda: X.reshape(2, 2, 2, 4, 3),
    "video of volumes": lambda: X.reshape(2, 2, 2, 2, 2, 3),
    "two rows": lambda: [X.reshape(2, 48)[:, :4]] * 2,
    "two sequences": lambda: [X.reshape(2, 16, 3)] * 2,
    "strings": lambda: np.array([["a", "b"]]),
}
NOT_ASKED = {"name", "dtype", "kwargs", "args"}


def outcome(library: Any, name: str, given: dict[str, Any], input_kind: str | None) -> str:
    """Return one letter for making an object of a class and using it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            thing = find(library, name)(**given)
        except Exception as error:
            return letter(error)
        try:
            use(library, name, thing, input_kind)
        except Exception as error:
            return letter(error).lower()
    return "."


def letter(error: Exception) -> str:
    if isinstance(error, ValueError):
        return "V"
    return "T" if isinstance(error, TypeError) else "X"


def use(library: Any, name: str, thing: Any, input_kind: str | None) -> None:
    """Do what an object is for, once."""
    kind = name.split(".")[0]
    y = np.array([[0.0, 1.0], [1.0, 0.0]], "float32")
    if "schedules" in name:
        thing(3)
    elif kind == "layers" and input_kind is not None:
        x = INPUTS[input_kind]()
        attends = "HeadAttention" in name or "QueryAttention" in name
        thing(x, x) if attends else thing(x)
    elif kind == "losses":
        thing(y, 0.25 + y / 2)
    elif kind == "metrics" and name != "metrics.Metric":
        thing.update_state(y, 0.25 + y / 2)
        thing.result()
    elif kind == "initializers":
        thing((4, 4))
    elif kind in ("regularizers", "constraints"):
        thing(X.reshape(2, 48)[:, :4])
    elif kind == "optimizers" and hasattr(thing, "apply"):
        gradient = library.ops.ones((2, 2))
        thing.apply([gradient], [library.Variable(np.ones((2, 2), "float32"))])


def input_for(name: str) -> str | None:
    """Return the kind of input that a layer of Keras takes, if any of these."""
    if not name.startswith("layers."):
        return None
    if name in ("layers.Attention", "layers.AdditiveAttention"):
        return "two sequences"
    if name.endswith("Embedding"):
        return "integers"
    for kind in INPUTS:
        if outcome(keras, name, arguments(keras, name, False) or {}, kind) == ".":
            return kind
    return None


def asked(name: str) -> list[str]:
    """List the arguments of a class's constructor."""
    parameters = list(inspect.signature(find(keras, name).__init__).parameters.values())[1:]
    varying = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.kind not in varying and p.name not in NOT_ASKED]


def refusals(library: Any, name: str, input_kind: str | None) -> dict[str, str]:
    """Return for each argument of a class the outcomes with each value."""
    rows = {}
    for parameter in asked(name):
        given = arguments(library, name, False) or {}
        rows[parameter] = "".join(
            outcome(library, name, {**given, parameter: value}, input_kind) for value in VALUES
        )
    return rows


def all_classes() -> list[str]:
    return [name for name in classes() if not name.startswith("dtype_policies")]
