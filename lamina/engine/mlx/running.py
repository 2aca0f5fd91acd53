"""Running on MLX: arrays are computed when they are needed; a program's results as soon as it has been called."""

from contextlib import suppress
from functools import partial
from typing import Any

import mlx.core as mx
import numpy as np
import optree

from lamina.engine.abstractly import abstractly
from lamina.engine.mlx.convert import DTYPES, asarray
from lamina.engine.repeating import STEPS_PER_CALL, one_by_one
from lamina.engine.stepwise import spec

compiles_by_shape = False
steps_per_call = STEPS_PER_CALL  # it costs nothing, and spares the training loop's own work


class _Traced(BaseException):
    """Ends a trace of MLX's, whose program nobody wants, with the result's shapes."""


def abstract(fn, *specs):
    def traced(*leaves):
        result = fn(*optree.tree_unflatten(structure, leaves))
        raise _Traced(optree.tree_map(spec, result))

    tree: Any = specs
    leaves, structure = optree.tree_flatten(tree)
    inputs = [mx.zeros(leaf.shape, DTYPES[leaf.dtype]) for leaf in leaves]  # never computed
    with abstractly(needs_value=r"^ValueError: \[(async_)?eval\]|'array' object has no attribute"):
        try:
            mx.compile(traced)(*inputs)
        except _Traced as end:
            return end.args[0]


outside_trace = partial(abstractly, False)


def is_traced(x):
    """The contract's `is_traced`; what has a value has computed it now, so that no graph grows behind it."""
    try:
        mx.eval(x)
    except ValueError:
        return True
    return False


def compile(fn):
    # `mx.compile` gains nothing on a processor, and its first call takes seconds.
    def run(*args):
        tree: Any = args
        result = fn(*optree.tree_map(lambda x: asarray(x) if isinstance(x, _OF_NUMPY) else x, tree))
        arrays = [x for x in optree.tree_leaves(result) if isinstance(x, mx.array)]
        with suppress(ValueError):  # it is within a transformation of MLX's own
            mx.async_eval(arrays)  # also so that another thread can read them
        return result

    return run


_OF_NUMPY = (np.ndarray, np.generic)


def repeat(step):
    return partial(one_by_one, compile(step))


def make_deterministic(on):
    if on and mx.default_device() == mx.gpu:
        raise NotImplementedError(
            "The engine mlx does not promise the same bits on a graphics processor. Compute on the processor, in "
            'lamina.device("cpu"), or on another engine.'
        )
