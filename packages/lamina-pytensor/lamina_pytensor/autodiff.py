"""Gradients, by PyTensor's graph of them."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytensor
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, disconnected_grad, disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.rewriting.basic import register_canonicalize

from lamina.engine.stepwise import custom_gradient_by
from lamina_pytensor.dispatch import has_symbol
from lamina_pytensor.program import run_once
from lamina_pytensor.symbols import Symbol, variable

no_grad = nullcontext  # nothing is recorded unless a program is made


def value_and_grad(fn: Callable) -> Callable:
    def run(values: list) -> Any:
        if not values:
            return fn([]), []
        if not has_symbol(values):
            # Arrays have values, and lose them for a program that runs once.
            return run_once(run, values)
        # Variables of their own: one that `fn` gets in another way counts as a constant there.
        inputs = [Symbol(pt.identity(variable(x))) for x in values]
        value, aux = fn(inputs)
        return (value, aux), _gradients(value, inputs)

    return run


def _gradients(value: Any, inputs: list[Symbol]) -> list:
    at = [x.variable for x in inputs]
    how = {"disconnected_inputs": "ignore", "return_disconnected": "zero"}
    gradients = pytensor.grad(variable(value), at, **how)
    return [
        Symbol(pt.specify_shape(pt.cast(g, x.dtype), x.type.shape))
        for g, x in zip(gradients, at, strict=True)
    ]


def stop_gradient(x: Any) -> Any:
    return Symbol(disconnected_grad(x.variable)) if isinstance(x, Symbol) else x


def checkpoint(fn: Callable) -> Callable:
    """`fn` itself: PyTensor would merge what is computed again with what was computed."""
    return fn


class WithSlopes(Op):
    """Its last inputs, the results, as functions of the first with slopes of one's own.

    Args:
        count: of the arguments, which stand first.
        slopes: the gradients by these of those of the results.
    """

    def __init__(self, count: int, slopes: Callable):
        self.count, self.slopes = count, slopes

    def make_node(self, *inputs: Any) -> Apply:
        return Apply(self, list(inputs), [x.type() for x in inputs[self.count :]])

    def perform(self, node: Any, inputs: Any, outputs: Any) -> None:
        for cell, x in zip(outputs, inputs[self.count :], strict=True):
            cell[0] = x.copy()

    def pullback(self, inputs: Any, outputs: Any, upstream: Any) -> list:
        zeros = [pt.zeros(y.type.shape, y.dtype) for y in outputs]
        pairs = zip(upstream, zeros, strict=True)
        given = [Symbol(zero if isinstance(g.type, DisconnectedType) else g) for g, zero in pairs]
        slopes = [disconnected_type() if g is None else variable(g) for g in self.slopes(*given)]
        return slopes + [disconnected_type() for _ in outputs]

    def connection_pattern(self, node: Any) -> list:
        return [[i < self.count] * len(node.outputs) for i in range(len(node.inputs))]


@register_canonicalize("fast_compile")
@node_rewriter([WithSlopes])
def slopes_are_known(fgraph: Any, node: Any) -> list:
    """Once gradients are there, the results are what they are."""
    return node.inputs[node.op.count :]


@custom_gradient_by
def custom_gradient(flat: Callable) -> Callable:
    def call(*arrays: Any) -> list:
        results, slopes = flat(*arrays)
        if not has_symbol(arrays):
            return results
        stopped = [disconnected_grad(variable(x)) for x in results]
        outputs = WithSlopes(len(arrays), slopes)(
            *map(variable, arrays), *stopped, return_list=True
        )
        return [*map(Symbol, outputs)]

    return call
