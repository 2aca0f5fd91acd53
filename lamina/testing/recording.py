"""An engine that records: it writes down what is computed, so that another engine can compute it again.

It offers the core of the contract and no capability: an example of a partial engine.
"""

import sys
from types import SimpleNamespace

import optree

from lamina.engine import stepwise
from lamina.engine.contract import Engine, capability_of
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


def _mapped(kind, fn, tree):
    return optree.tree_map(lambda x: fn(x) if isinstance(x, kind) else x, tree)


def to_numpy(x):
    return x.value


def abstract(fn, *specs):
    return _numpy.abstract(lambda *xs: _mapped(Recorded, to_numpy, fn(*xs)), *specs)


def _recording(primitive):
    def call(*args, **named):
        values, named_values = _mapped(Recorded, to_numpy, (args, named))
        with using("numpy"):
            result = getattr(_numpy, primitive)(*values, **named_values)
        result = _mapped(_numpy.array_types, Recorded, result)
        if any(isinstance(x, Recorded) for x in optree.tree_leaves(result)):
            tape.append((primitive, args, named, result))
        return result

    return call


def replay(engine):
    """Compute all that is on the tape on another engine: its arrays by the `id` of those recorded."""
    arrays: dict = {}
    for primitive, args, named, result in tape:
        args, named = _mapped(Recorded, lambda x: arrays[id(x)], (args, named))
        again = optree.tree_leaves(getattr(engine, primitive)(*args, **named))
        arrays.update(zip(map(id, optree.tree_leaves(result)), again, strict=True))
    return arrays


_core = (
    name for name, member in vars(_numpy).items() if callable(member) and not capability_of(name)
)
ENGINE = Engine(
    SimpleNamespace(**{name: _recording(name) for name in _core}), stepwise, sys.modules[__name__]
)
