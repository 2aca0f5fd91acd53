"""Many calls in one program: JAX compiles one far sooner than each of its operations by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from lamina.core import tree

# Arrays of other dtypes enter a program of JAX' as another dtype than outside of it.
KEPT = {"bool", "complex64", *(f"float{n}" for n in (16, 32)), "bfloat16"} | {
    f"{sign}int{n}" for sign in ("", "u") for n in (8, 16, 32)
}


class _Slot(int):
    """The place of an array among the arguments of the program."""


def results(op: Callable, cases: list[tuple], together: bool = True) -> list[list]:
    """What `op` gives for each of `cases`, flat; by one program of JAX' where it can be traced.

    A case is `(args, kwargs)`. Where a value decides a shape, the cases run one by one.
    """
    if together:
        arrays: list[Any] = []

        def taken(x: Any) -> Any:
            if not isinstance(x, (np.ndarray, jax.Array)) or x.dtype.name not in KEPT:
                return x
            arrays.append(x)
            return _Slot(len(arrays) - 1)

        slots = [tree.map_structure(taken, case) for case in cases]

        def program(values: list) -> list[list]:
            def filled(x: Any) -> Any:
                return values[x] if isinstance(x, _Slot) else x

            found = [_called(op, tree.map_structure(filled, case)) for case in slots]
            if not all(isinstance(x, jax.Array) for leaves in found for x in leaves):
                raise TypeError("a Python number would become an array of another dtype")
            return found

        try:
            return jax.jit(program)(arrays)
        except (TypeError, IndexError, ValueError):  # of tracing, or the op's own: told below
            pass
    return [_called(op, case) for case in cases]


def _called(op: Callable, case: tuple) -> list:
    args, kwargs = case
    with np.errstate(all="ignore"):  # some divide by 0 on purpose
        return tree.flatten(op(*args, **kwargs))
