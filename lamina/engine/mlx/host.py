"""What MLX does not offer, computed by the NumPy engine on the host, with slopes, which NumPy's has not."""

import math
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import optree
from scipy import special

from lamina.engine import current
from lamina.engine.abstractly import is_abstract
from lamina.engine.contract import refusal
from lamina.engine.mlx.autodiff import custom_gradient
from lamina.engine.mlx.convert import DTYPES, asarray, to_numpy
from lamina.engine.stepwise import spec


def hosted(name: str) -> Callable[..., Any]:
    """The contract's member `name` as the NumPy engine has it."""

    def call(*args, **options):
        places = [i for i, x in enumerate(args) if isinstance(x, mx.array)]

        def compute(*arrays):
            given = list(args)
            for i, x in zip(places, arrays, strict=True):
                given[i] = x
            return getattr(current.engine(), name)(*given, **options)

        if is_abstract():
            specs = current.load("numpy").abstract(compute, *(spec(args[i]) for i in places))
            return optree.tree_map(lambda x: mx.zeros(x.shape, DTYPES[x.dtype]), specs)
        values = [_value(name, args[i]) for i in places]
        with current.using("numpy"):
            result = compute(*values)
        return optree.tree_map(asarray, result)

    return call


def _value(name, x):
    try:
        return to_numpy(x)
    except ValueError as error:  # within a transformation of MLX's own
        reason = "NumPy does it, outside of mx.compile and mx.vmap."
        raise refusal("mlx", name, reason) from error


def _smooth(name, slopes):
    """The member with its slopes: `slopes(*args)` are those by each argument."""
    compute = hosted(name)

    @custom_gradient
    def call(*args):
        return compute(*args), lambda upstream: [upstream * slope for slope in slopes(*args)]

    return call


def _by_scipy(fn, x):
    """A function of SciPy's that works on each element, for slopes."""
    if is_abstract():
        return x
    return asarray(fn(to_numpy(x.astype(mx.float32)))).astype(x.dtype)


_STEP = 1e-2


def _slopes_of_gammainc(a, x):
    above, below = (hosted("gammainc")(a + step, x) for step in (_STEP, -_STEP))
    density = mx.exp((a - 1) * mx.log(x) - x - _by_scipy(special.gammaln, a))
    return (above - below) / (2 * _STEP), density  # SciPy has no slope by `a`


i0 = _smooth("i0", lambda x: [_by_scipy(special.i1, x)])
erfc = _smooth("erfc", lambda x: [-2 / math.sqrt(math.pi) * mx.exp(-x * x)])
gammainc = _smooth("gammainc", _slopes_of_gammainc)
nextafter, argwhere = hosted("nextafter"), hosted("argwhere")
