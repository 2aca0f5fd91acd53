"""Gradients on MLX, which records nothing unless asked; flow is Python over concrete values."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import mlx.core as mx
import optree

from lamina.engine import stepwise
from lamina.engine.mlx.convert import separated
from lamina.engine.stepwise import custom_gradient_by

no_grad, checkpoint = nullcontext, mx.checkpoint


def value_and_grad(fn):
    def run(values):
        if not values:
            return fn(values), []
        kept: list[Any] = []

        def scalar(values):
            kept[:] = fn(values)
            return kept[0]

        value, gradients = mx.value_and_grad(scalar)(list(values))
        return (value, kept[1]), gradients

    return run


@custom_gradient_by
def custom_gradient(flat):
    def call(*args):
        places, joined = separated(args)
        kept: list[Callable] = []

        @mx.custom_function
        def compute(*arrays):
            results, slopes = flat(*joined(arrays))
            kept[:] = [slopes]
            return tuple(results)

        @compute.vjp  # pyright: ignore[reportFunctionMemberAccess]
        def _(primals, cotangents, outputs):
            slopes = kept[0](*cotangents)
            slopes = [mx.zeros_like(args[i]) if slopes[i] is None else slopes[i] for i in places]
            return slopes if len(slopes) > 1 else slopes[0]

        return compute(*(args[i] for i in places))

    return call


# The slope of `mx.unstack` is one array, not one for each row.
scan = partial(stepwise.scan, rows=mx.unstack)


def vmap(fn):
    vectorized, one_by_one = mx.vmap(fn), stepwise.vmap(fn, mx.unstack)

    def run(xs):
        if len(optree.tree_leaves(xs)[0]) == 0:
            return one_by_one(xs)
        try:
            return vectorized(xs)
        # A value is needed, or MLX has no such function of batches.
        except (ValueError, RuntimeError):
            return one_by_one(xs)

    return run
