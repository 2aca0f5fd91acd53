"""Gradients on PyTorch by `torch.autograd`; flow is Python over concrete values."""

from __future__ import annotations

from contextvars import ContextVar

import optree
import torch
from torch.utils.checkpoint import checkpoint as recomputing

from lamina.engine import stepwise
from lamina.engine.abstractly import is_abstract
from lamina.engine.stepwise import custom_gradient_by

stop_gradient = torch.Tensor.detach
no_grad = torch.no_grad

# How many `value_and_grad` run their functions: one inside another must keep the outer graph.
_depth: ContextVar[int] = ContextVar("lamina_torch_depth", default=0)
depth = _depth.get


def _detached(x):
    return x.detach() if isinstance(x, torch.Tensor) else x


def _leaf(x, nested):
    """A tensor to differentiate by: of the graph around, if there is one."""
    return x.view_as(x) if nested and x.requires_grad else x.detach().requires_grad_()


def value_and_grad(fn):
    def run(values):
        nested = depth() > 0 and torch.is_grad_enabled()
        inputs = [_leaf(x, nested) for x in values]
        token = _depth.set(depth() + 1)
        try:
            with torch.enable_grad():
                value, aux = fn(inputs)
        finally:
            _depth.reset(token)
        gradients = _gradients(value, inputs, nested)
        if nested:
            return (value, aux), gradients
        return (_detached(value), optree.tree_map(_detached, aux)), gradients

    return run


def _gradients(value, inputs, nested):
    if not (inputs and isinstance(value, torch.Tensor) and value.requires_grad):
        return [torch.zeros_like(x) for x in inputs]
    return list(torch.autograd.grad(value, inputs, create_graph=nested, materialize_grads=True))


@custom_gradient_by
def custom_gradient(flat):
    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given):
            results, ctx.slopes = flat(*given)
            # New tensors: the function's closure may hold the result, which would hold its own graph.
            return tuple(_detached(x) for x in results)

        @staticmethod
        def backward(ctx, *upstream):
            return tuple(ctx.slopes(*upstream))

    return Custom.apply


def checkpoint(fn):
    def call(*args):
        if is_abstract() or not torch.is_grad_enabled():
            return fn(*args)
        # Draws come from explicit keys, so torch's own random state is not to be kept.
        return recomputing(fn, *args, use_reentrant=False, preserve_rng_state=False)

    return call


def vmap(fn):
    vectorized = torch.func.vmap(fn, randomness="different")
    one_by_one = stepwise.vmap(fn)

    def run(xs):
        if len(optree.tree_leaves(xs)[0]) == 0:
            return one_by_one(xs)
        try:
            return vectorized(xs)
        except RuntimeError:  # `fn` reads a value, say, which a batch does not have
            return one_by_one(xs)

    return run
