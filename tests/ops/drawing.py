"""Drawing arguments for ops. A row draws `(args, kwargs)`; NumPy arrays among them are tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lamina.core import dtypes
from lamina.core.variable import numpy_dtype

words = str.split
DTYPES = ["bool", "uint8", "int32", "float16", "bfloat16", "float32"]
FLOATS = ["float16", "bfloat16", "float32"]
SIGNED = [name for name in DTYPES if name not in ("bool", "uint8")]


def array(draw: Callable, shape: Any, kinds: list[str]) -> np.ndarray:
    """Values that are in the domain of every function: from 0.1 to 0.9, or whole."""
    dtype, seed = draw(st.sampled_from(kinds)), draw(st.integers(0, 9))
    values = np.random.default_rng(seed).uniform(0.1, 0.9, shape)
    values = values if dtypes.is_float(dtype) else np.round(values * 2 + 1)
    return np.asarray(values, numpy_dtype(dtype))


def shapes(least: int = 0, most: int = 3) -> st.SearchStrategy:
    return st.lists(st.integers(1, 4), min_size=least, max_size=most).map(tuple)


def unary(kinds: list[str] = DTYPES, **kwargs: Any) -> Callable:
    return lambda draw: ([array(draw, draw(shapes()), kinds)], kwargs)


def binary(kinds: list[str] = DTYPES) -> Callable:
    """Two tensors that broadcast, or a tensor and a Python number."""

    def row(draw: Callable) -> tuple:
        shape = draw(shapes())
        other = tuple(
            draw(st.sampled_from([1, n])) for n in shape[draw(st.integers(0, len(shape))) :]
        )
        x, y = array(draw, shape, kinds), array(draw, other, kinds)
        y = draw(st.sampled_from([y, 2, 0.5]))
        return ([y, x] if draw(st.booleans()) else [x, y]), {}

    return row


def along(
    kinds: list[str] = DTYPES, several: bool = True, none: bool = True, keep: bool = True
) -> Callable:
    """A tensor and an axis: an integer, or (`several`) a tuple of them, or (`none`) `None`."""

    def row(draw: Callable) -> tuple:
        x = array(draw, draw(shapes(1)), kinds)
        one = st.integers(-x.ndim, x.ndim - 1)
        choices = [one]
        if several:
            choices.append(st.lists(st.integers(0, x.ndim - 1), min_size=1, unique=True).map(tuple))
        if none:
            choices.append(st.none())
        kwargs = {"axis": draw(st.one_of(choices))}
        return [x], ({**kwargs, "keepdims": draw(st.booleans())} if keep else kwargs)

    return row


def fixed(*choices: tuple, shape: tuple = (2, 3, 4), kinds: list[str] = DTYPES) -> Callable:
    """A tensor of one shape, with one of several lists of further arguments."""

    def row(draw: Callable) -> tuple:
        return [array(draw, shape, kinds), *draw(st.sampled_from(choices))], {}

    return row


def case(*args: Any, **kwargs: Any) -> tuple:
    """One call of an op, for the oracle."""
    return args, kwargs
