"""Gradients for code that reads and assigns Variables, on any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.core.scope import StatelessScope
from lamina.core.variable import Variable
from lamina.engine.current import engine


def value_and_grad(fn: Callable, variables: Sequence[Variable], has_aux: bool = False) -> Callable:
    """A function that calls `fn` and also gives the gradients of its result.

    Whatever `fn` assigns (moving averages, keys of random draws, metrics) is assigned once, after
    the gradients are known.

    Args:
        fn: returns a scalar, or `(scalar, aux)` with `has_aux`; `aux` is any tree of arrays.
        variables: with respect to which the gradients are taken.

    Returns:
        A function of the same arguments giving `(value, gradients)`, where value is what `fn`
        returns and gradients are in the order of `variables`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([3.0])
        >>> value, (gradient,) = value_and_grad(lambda: lamina.ops.sum(v * v), [v])()
        >>> float(value), gradient.tolist()
        (9.0, [6.0])
    """

    def call(*args: Any, **kwargs: Any) -> tuple[Any, list[Any]]:
        written: list[Variable] = []

        def pure(values: list[Any]) -> tuple[Any, Any]:
            with StatelessScope(zip(variables, values, strict=True), collect_losses=True) as inside:
                result = fn(*args, **kwargs)
            value, aux = result if has_aux else (result, None)
            written[:] = inside.written.values()
            return value, (aux, [inside.get_current_value(v) for v in written])

        (value, (aux, assigned)), grads = engine().value_and_grad(pure)(
            [v.value for v in variables]
        )
        for variable, new in zip(written, assigned, strict=True):
            variable.assign(new)
        return ((value, aux) if has_aux else value), grads

    return call
