"""Linear algebra on MLX: LAPACK on the host, with slopes, of which MLX has none.

A function under `_smooth` computes the slopes by the arguments of the member that has its name, from that by the
result, the result and the arguments.

Source of the slopes: Giles 2008, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation"; of R: Walter and Lehmann 2010.
"""

from collections.abc import Callable
from typing import Any

import mlx.core as mx

from lamina.engine.elimination import det as det, lu_factor as lu_factor, slogdet as slogdet
from lamina.engine.mlx.autodiff import custom_gradient
from lamina.engine.mlx.host import hosted, no_slope


def _smooth(slopes: Callable) -> Callable[..., Any]:
    compute = hosted(slopes.__name__)

    @custom_gradient
    def call(*args):
        result = compute(*args)
        return result, lambda upstream: slopes(upstream, result, *args)

    return call


def _t(x):
    return x.swapaxes(-1, -2)


@_smooth
def solve(up, x, a, b):
    slope = solve(_t(a), up)
    return -slope @ _t(x), slope


@_smooth
def solve_triangular(up, x, a, b, lower):
    slope = solve_triangular(_t(a), up, not lower)
    return (mx.tril if lower else mx.triu)(-slope @ _t(x)), slope, None


@_smooth
def cholesky(up, factor, x):
    upper, inner = _t(factor), mx.tril(_t(factor) @ up)
    inner = inner - mx.tril(mx.triu(inner)) / 2
    for _ in range(2):  # from the left, and transposed from the right
        inner = _t(solve_triangular(upper, inner, False))
    return ((inner + _t(inner)) / 2,)


def _inverse_gaps(values):
    """`1 / (values[j] - values[i])`, 0 on the diagonal."""
    gaps = values[..., None, :] - values[..., :, None]
    return mx.where(gaps == 0, 0, 1 / mx.where(gaps == 0, 1, gaps))


def _diagonal(values):
    return values[..., None] * mx.eye(values.shape[-1], dtype=values.dtype)


@_smooth
def eigh(up, result, x):
    values, vectors = result
    inner = _diagonal(up[0]) + _inverse_gaps(values) * (_t(vectors) @ up[1])
    slope = vectors @ inner @ _t(vectors)
    return ((slope + _t(slope)) / 2,)


@_smooth
def svd(up, result, x, full):
    if full:
        raise no_slope("svd of full matrices")
    (u, values, vh), (up_u, up_values, up_vh) = result, up
    scale, gaps = values[..., None, :], _inverse_gaps(values * values)
    of_u, of_v = _t(u) @ up_u, vh @ _t(up_vh)
    inner = _diagonal(up_values) + gaps * (of_u - _t(of_u)) * scale
    inner = inner + _t(scale) * (gaps * (of_v - _t(of_v)))
    beside_u = (up_u - u @ of_u) / scale
    beside_v = (_t(up_vh) - _t(vh) @ of_v) / scale
    return u @ inner @ vh + beside_u @ vh + u @ _t(beside_v), None


@_smooth
def singular_values(up, values, x):
    u, _, vh = svd(x, False)
    return ((u * up[..., None, :]) @ vh,)


@_smooth
def qr(up, result, x, mode):
    if mode == "complete" or x.shape[-1] > x.shape[-2]:
        raise no_slope("qr of a wide matrix, or of a complete Q")
    (q, r), (up_q, up_r) = result, up
    inner = r @ _t(up_r) - _t(up_q) @ q
    lower = mx.tril(inner, -1)
    inner = lower + _t(lower) + mx.tril(mx.triu(inner))
    return _t(solve_triangular(r, _t(up_q + q @ inner), False)), None


@_smooth
def eig(up, result, x):
    raise no_slope("eig")
