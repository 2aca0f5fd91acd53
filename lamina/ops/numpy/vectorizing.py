"""A function of single elements, or of arrays of few axes, made one of tensors of any shape."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.core.op import Tensor, engine, op, to_native

__all__ = ["vectorize"]

_Core = tuple[str, ...]  # names of the axes that the function itself sees


def vectorize(
    pyfunc: Callable, *, excluded: Any = None, signature: str | None = None
) -> Callable[..., Any]:
    """Return a function that calls `pyfunc` for every element of its arguments, which broadcast.

    Args:
        pyfunc: written with ops; returns a tensor or a tuple of them.
        excluded: positions (ints) and names (strings) of arguments that are passed on as they are.
        signature: axes that `pyfunc` itself sees, such as `"(n),(n)->()"` for an inner product; those
            before them are gone over.

    Raises:
        TypeError: a keyword is not excluded, or there are not as many arguments as `signature` says.
        ValueError: sizes do not broadcast, or contradict `signature`.

    Example:
        >>> larger = vectorize(lambda x, y: lamina.ops.where(x > y, x, y))
        >>> larger(np.array([1, 5]), 3).tolist()
        [3, 5]
    """
    passed_on = set(excluded or ())
    cores = None if signature is None else _parsed(signature)

    def call(*args: Any, **kwargs: Any) -> Any:
        if wrong := kwargs.keys() - passed_on:
            raise TypeError(
                f"ops.vectorize: the keywords {sorted(wrong)} are gone over only by position; pass them "
                "so, or name them in `excluded`."
            )
        places = [i for i in range(len(args)) if i not in passed_on]
        if cores is not None and len(cores[0]) != len(places):
            raise TypeError(
                f"ops.vectorize: the signature {signature!r} has {len(cores[0])} inputs, but "
                f"{len(places)} were given."
            )

        def one(xs: list) -> Any:
            filled = list(args)
            for place, x in zip(places, xs, strict=True):
                filled[place] = x
            return tree.map_structure(to_native, pyfunc(*filled, **kwargs))

        @op
        def vectorized(*xs: Tensor) -> Any:
            return _over_rows(one, list(xs), cores)

        return vectorized(*(args[i] for i in places))

    return call


def _over_rows(one: Callable, xs: list, cores: tuple[list[_Core], list[_Core]] | None) -> Any:
    """Apply `one` to each of the arrays that lie in the leading axes of `xs`."""
    e = engine()
    inner = [()] * len(xs) if cores is None else cores[0]
    sizes: dict[str, int] = {}
    leads = [_lead(tuple(e.shape(x)), core, sizes) for x, core in zip(xs, inner, strict=True)]
    lead = np.broadcast_shapes(*leads)
    if not lead:
        return _checked(one(xs), (), cores, sizes)
    rows = []
    for x, core in zip(xs, inner, strict=True):
        shape = tuple(e.shape(x)[len(e.shape(x)) - len(core) :])
        rows.append(e.reshape(e.broadcast_to(x, (*lead, *shape)), (math.prod(lead), *shape)))
    results = e.vmap(one)(rows)
    results = tree.map_structure(lambda y: e.reshape(y, (*lead, *e.shape(y)[1:])), results)
    return _checked(results, lead, cores, sizes)


def _lead(shape: tuple[int, ...], core: _Core, sizes: dict[str, int]) -> tuple[int, ...]:
    """Return the axes that are gone over; note the sizes of the others by name."""
    cut = len(shape) - len(core)
    if cut < 0:
        raise ValueError(f"ops.vectorize: an input of shape {shape} lacks the axes {core}.")
    for name, size in zip(core, shape[cut:], strict=True):
        if sizes.setdefault(name, size) != size:
            raise ValueError(
                f"ops.vectorize: the axis {name!r} has size {size} in one input and {sizes[name]} in "
                "another."
            )
    return shape[:cut]


def _checked(results: Any, lead: tuple, cores: Any, sizes: dict[str, int]) -> Any:
    """Return `results`, whose axes after `lead` must be those that the signature promises."""
    if cores is None:
        return results
    outputs = list(results) if isinstance(results, (tuple, list)) else [results]
    shapes = [tuple(engine().shape(y)[len(lead) :]) for y in outputs]
    agree = len(shapes) == len(cores[1]) and all(
        len(shape) == len(core)
        and all(sizes.setdefault(n, m) == m for n, m in zip(core, shape, strict=True))
        for shape, core in zip(shapes, cores[1], strict=False)
    )
    if not agree:
        raise ValueError(
            f"ops.vectorize: the signature promises the axes {cores[1]} with the sizes {sizes}; the "
            f"function returned the shapes {shapes}."
        )
    return results


_AXES = r"\(\s*(?:\w+\s*(?:,\s*\w+\s*)*)?\)"
_SIGNATURE = re.compile(rf"\s*{_AXES}(?:\s*,\s*{_AXES})*\s*->\s*{_AXES}(?:\s*,\s*{_AXES})*\s*")


def _parsed(signature: str) -> tuple[list[_Core], list[_Core]]:
    """Return inputs and outputs of `"(m,n),(n)->(m)"`, each as names of axes."""
    if not _SIGNATURE.fullmatch(signature):
        raise ValueError(
            f"ops.vectorize: {signature!r} is not a signature; write one such as '(m,n),(n)->(m)'."
        )
    inputs, outputs = (
        [tuple(re.findall(r"\w+", axes)) for axes in re.findall(_AXES, side)]
        for side in signature.split("->")
    )
    return inputs, outputs
