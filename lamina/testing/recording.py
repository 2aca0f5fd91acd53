"""An engine that records: it writes down what is computed, so that another engine can compute it again.

It offers the core of the contract and no capability: an example of a partial engine.
"""

from __future__ import annotations

import operator
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import optree

from lamina.engine import stepwise
from lamina.engine.contract import CAPABILITIES, Engine, primitives
from lamina.engine.current import load, using

name = "recording"
tape: list[tuple] = []  # primitive, arguments, named arguments, result

_numpy = load("numpy")


class Recorded:
    """An array on the tape; NumPy computes its value."""

    def __init__(self, value):
        self.value, self.shape, self.dtype = value, value.shape, value.dtype

    def __bool__(self):
        return bool(self.value)

    def __len__(self):
        return len(self.value)

    def __getitem__(self, key):
        return ENGINE.getitem(self, key)


array_types = (Recorded,)
outside_trace = nullcontext
cond, while_loop = stepwise.cond, stepwise.while_loop
scan, vmap = stepwise.scan, stepwise.vmap


_value = operator.attrgetter("value")


def _mapped(fn, *trees):
    return [
        optree.tree_map(lambda x: fn(x) if isinstance(x, Recorded) else x, tree) for tree in trees
    ]


def abstract(fn, *specs):
    return _numpy.abstract(lambda *xs: _mapped(_value, fn(*xs))[0], *specs)


def _recording(primitive):
    def call(*args, **named):
        values, named_values = _mapped(_value, args, named)
        with using("numpy"):
            result = getattr(_numpy, primitive)(*values, **named_values)
        if primitive not in (
            "to_numpy",
            "shape",
            "sizes",
            "dtype",
            "synchronize",
        ):  # these make no array
            result = optree.tree_map(Recorded, result)
            tape.append((primitive, args, named, result))
        return result

    return call


def replay(engine):
    """Compute all that is on the tape on another engine: its arrays by the `id` of those recorded."""
    arrays: dict = {}
    for primitive, args, named, result in tape:
        args, named = _mapped(lambda x: arrays[id(x)], args, named)
        again = getattr(engine, primitive)(*args, **named)
        arrays.update(
            zip(map(id, optree.tree_leaves(result)), optree.tree_leaves(again), strict=True)
        )
    return arrays


_optional = {group.__name__ for group in CAPABILITIES.values()}
_core = [name for group, names in primitives().items() if group not in _optional for name in names]
_functions = {name: _recording(name) for name in _core if callable(getattr(_numpy, name))}
ENGINE = Engine(SimpleNamespace(**_functions), sys.modules[__name__])
