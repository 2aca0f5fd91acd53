"""The PyTorch engine: eager, on the graphics processor where there is one."""

import torch

from lamina.engine.contract import Engine, modules, named

ENGINE = Engine(
    named(
        torch,
        "negative abs exp expm1 log log1p sqrt rsqrt square sin cos tan tanh sigmoid erf erfc erfinv "
        "floor ceil round isfinite isnan logical_not where arcsin arccos arctan sinh cosh "
        "arcsinh arccosh arctanh real imag i0 nextafter reshape broadcast_to stack matmul",
    ),
    named(torch.special, "gammainc"),
    *modules(
        __name__,
        "convert arrays functions linalg nn random recurrent autodiff compile segments devices",
    ),
)
