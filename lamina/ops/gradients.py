"""Custom gradients, and derivatives along a direction."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from lamina.core import dtypes, tree
from lamina.core.higher_order import higher_order, natives
from lamina.core.scope import StatelessScope
from lamina.engine.current import engine

__all__ = ["custom_gradient", "jvp"]


def custom_gradient(f: Callable) -> Callable:
    """Return `f` with a gradient that `f` itself defines.

    Args:
        f: `(*args) -> (result, backward)`, where `backward(upstream)` gives the gradient by each of
            `args` (`None`: zero), `upstream` being that of the result, a tree like it.

    Returns:
        A function `(*args) -> result` of tensors.

    Example:
        >>> from lamina import ops
        >>> @ops.custom_gradient
        ... def log1pexp(x):
        ...     e = ops.exp(x)
        ...     return ops.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))
        >>> lamina.autodiff.grad(log1pexp)(np.float32(100)).item()
        1.0
    """

    def native(*args: Any) -> tuple[Any, Callable]:
        result, backward = f(*args)

        def gradients(upstream: Any) -> tuple:
            slopes = backward(upstream)
            slopes = tuple(slopes) if isinstance(slopes, (list, tuple)) else (slopes,)
            if len(slopes) != len(args):
                raise ValueError(
                    f"ops.custom_gradient: {getattr(f, '__name__', f)} has {len(args)} arguments, but "
                    f"its gradient function gives {len(slopes)} gradients. Give one each (or `None`)."
                )
            return natives(slopes)

        return natives(result), gradients

    @higher_order
    @functools.wraps(f)
    def call(*args: Any) -> Any:
        return engine().custom_gradient(native)(*natives(args))

    return call


@higher_order
def jvp(
    fun: Callable, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple:
    """Return `fun(*primals)` and its derivative along `tangents`.

    Assignments to Variables within `fun` are dropped.

    Args:
        fun: of trees of tensors; gives a tree of tensors, or `(tree, aux)` with `has_aux`.
        primals: its arguments, floating.
        tangents: a direction, of the same structure, shapes and dtypes.

    Returns:
        `(value, derivative)`, or `(value, derivative, aux)`.

    Raises:
        TypeError: `primals` or `tangents` is not a list or tuple.
        ValueError: their structures, shapes or dtypes differ.
        NotImplementedError: the engine computes no gradients.

    Example:
        >>> value, slope = jvp(lambda x: x * x, (np.float32(3),), (np.float32(2),))
        >>> float(value), float(slope)
        (9.0, 12.0)
    """
    for name, values in (("primals", primals), ("tangents", tangents)):
        if not isinstance(values, (list, tuple)):
            raise TypeError(
                f"ops.jvp: `{name}` must be a list or tuple, one per argument, not {values!r}."
            )
    primals, tangents = natives(tuple(primals)), natives(tuple(tangents))
    if _facts(primals) != _facts(tangents):
        raise ValueError(
            "ops.jvp: `primals` and `tangents` must have one structure, and equal shapes and dtypes, "
            f"not {_facts(primals)} and {_facts(tangents)}."
        )
    pure = _pure(fun, has_aux)
    run = engine().overrides.get("jvp", _by_two_backward_passes)
    value, slope, aux = run(pure, tuple(primals), tuple(tangents))
    return (value, slope, aux) if has_aux else (value, slope)


def _pure(fn: Callable, has_aux: bool) -> Callable[..., tuple[Any, Any]]:
    """Return a function that gives `(value, aux)` of `fn` as native arrays; what it assigns to Variables is dropped."""

    def pure(*args: Any) -> tuple[Any, Any]:
        with StatelessScope(collect_losses=True):
            result = fn(*args)
        value, aux = result if has_aux else (result, None)
        return natives(value), aux

    return pure


def _facts(structure: Any) -> Any:
    """Describe each leaf by dtype and shape, for comparisons and messages."""
    return tree.map_structure(lambda x: f"{engine().dtype(x)}{list(x.shape)}", structure)


def _by_two_backward_passes(
    pure: Callable, primals: tuple, tangents: tuple
) -> tuple[Any, Any, Any]:
    """Differentiate a vector-Jacobian product by its vector, in which it is linear."""
    e = engine()
    value, aux = pure(*primals)
    outputs = tree.flatten(value)
    slopes = [e.full(tuple(y.shape), 0, e.dtype(y)) for y in outputs]
    floats = [i for i, y in enumerate(outputs) if dtypes.is_float(e.dtype(y))]

    def along(vectors: list) -> tuple[Any, None]:
        def product(values: list) -> tuple[Any, None]:
            results = tree.flatten(pure(*tree.pack_like(primals, values))[0])
            return _weighted([results[i] for i in floats], vectors), None

        _, gradients = e.value_and_grad(product)(tree.flatten(primals))
        return _weighted(gradients, tree.flatten(tangents)), None

    _, derivatives = e.value_and_grad(along)([slopes[i] for i in floats])
    for i, slope in zip(floats, derivatives, strict=True):
        slopes[i] = slope
    return value, tree.pack_like(value, slopes), aux


def vjp(fn: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """Return `fn(*primals)`, and a function from a cotangent of it to the gradients by `primals`.

    Assignments to Variables within `fn` are dropped. On engines other than JAX, `fn` runs again for each cotangent.

    Args:
        fn: of trees of floating tensors; gives a tree of tensors, or `(tree, aux)` with `has_aux`.

    Returns:
        `(value, pullback)` or `(value, pullback, aux)`; `pullback(cotangent)` takes a tree like
        `value` and gives a tuple of trees like `primals`.

    Raises:
        NotImplementedError: by `pullback`, if the engine computes no gradients.

    Example:
        >>> value, pullback = lamina.autodiff.vjp(lambda x, y: x * y, np.float32(3), np.float32(5))
        >>> float(value), [float(x) for x in pullback(np.float32(2))]
        (15.0, [10.0, 6.0])
    """
    primals = natives(primals)
    pure = _pure(fn, has_aux)
    value, pullback, aux = engine().overrides.get("vjp", _by_gradients)(pure, primals)

    def checked(cotangent: Any) -> tuple:
        cotangent = natives(cotangent)
        if _facts(value) != _facts(cotangent):
            raise ValueError(
                f"autodiff.vjp: the cotangent must be like the value, {_facts(value)}, not "
                f"{_facts(cotangent)}."
            )
        return pullback(cotangent)

    return (value, checked, aux) if has_aux else (value, checked)


def _by_gradients(pure: Callable, primals: tuple) -> tuple[Any, Callable, Any]:
    value, aux = pure(*primals)

    def pullback(cotangent: Any) -> tuple:
        e = engine()

        def product(values: list) -> tuple[Any, None]:
            outputs = tree.flatten(pure(*tree.pack_like(primals, values))[0])
            pairs = zip(outputs, tree.flatten(cotangent), strict=True)
            floats = [pair for pair in pairs if dtypes.is_float(e.dtype(pair[0]))]
            return _weighted(*zip(*floats, strict=True)), None

        _, gradients = e.value_and_grad(product)(tree.flatten(primals))
        return tree.pack_like(primals, gradients)

    return value, pullback, aux


def _weighted(xs: Sequence[Any], weights: Sequence[Any]) -> Any:
    """Sum all elements of `xs` times `weights`."""
    e = engine()
    terms = [e.sum(e.multiply(x, w)) for x, w in zip(xs, weights, strict=True)]
    return functools.reduce(e.add, terms)
