"""What is to be written: the values of one object (a layer, an optimizer) at its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.core.variable import Variable


@dataclass(frozen=True)
class Holding:
    """The values of one object.

    Args:
        path: the object's folder, as `"layers/dense"`; empty for the model itself.
        name: the object's own name; `None` if it has none.
        values: variables or arrays by their key in the folder's `vars`.
    """

    path: str
    name: str | None
    values: Mapping[str, Any]


def as_array(value: Any) -> np.ndarray:
    """Return the values of a variable or an array."""
    return value.numpy() if isinstance(value, Variable) else np.asarray(value)
