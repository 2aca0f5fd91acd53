"""Gradients for code that reads and assigns Variables, on any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.core import dtypes, tree
from lamina.core.masks import get_mask, set_mask
from lamina.core.op import to_native
from lamina.core.scope import StatelessScope
from lamina.core.variable import Variable
from lamina.engine.current import engine, on_one_engine


def value_and_grad(
    fn: Callable,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    variables: Sequence[Variable] | None = None,
) -> Callable:
    """A function that calls `fn` and also gives the gradients of its result.

    Whatever `fn` assigns (moving averages, keys of random draws, metrics) is assigned once, after
    the gradients are known.

    Args:
        fn: returns a floating scalar, or `(scalar, aux)` with `has_aux`; `aux` is any tree of arrays.
            Positional arguments that are NumPy arrays reach it as native ones.
        argnums: by which positional arguments the gradients are taken: floating tensors, or trees
            of them. A Variable in a tree stands for its value wherever `fn` reads it.
        variables: take the gradients by these instead, which `fn` reads without being given them.

    Returns:
        A function of the same arguments giving `(value, gradients)`: value is what `fn` returns;
        gradients are like the argument that `argnums` names, a tuple of such if it names several,
        or a list in the order of `variables`. Where there is no gradient it is zero.

    Raises:
        ValueError: `fn` does not return a floating scalar, an argument is not floating or missing.
        NotImplementedError: the engine computes no gradients.

    Example:
        >>> value, slope = value_and_grad(lambda x, y: x * y)(np.float32(3), np.float32(5))
        >>> float(value), float(slope)
        (15.0, 5.0)
        >>> v = lamina.Variable([3.0])
        >>> value, (slope,) = value_and_grad(lambda: lamina.ops.sum(v * v), variables=[v])()
        >>> float(value), slope.tolist()
        (9.0, [6.0])
    """
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @on_one_engine
    def call(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        if variables is not None:
            return _differentiate(lambda _: fn(*args, **kwargs), variables, has_aux)
        args = tree.map_structure(_taken_in, args)
        parts = _parts(fn, args, positions)
        leaves = tree.flatten(parts)
        at = [i for i, leaf in enumerate(leaves) if leaf is not None]

        def run(values: list) -> Any:
            filled, given = list(leaves), list(args)
            for i, value in zip(at, values, strict=True):
                filled[i] = leaves[i] if isinstance(leaves[i], Variable) else value
            for position, part in zip(positions, tree.pack_like(parts, filled), strict=True):
                given[position] = part
            return fn(*given, **kwargs)

        value, found = _differentiate(run, [_floating(leaves[i]) for i in at], has_aux)
        gradients: list[Any] = [None] * len(leaves)
        for i, gradient in zip(at, found, strict=True):
            gradients[i] = gradient
        packed = tree.pack_like(parts, gradients)
        return value, packed[0] if isinstance(argnums, int) else tuple(packed)

    return call


def grad(
    fn: Callable,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    variables: Sequence[Variable] | None = None,
) -> Callable:
    """Like `value_and_grad`, but the function gives the gradients only, or `(gradients, aux)`.

    Example:
        >>> cube = lambda x: x**3
        >>> float(grad(cube)(np.float32(2))), float(grad(grad(cube))(np.float32(2)))
        (12.0, 12.0)
    """
    both = value_and_grad(fn, argnums, has_aux, variables=variables)

    def call(*args: Any, **kwargs: Any) -> Any:
        value, gradients = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return call


def _differentiate(
    run: Callable[[list], Any], leaves: Sequence[Any], has_aux: bool
) -> tuple[Any, list[Any]]:
    """What `run` gives for the values of `leaves`, Variables or arrays, and the gradients by them."""
    written: list[Variable] = []

    def pure(values: list[Any]) -> tuple[Any, Any]:
        bound = [(x, y) for x, y in zip(leaves, values, strict=True) if isinstance(x, Variable)]
        with StatelessScope(bound, collect_losses=True) as inside:
            result = run(values)
        value, aux = result if has_aux else (result, None)
        written[:] = inside.written.values()
        masks = {
            i: mask for i, x in enumerate(tree.flatten(aux)) if (mask := get_mask(x)) is not None
        }
        return _scalar(value), (aux, [inside.get_current_value(v) for v in written], masks)

    (value, (aux, assigned, masks)), gradients = engine().value_and_grad(pure)(
        [leaf.value if isinstance(leaf, Variable) else leaf for leaf in leaves]
    )
    if masks:  # what comes out are other tensors
        outside = tree.flatten(aux)
        for i, mask in masks.items():
            set_mask(outside[i], mask)
    for variable, new in zip(written, assigned, strict=True):
        variable.assign(new)
    return ((value, aux) if has_aux else value), gradients


def _scalar(value: Any) -> Any:
    value, e = to_native(value), engine()
    if tuple(value.shape) or not dtypes.is_float(e.dtype(value)):
        raise ValueError(
            "autodiff: the function must return one floating number, not a tensor "
            f"{e.dtype(value)}{list(value.shape)}. Reduce it (`ops.sum`, `ops.mean`), or use `autodiff.vjp`."
        )
    return value


def _parts(fn: Callable, args: tuple, positions: tuple[int, ...]) -> list[Any]:
    if any(not -len(args) <= i < len(args) for i in positions):
        raise ValueError(
            f"autodiff: `argnums` names the arguments {positions}, but {getattr(fn, '__name__', fn)} was "
            f"called with {len(args)} positional arguments."
        )
    return [args[i] for i in positions]


def _taken_in(x: Any) -> Any:
    """A NumPy array as a native one: what it meets in `fn` may record gradients."""
    return to_native(x) if isinstance(x, np.ndarray) else x


def _floating(leaf: Any) -> Any:
    x = leaf if isinstance(leaf, Variable) else to_native(leaf)
    dtype = x.dtype if isinstance(leaf, Variable) else engine().dtype(x)
    if not dtypes.is_float(dtype):
        raise ValueError(
            f"autodiff: gradients are taken by floating tensors, not {dtype}{list(x.shape)}. Cast it "
            "(`ops.cast`), or leave it out of `argnums`."
        )
    return x
