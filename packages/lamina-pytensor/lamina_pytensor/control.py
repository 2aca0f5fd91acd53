"""Control flow as nodes of PyTensor's graph; where all arrays have values it is plain Python."""

from collections.abc import Callable
from typing import Any

import optree
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Constant, clone_get_equiv
from pytensor.graph.traversal import io_toposort
from pytensor.ifelse import ifelse

from lamina.engine import stepwise
from lamina.engine.current import engine
from lamina_pytensor.dispatch import has_symbol
from lamina_pytensor.symbols import Symbol, new_input, variable


def cond(predicate: Any, when_true: Callable, when_false: Callable) -> Any:
    if not isinstance(predicate, Symbol):
        return stepwise.cond(predicate, when_true, when_false)
    result = when_true()
    leaves, structure = optree.tree_flatten(result)
    others = optree.tree_leaves(when_false())
    chosen = ifelse(
        variable(predicate), [variable(x) for x in leaves], [variable(x) for x in others]
    )
    return optree.tree_unflatten(structure, list(map(_like, chosen, leaves)))


def scan(fn: Callable, init: Any, xs: Any, length: int) -> tuple[Any, Any]:
    starts, of_carry = optree.tree_flatten(init)
    columns, of_xs = optree.tree_flatten(xs)
    starts = [engine().asarray(x) for x in starts]
    if length == 0 or not has_symbol([starts, columns]):
        return stepwise.scan(fn, init, xs, length)
    rows = [new_input(x.shape[1:], x.dtype) for x in columns]
    carry = [new_input(x.shape, x.dtype) for x in starts]
    carried, y = fn(optree.tree_unflatten(of_carry, carry), optree.tree_unflatten(of_xs, rows))
    results, of_results = optree.tree_flatten(y)
    inside = [x.variable for x in (*rows, *carry)]
    computed = [variable(x) for x in (*optree.tree_leaves(carried), *results)]
    # Handed in by name: what PyTensor finds by itself it computes again inside, where no gradient leads out.
    outside = _from_outside(inside, computed)

    def step(*given: Any) -> list:
        memo = dict(zip([*inside, *outside], given, strict=True))
        memo = clone_get_equiv([*memo], computed, False, False, memo)
        return [memo[x] for x in computed]

    outputs = pytensor.scan(
        step,
        sequences=[variable(x) for x in columns],
        outputs_info=[*map(variable, starts)] + [None] * len(results),
        non_sequences=outside,
        n_steps=length,
        return_list=True,
        return_updates=False,
    )
    last = [_like(x[-1], y) for x, y in zip(outputs, starts, strict=False)]
    results = [Symbol(_known(x, (length, *x.type.shape[1:]))) for x in outputs[len(starts) :]]
    return optree.tree_unflatten(of_carry, last), optree.tree_unflatten(of_results, results)


def vmap(fn: Callable) -> Callable:
    one_by_one = stepwise.vmap(fn)

    def run(xs: Any) -> Any:
        leaves = optree.tree_leaves(xs)
        if not has_symbol(leaves):
            return one_by_one(xs)
        length = engine().shape(leaves[0])[0]
        return scan(lambda carry, x: (carry, fn(x)), None, xs, length)[1]

    return run


def _from_outside(inside: list, computed: list) -> list:
    """The variables from which, with those inside, others are computed: those of the graph around."""
    dependent, used = set(inside), dict.fromkeys(computed)
    for node in io_toposort(inside, computed):
        if dependent.intersection(node.inputs):
            dependent.update(node.outputs)
            used.update(dict.fromkeys(node.inputs))
    return [x for x in used if x not in dependent and not isinstance(x, Constant)]


def _like(x: Any, other: Any) -> Symbol:
    return Symbol(_known(x, variable(other).type.shape))


def _known(x: Any, shape: tuple) -> Any:
    return x if x.type.shape == tuple(shape) else pt.specify_shape(x, shape)
