"""Operations that are given functions: eager on values, one node of a graph on symbolic tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from lamina.core import graph, tree
from lamina.core.op import to_native
from lamina.core.symbolic import KerasTensor
from lamina.core.tracebacks import shortened

F = TypeVar("F", bound=Callable)


def higher_order(fn: F) -> F:
    """Let `fn`, whose arguments are trees of tensors and functions, take symbolic tensors, too.

    The functions among the arguments are called on native arrays, also when the graph is recorded.
    So they must get all that they need as arguments: a symbolic tensor from outside has no value there.
    """

    @shortened
    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        symbolic = [x for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
        if not symbolic:
            return fn(*args, **kwargs)
        try:
            return graph.record(call, args, kwargs)
        except Exception as error:
            tensors = ", ".join(f"{x.dtype}{list(x.shape)}" for x in symbolic)
            raise ValueError(
                f"ops.{fn.__name__} cannot be applied to {tensors}: {error}"
            ) from error

    return cast("F", call)


def natives(structure: Any) -> Any:
    """Return a tree with every leaf made a native array; `None` stays.

    Raises:
        ValueError: a leaf is symbolic, though a function that runs on values returned it.
    """
    return tree.map_structure(_native, structure)


def _native(x: Any) -> Any:
    if isinstance(x, KerasTensor):
        raise ValueError(
            f"A function that runs on values returned a symbolic tensor, {x!r}. Give it symbolic "
            "tensors as arguments; those that it takes from outside have no value."
        )
    return to_native(x)
