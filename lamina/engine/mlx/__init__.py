"""The MLX engine: Apple's library, on the graphics processor of a Mac, on the processor elsewhere.

What MLX has not is computed on the host by the NumPy engine (`host.py`).
"""

import mlx.core as mx

from lamina.engine import stepwise
from lamina.engine.contract import Engine, modules, named

ENGINE = Engine(
    named(
        mx,
        "negative abs exp expm1 log log1p sqrt rsqrt square sin cos tan tanh sigmoid erfinv floor ceil round "
        "isfinite isnan logical_not arcsin arccos arctan sinh cosh arcsinh arccosh arctanh arctan2 real imag "
        "conj=conjugate add subtract multiply divide floor_divide remainder power equal not_equal less "
        "less_equal greater greater_equal logical_and logical_or bitwise_and bitwise_or bitwise_xor "
        "bitwise_not=bitwise_invert left_shift right_shift reshape transpose broadcast_to "
        "concatenate stack flip copy=array stop_gradient",
    ),
    named(mx.fft, "fft=fftn ifft=ifftn rfft irfft"),
    stepwise,
    *modules(__name__, "convert devices arrays host linalg nn segments random autodiff running"),
)
