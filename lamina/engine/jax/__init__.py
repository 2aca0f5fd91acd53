"""The JAX engine: everything compiles, many steps run in one call."""

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from lamina.engine.contract import Engine, modules, named
from lamina.engine.jax.arrays import in_single
from lamina.engine.jax.compile_cache import keep_programs
from lamina.engine.memory import keep_freed

ENGINE = Engine(
    named(
        jnp,
        "negative sign exp expm1 log log1p sqrt square sin cos tan tanh floor ceil round isfinite isnan "
        "arcsin arccos arctan sinh cosh arcsinh arccosh arctanh arctan2 nextafter real imag conj "
        "add subtract multiply divide floor_divide remainder power maximum minimum "
        "equal not_equal less less_equal greater greater_equal logical_not logical_and logical_or where "
        "bitwise_and bitwise_or bitwise_xor bitwise_not left_shift right_shift max min any "
        "reshape transpose broadcast_to concatenate stack flip copy take_along_axis matmul einsum",
    ),
    named(jnp.fft, "rfft irfft fft=fftn ifft=ifftn"),
    named(jnp.linalg, "det slogdet solve qr svd eig eigh singular_values=svdvals"),
    named(lax, "rsqrt erf erfc sigmoid=logistic make_complex=complex stop_gradient"),
    named(special, "i0 erfinv gammainc", in_single),
    *modules(
        __name__,
        "arrays linalg convolution pooling nn recurrent random autodiff compile stepping repeat segments derivatives "
        "devices determinism native profile",
    ),
)

keep_freed(in_threads=True)
keep_programs()
