"""The error function, which NumPy does not have.

W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969): near zero by x R(x^2), beyond by 1 - exp(-x^2) R(x). Full double precision.
"""

from __future__ import annotations

import numpy as np

from lamina.engine.numpy.convert import quiet

# Numerator and denominator, from the highest power down.
_CENTRE = (
    (
        1.85777706184603153e-1,
        3.16112374387056560,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ),
    (
        1.0,
        2.36012909523441209e1,
        2.44024637934444173e2,
        1.28261652607737228e3,
        2.84423683343917062e3,
    ),
)
MIDDLE = (
    (
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
        2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
        1.23033935479799725e3,
    ),
    (
        1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
        1.62138957456669019e3,
        3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ),
)  # fmt: skip
_NEAR = 0.46875
_ONE = 6.0  # from here on erf is one in double precision; Cody's third range only serves erfc


@quiet
def erf(x):
    wide = np.asarray(x, dtype=np.float64)
    size = np.abs(wide)
    centre = wide * ratio(_CENTRE, np.square(np.minimum(size, _NEAR)))
    bounded = np.minimum(size, _ONE)
    beyond = np.copysign(1 - np.exp(-np.square(bounded)) * ratio(MIDDLE, bounded), wide)
    result = np.where(size <= _NEAR, centre, beyond)
    return np.where(np.isnan(wide), wide, result).astype(x.dtype)


def ratio(coefficients, x):
    """The quotient of two polynomials."""
    above, below = (np.polyval(row, x) for row in coefficients)
    return above / below
