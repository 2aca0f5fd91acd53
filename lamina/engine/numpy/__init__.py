"""The NumPy engine: eager and plain, the reference for values. It computes no gradients.

What NumPy does not have comes from SciPy, which JAX brings along.
"""

import numpy as np
from scipy import fft, special

from lamina.engine import philox, stepwise
from lamina.engine.contract import Engine, modules, named
from lamina.engine.numpy.arrays import binary
from lamina.engine.numpy.convert import in_single, quiet

ENGINE = Engine(
    named(
        np,
        "negative abs floor ceil round isfinite isnan logical_not logical_and logical_or real imag conj "
        "equal not_equal less less_equal greater greater_equal max min any "
        "bitwise_and bitwise_or bitwise_xor bitwise_not left_shift right_shift "
        "reshape transpose broadcast_to concatenate stack flip take take_along_axis copy=array",
    ),
    named(
        np,
        "sign exp expm1 log log1p sqrt square sin cos tan tanh arcsin arccos arctan sinh cosh "
        "arcsinh arccosh arctanh nextafter",
        quiet,
    ),
    named(
        np,
        "add subtract multiply divide floor_divide remainder power maximum minimum arctan2",
        binary,
    ),
    named(special, "erf erfc erfinv gammainc i0", in_single),
    named(fft, "rfft irfft fft=fftn ifft=ifftn"),
    named(philox, "uniform normal integers gamma binomial"),
    stepwise,
    *modules(__name__, "convert arrays linalg nn running segments"),
)
