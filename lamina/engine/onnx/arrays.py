"""Arrays in and out: NumPy's, and tensors of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.engine.contract import is_of_core
from lamina.engine.numpy import convert
from lamina.engine.onnx import elementwise
from lamina.engine.onnx.lifting import NUMPY, REASONS, TRACED
from lamina.engine.onnx.value import Value

name = "onnx"
array_types = (Value, *convert.array_types)
capabilities = "compiles draws"
untraced = {member: reason for member, reason in REASONS.items() if is_of_core(member)}

abstract = NUMPY.abstract


def asarray(x: Any, dtype: str | None = None) -> Any:
    """The contract's `asarray`; memory that somebody else may write to is copied."""
    if isinstance(x, Value):
        return x if dtype in (None, x.dtype.name) else TRACED["cast"](x, dtype)
    if isinstance(x, (list, tuple)) and any(isinstance(part, Value) for part in x):
        return TRACED["stack"]([asarray(part, dtype) for part in x], 0)
    result = NUMPY.asarray(x, dtype)
    shared = isinstance(x, np.ndarray) and x.flags.writeable and np.may_share_memory(x, result)
    return result.copy() if shared else result


def to_numpy(x: Any) -> Any:
    """The contract's `to_numpy`."""
    return np.asarray(x)


def dtype(x: Any) -> str:
    """The contract's `dtype`."""
    return convert.dtype(x)


def shape(x: Any) -> Any:
    """The contract's `shape`."""
    return x.shape


sizes = shape


def _softmax(x: Any, axis: Any = -1) -> Any:
    return (elementwise.softmax if isinstance(x, Value) else _ON_VALUES)(x, axis)


_ON_VALUES: Any = NUMPY.overrides.get("softmax")
overrides = {"softmax": _softmax}
