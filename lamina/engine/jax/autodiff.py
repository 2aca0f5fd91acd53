"""Gradients and control flow on JAX."""

from contextlib import nullcontext

import jax
from jax import lax

from lamina.engine.jax.order import as_written

no_grad = nullcontext  # JAX records nothing unless asked


class _Noted:
    """`fn`, whose last result is kept: its dicts show the order in which they were written."""

    def __init__(self, fn):
        self.fn = fn

    def __call__(self, *args):
        self.result = self.fn(*args)
        return self.result


def value_and_grad(fn):
    def call(values):
        noted = _Noted(fn)
        (value, aux), gradients = jax.value_and_grad(noted, has_aux=True)(values)
        return (value, as_written(aux, noted.result[1])), gradients

    return call


def _ordered(transform, fn, args, written=lambda result: result):
    noted = _Noted(fn)
    return as_written(transform(noted)(*args), written(noted.result))


def custom_gradient(fn):
    return lambda *args: _ordered(jax.custom_gradient, fn, args, lambda result: result[0])


def checkpoint(fn):
    return lambda *args: _ordered(jax.checkpoint, fn, args)


def vmap(fn):
    return lambda xs: _ordered(jax.vmap, fn, (xs,))


def cond(predicate, when_true, when_false):
    noted = _Noted(when_true)
    return as_written(lax.cond(predicate, noted, when_false), noted.result)


def while_loop(condition, body, state):
    state = tuple(state)
    result = lax.while_loop(lambda s: condition(*s), lambda s: tuple(body(*s)), state)
    return as_written(result, state)


def scan(fn, init, xs, length):
    noted = _Noted(fn)
    if not isinstance(length, int):  # a size without a value, in an export; it is that of `xs`
        length = None
    return as_written(lax.scan(noted, init, xs, length=length), (init, noted.result[1]))
