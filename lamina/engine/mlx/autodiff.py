"""Gradients on MLX, which records nothing unless asked; flow is Python over concrete values."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import mlx.core as mx
import optree

from lamina.engine import stepwise
from lamina.engine.stepwise import custom_gradient_by

no_grad, checkpoint = nullcontext, mx.checkpoint


def value_and_grad(fn):
    def run(values):
        if not values:
            return fn(values), []
        aux = None

        def scalar(values):
            nonlocal aux
            value, aux = fn(values)
            return value

        value, gradients = mx.value_and_grad(scalar)(list(values))
        return (value, aux), gradients

    return run


@custom_gradient_by
def custom_gradient(flat):
    def call(*args):
        places = [i for i, x in enumerate(args) if isinstance(x, mx.array)]
        arrays = [args[i] for i in places]
        kept: list[Callable] = []

        @mx.custom_function
        def compute(*arrays):
            given = list(args)
            for i, x in zip(places, arrays, strict=True):
                given[i] = x
            results, slopes = flat(*given)
            kept[:] = [slopes]
            return tuple(results)

        @compute.vjp  # pyright: ignore[reportFunctionMemberAccess]
        def _(primals, cotangents, outputs):
            slopes = kept[0](*cotangents)
            pairs = zip(arrays, (slopes[i] for i in places), strict=True)
            slopes = [mx.zeros_like(x) if slope is None else slope for x, slope in pairs]
            return slopes if len(slopes) > 1 else slopes[0]

        return compute(*arrays)

    return call


def _rows(x):
    return mx.unstack(x, axis=0)  # the slope of which is one array, not one for each row


scan = partial(stepwise.scan, rows=_rows)
cond, while_loop = stepwise.cond, stepwise.while_loop


def vmap(fn):
    vectorized, one_by_one = mx.vmap(fn), stepwise.vmap(fn, _rows)

    def run(xs):
        if len(optree.tree_leaves(xs)[0]) == 0:
            return one_by_one(xs)
        try:
            return vectorized(xs)
        except (
            ValueError,
            RuntimeError,
        ):  # a value is needed, or MLX has no such function of batches
            return one_by_one(xs)

    return run
