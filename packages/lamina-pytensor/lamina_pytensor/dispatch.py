"""Each primitive: NumPy's where arrays have values, a node of PyTensor's graph where one has none."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import optree
import pytensor.tensor as pt

from lamina.engine.contract import Spec, refusal
from lamina.engine.current import engine, load
from lamina_pytensor.symbols import Symbol, known, variable

NUMPY = load("numpy")
_ARRAYS = (Symbol, np.ndarray, np.generic)


def either(name: str, traced: Callable) -> Callable:
    """Return the primitive `name`: `traced`, which takes and gives PyTensor's variables, where there is a symbol."""
    on_values = getattr(NUMPY, name)

    @functools.wraps(on_values)
    def call(*args: Any, **named: Any) -> Any:
        if not has_symbol(args):
            return on_values(*args, **named)
        results = traced(*map(_native, args), **named)
        if isinstance(results, (list, tuple)):
            return [_symbol(x, name, args, named, i) for i, x in enumerate(results)]
        return _symbol(results, name, args, named)

    return call


def composed(name: str, composition: Callable) -> Callable:
    """Return the primitive `name`, on symbols a composition of other primitives."""
    on_values = getattr(NUMPY, name)

    @functools.wraps(on_values)
    def call(*args: Any, **named: Any) -> Any:
        return (composition if has_symbol((args, named)) else on_values)(*args, **named)

    return call


def refused(name: str, reason: str) -> Callable:
    """Return the primitive `name` for values only."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise refusal("pytensor", name, reason)

    return composed(name, refuse)


def has_symbol(tree: Any) -> bool:
    """Tell whether there is an array without a value among arguments."""
    return any(type(x) is Symbol for x in optree.tree_leaves(tree))


def arrays_in(tree: Any) -> list:
    """Return the arrays among arguments, with and without values."""
    return [x for x in optree.tree_leaves(tree) if isinstance(x, _ARRAYS)]


def _native(x: Any) -> Any:
    """PyTensor's variables for arrays, also in a list."""
    if isinstance(x, _ARRAYS):
        return variable(x)
    if isinstance(x, (list, tuple)) and arrays_in(x):
        return [variable(part) for part in x]
    return x


def _symbol(x: Any, name: str, args: Any, named: Any, i: int | None = None) -> Symbol:
    """A result as a symbol, whose sizes JAX knows where PyTensor does not."""
    known(x.type.dtype)
    if None in x.type.shape:
        spec = _specs(name, args, named)
        x = pt.specify_shape(x, (spec if i is None else spec[i]).shape)
    return Symbol(x)


def _specs(name: str, args: Any, named: Any) -> Any:
    specs = [Spec(tuple(x.shape), x.dtype.name) for x in arrays_in(args)]

    def compute(*values: Any) -> Any:
        remaining = iter(values)

        def fill(x: Any) -> Any:
            return next(remaining) if isinstance(x, _ARRAYS) else x

        filled = optree.tree_map(fill, tuple(args), none_is_leaf=True)
        return getattr(engine(), name)(*filled, **named)

    return NUMPY.abstract(compute, *specs)
