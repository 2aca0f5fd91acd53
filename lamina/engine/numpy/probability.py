"""Functions of the normal and the gamma distribution, which NumPy does not have.

Computed in double precision. Sources: W. J. Cody, "Rational Chebyshev approximations for the error
function", Mathematics of Computation 23 (1969); NIST Digital Library of Mathematical Functions 7.17,
8.9 and 8.11 (inverse error function; incomplete gamma function by fraction and by series).
"""

from __future__ import annotations

import math

import numpy as np

from lamina.engine.numpy.convert import quiet
from lamina.engine.numpy.erf import MIDDLE, erf, ratio

_FAR = 4.0  # from here on Cody's second range is not as exact as the continued fraction
_log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])


@quiet
def erfc(x):
    wide = np.asarray(x, dtype=np.float64)
    size = np.abs(wide)
    bounded = np.clip(size, 0.46875, _FAR)
    middle = np.exp(-np.square(bounded)) * ratio(MIDDLE, bounded)
    tail = np.where(size < _FAR, middle, _far_erfc(np.maximum(size, _FAR)))
    tail = np.where(wide < 0, 2 - tail, tail)
    return np.where(size <= 0.46875, 1 - erf(wide), tail).astype(x.dtype)


def _far_erfc(x):
    """`exp(-x^2) / sqrt(pi)` times the continued fraction 1/(x + (1/2)/(x + 1/(x + (3/2)/...)))."""
    fraction = x
    for k in range(40, 0, -1):
        fraction = x + k / 2 / fraction
    return np.exp(-np.square(x)) / (fraction * math.sqrt(math.pi))


@quiet
def erfinv(x):
    wide = np.asarray(x, dtype=np.float64)
    inside = np.clip(np.abs(wide), 0, 1 - 2.0**-53)
    # Winitzki's closed form is within 0.002; each of Halley's steps triples the correct digits.
    log = np.log1p(-np.square(inside))
    half = 2 / (math.pi * 0.147) + log / 2
    y = np.sqrt(np.sqrt(np.square(half) - log / 0.147) - half)
    for _ in range(3):
        # Near one the difference of erf would cancel; that of erfc does not.
        off = np.where(inside < 0.5, erf(y) - inside, (1 - inside) - erfc(y))
        step = off / (2 / math.sqrt(math.pi) * np.exp(-np.square(y)))
        y = y - step / (1 + y * step)
    y = np.where(np.abs(wide) == 1, np.inf, np.where(np.abs(wide) > 1, np.nan, y))
    return np.where(np.isnan(wide), wide, np.copysign(y, wide)).astype(x.dtype)


@quiet
def gammainc(a, x):
    shape, power = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    valid = (shape > 0) & (power >= 0) & np.isfinite(shape) & np.isfinite(power)
    a_in, x_in = np.where(valid, shape, 1), np.where(valid & (power > 0), power, 1)
    front = np.exp(a_in * np.log(x_in) - x_in - _log_gamma(a_in))
    low = x_in < a_in + 1
    result = np.where(low, front * _series(a_in, np.where(low, x_in, 1)), 0)
    result = np.where(low, result, 1 - front * _fraction(a_in, np.where(low, a_in + 1, x_in)))
    result = np.where(power == 0, 0, np.where(np.isposinf(power), 1, result))
    bad = ~((shape > 0) & (power >= 0)) | np.isposinf(shape)
    return np.where(bad, np.nan, result).astype(x.dtype)


def _series(a, x):
    """The sum of `x^n / (a (a + 1) ... (a + n))`."""
    term = total = 1 / a
    n = 0
    while np.any(np.abs(term) > np.abs(total) * 1e-16):
        n += 1
        term = term * x / (a + n)
        total = total + term
    return total


def _fraction(a, x):
    """The continued fraction of Q(a, x), by Lentz's method in Thompson and Barnett's form."""
    b = x + 1 - a
    c, d = np.full_like(b, 1e300), 1 / b
    result, i, change = d, 0, np.zeros_like(b)
    while np.any(np.abs(change - 1) > 1e-15) and i < 100_000:
        i += 1
        numerator, b = -i * (i - a), b + 2
        d = 1 / _not_zero(numerator * d + b)
        c = _not_zero(b + numerator / c)
        change = c * d
        result = result * change
    return result


def _not_zero(x):
    return np.where(np.abs(x) < 1e-300, 1e-300, x)
