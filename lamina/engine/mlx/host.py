"""What MLX does not offer, computed by the NumPy engine on the host, with slopes, which NumPy's has not."""

import math
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np
import optree
from scipy import special

from lamina.engine import current
from lamina.engine.abstractly import is_abstract
from lamina.engine.contract import refusal
from lamina.engine.mlx.autodiff import custom_gradient
from lamina.engine.mlx.convert import DTYPES, asarray, dtype, separated, to_numpy
from lamina.engine.stepwise import spec


def hosted(name: str) -> Callable[..., Any]:
    """The contract's member `name` as the NumPy engine has it."""

    def call(*args, **options):
        places, joined = separated(args)

        def compute(*arrays):
            return getattr(current.engine(), name)(*joined(arrays), **options)

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
        raise refusal("mlx", name, "NumPy does it, not `mx.compile` or `mx.vmap`.") from error


def no_slope(what: str) -> NotImplementedError:
    """The error of a gradient that is not there."""
    return NotImplementedError(
        f"The engine 'mlx' has no gradient of {what}. The engine jax may have it."
    )


def _smooth(name, *slopes):
    """The member with its slopes by each argument."""

    @custom_gradient
    def call(*args):
        return hosted(name)(*args), lambda upstream: [upstream * by(*args) for by in slopes]

    return call


def _numeric(name, fn):
    """A slope of the member that is a function of NumPy arrays in double precision, and has none itself."""

    @custom_gradient
    def slope(*args):
        def refuse(upstream):
            raise no_slope(f"the gradient of {name}")

        if is_abstract():
            return args[0], refuse
        doubles = (to_numpy(x).astype(np.float64) for x in args)
        return asarray(fn(*doubles), dtype(args[0])), refuse

    return slope


def _density(a, x):
    return np.exp((a - 1) * np.log(x) - x - special.gammaln(a))


def _by_shape(a, x, step=1e-5):  # SciPy has no such slope
    return (special.gammainc(a + step, x) - special.gammainc(a - step, x)) / (2 * step)


i0 = _smooth("i0", _numeric("i0", special.i1))
erfc = _smooth("erfc", lambda x: -2 / math.sqrt(math.pi) * mx.exp(-x * x))
gammainc = _smooth("gammainc", *(_numeric("gammainc", fn) for fn in (_by_shape, _density)))
nextafter, argwhere = hosted("nextafter"), hosted("argwhere")
