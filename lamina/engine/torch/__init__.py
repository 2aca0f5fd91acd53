"""The PyTorch engine: eager, on the graphics processor where there is one."""

import torch

from lamina.engine import stepwise
from lamina.engine.contract import Engine, modules, named
from lamina.engine.memory import keep_freed

ENGINE = Engine(
    named(
        torch,
        "negative abs exp expm1 log log1p sqrt rsqrt square sin cos tan tanh sigmoid erf erfc erfinv "
        "floor ceil round isfinite isnan logical_not where arcsin arccos arctan sinh cosh "
        "arcsinh arccosh arctanh real imag i0 nextafter reshape broadcast_to stack matmul",
    ),
    named(
        torch,
        "make_complex=complex conj=conj_physical relu transpose=permute concatenate=cat copy=clone",
    ),
    named(torch.special, "gammainc"),
    named(torch.linalg, "det slogdet singular_values=svdvals qr svd eig eigh"),
    stepwise,
    *modules(
        __name__,
        "convert arrays functions linalg nn normalize random recurrent autodiff compile segments devices "
        "determinism native profile images",
    ),
)

keep_freed()
