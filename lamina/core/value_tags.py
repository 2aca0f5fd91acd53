"""Values that JSON does not have, such as arrays and slices: the closed table of their tags."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

_LARGEST = 2**63
_NUMERIC = frozenset(
    (
        *("bool", "bfloat16", "complex64", "complex128", "float16", "float32", "float64"),
        *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    )
)


def _array(x: dict[str, Any]) -> np.ndarray:
    config = x["config"]
    value, dtype = config["value"], config["dtype"]
    if extra := config.keys() - {"value", "dtype"}:
        raise ValueError(f"unknown keys {sorted(extra)}")
    if type(dtype) is not str or dtype not in _NUMERIC:
        raise ValueError(f"dtype {dtype!r}")
    _check_numbers(value, 0)
    return np.asarray(value, _dtype(dtype))


@functools.cache
def _dtype(name: str) -> np.dtype:
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


def _check_numbers(value: Any, depth: int) -> None:
    if isinstance(value, list):
        if depth >= 32:
            raise ValueError("more than 32 dimensions")
        for part in value:
            _check_numbers(part, depth + 1)
    elif type(value) not in (int, float, bool):
        raise TypeError(f"{value!r:.60} is not a number")


def _slice(x: dict[str, Any]) -> slice:
    config = x["config"]
    parts = [config.get(part) for part in ("start", "stop", "step")]
    if config.keys() - {"start", "stop", "step"}:
        raise ValueError("unknown keys")
    if any(p is not None and (type(p) is not int or not -_LARGEST <= p < _LARGEST) for p in parts):
        raise TypeError("its parts must be whole numbers or null")
    return slice(*parts)


def _ellipsis(x: dict[str, Any]) -> Any:
    if x.get("config"):
        raise ValueError("it has no parts")
    return Ellipsis


def _sizes(x: dict[str, Any]) -> list[Any]:
    """Return the items of a tuple or shape, as Keras 2 wrote them."""
    if any(type(n) not in (int, float, str, bool, type(None)) for n in x["items"]):
        raise TypeError("its items must be plain")
    return list(x["items"])


TAGS = {
    "__numpy__": _array,
    "__tensor__": _array,
    "__slice__": _slice,
    "__ellipsis__": _ellipsis,
    "__tuple__": _sizes,
    "TensorShape": _sizes,
}
