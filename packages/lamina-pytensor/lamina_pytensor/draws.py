"""Draws from an explicit key: in programs, too, NumPy's Philox makes them, on the host."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch import basic

from lamina.engine import philox
from lamina_pytensor.dispatch import has_symbol
from lamina_pytensor.symbols import Symbol, known, variable


class Draw(Op):
    """A draw of `philox.py`: its name, the arguments behind the arrays, and what comes out."""

    __props__ = ("name", "arguments", "shape", "dtype")

    def __init__(self, name: str, arguments: tuple, shape: tuple, dtype: str):
        self.name, self.arguments, self.shape, self.dtype = name, arguments, shape, dtype

    def make_node(self, *inputs: Any) -> Apply:
        return Apply(self, list(inputs), [pt.tensor(shape=self.shape, dtype=self.dtype)])

    def compute(self, inputs: Any) -> np.ndarray:
        drawn = getattr(philox, self.name)(*inputs, *self.arguments)
        return np.asarray(drawn, self.dtype)

    def perform(self, node: Any, inputs: Any, outputs: Any) -> None:
        outputs[0][0] = self.compute(inputs)

    def connection_pattern(self, node: Any) -> list:
        return [[False] for _ in node.inputs]


@basic.register_funcify_default_op_cache_key(Draw)
def _in_numba(op: Draw, node: Any, **_: Any) -> Any:
    kind = basic.get_numba_type(node.outputs[0].type)
    compute = op.compute

    @basic.numba_njit
    def draw(*inputs):
        with numba.objmode(result=kind):
            result = compute(inputs)
        return result

    return draw


def _draw(name: str) -> Any:
    on_values = getattr(philox, name)

    def draw(*args: Any) -> Any:
        arrays = [x for x in args if isinstance(x, (Symbol, np.ndarray))]
        if not has_symbol(arrays):
            return on_values(*args)
        rest = args[len(arrays) :]  # shape, ..., dtype; without them, those of the last array
        shape, dtype = (rest[0], rest[-1]) if rest else (arrays[-1].shape, arrays[-1].dtype.name)
        rest = tuple(tuple(x) if isinstance(x, list) else x for x in rest)
        return Symbol(Draw(name, rest, tuple(shape), known(dtype))(*map(variable, arrays)))

    return draw


uniform, normal, integers = map(_draw, ("uniform", "normal", "integers"))
gamma, binomial = map(_draw, ("gamma", "binomial"))
