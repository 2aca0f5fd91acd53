"""Gradients and control flow on PyTorch: `torch.autograd`, and Python over concrete values."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import optree
import torch

from lamina.engine.torch.compile import abstract
from lamina.engine.torch.devices import DTYPES, device, is_tracing

stop_gradient = torch.Tensor.detach
no_grad = torch.no_grad

# True while a `value_and_grad` runs its function: one inside another must keep the outer graph.
_recording: ContextVar[bool] = ContextVar("lamina_torch_recording", default=False)


def _detached(x):
    return x.detach() if isinstance(x, torch.Tensor) else x


def _refill(tree, leaves):
    """`tree` with other leaves, in their order."""
    return optree.tree_unflatten(optree.tree_structure(tree), leaves)


def _leaf(x, nested):
    """A tensor to differentiate by: of the graph around, if there is one."""
    return x.view_as(x) if nested and x.requires_grad else x.detach().requires_grad_()


def value_and_grad(fn):
    def run(values):
        nested = _recording.get() and torch.is_grad_enabled()
        inputs = [_leaf(x, nested) for x in values]
        token = _recording.set(True)
        try:
            with torch.enable_grad():
                value, aux = fn(inputs)
        finally:
            _recording.reset(token)
        gradients = _gradients(value, inputs, nested)
        if nested:
            return (value, aux), gradients
        return (_detached(value), optree.tree_map(_detached, aux)), gradients

    return run


def _gradients(value, inputs, nested):
    if not (inputs and isinstance(value, torch.Tensor) and value.requires_grad):
        return [torch.zeros_like(x) for x in inputs]
    return list(torch.autograd.grad(value, inputs, create_graph=nested, materialize_grads=True))


def custom_gradient(fn):
    def call(*args: Any):
        tree: Any = args
        seen: list[Any] = []  # the result of `fn`, for its structure

        class Custom(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *flat):
                result, ctx.backward_of_fn = fn(*_refill(args, list(flat)))
                seen.append(result)
                # New tensors: `fn`'s closure may hold the result, which would hold its own graph.
                return tuple(_detached(x) for x in optree.tree_leaves(result))

            @staticmethod
            def backward(ctx, *upstream):
                gradients = ctx.backward_of_fn(_refill(seen[0], list(upstream)))
                if len(args) == 1 and not isinstance(gradients, (list, tuple)):
                    gradients = (gradients,)
                return tuple(_by_leaf(args, gradients))

        flat_result = Custom.apply(*optree.tree_leaves(tree))
        return _refill(seen[0], list(flat_result))

    return call


def _by_leaf(args, gradients):
    """One gradient per leaf of `args`; `None` for an arg means none for all of its leaves."""
    for arg, gradient in zip(args, gradients, strict=True):
        yield from (
            [None] * len(optree.tree_leaves(arg))
            if gradient is None
            else optree.tree_leaves(gradient)
        )


def cond(predicate, when_true, when_false):
    # A trace has no values: the branches agree in shape, so either will do.
    return when_true() if is_tracing() or bool(predicate) else when_false()


def while_loop(condition, body, state):
    state = tuple(state)
    if is_tracing():
        return tuple(body(*state))
    while bool(condition(*state)):
        state = tuple(body(*state))
    return state


def vmap(fn):
    vectorized = torch.func.vmap(fn, randomness="different")

    def run(xs):
        length = len(optree.tree_leaves(xs)[0])
        if length == 0:
            return _one_by_one(fn, xs, length)
        try:
            return vectorized(xs)
        except RuntimeError:  # `fn` reads a value, say, which a batch does not have
            return _one_by_one(fn, xs, length)

    return run


def _one_by_one(fn, xs, length):
    return scan(lambda carry, x: (carry, fn(x)), None, xs, length)[1]


def scan(fn, init, xs, length):
    if length == 0:
        return init, _no_results(fn, init, xs)
    rows = [x.unbind(0) for x in optree.tree_leaves(xs)]
    carry, y, results = init, None, []
    for i in range(1 if is_tracing() else length):
        carry, y = fn(carry, _refill(xs, [row[i] for row in rows]))
        results.append(optree.tree_leaves(y))
    stacked = [torch.stack(column) for column in zip(*results, strict=True)]
    if is_tracing():
        stacked = [x.expand(length, *x.shape[1:]) for x in stacked]
    return carry, _refill(y, stacked)


def _no_results(fn, init, xs):
    """What a scan of length 0 stacks: arrays of the right dtype and shape, without rows."""
    one = optree.tree_map(lambda x: torch.empty(x.shape[1:], dtype=x.dtype, device=x.device), xs)
    specs: Any = abstract(lambda: fn(init, one)[1])
    return optree.tree_map(
        lambda spec: torch.empty((0, *spec.shape), dtype=DTYPES[spec.dtype], device=device()), specs
    )
