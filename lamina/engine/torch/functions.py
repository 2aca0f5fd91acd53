"""More elementwise functions on PyTorch: trigonometry, bits, complex numbers, searching."""

from __future__ import annotations

import torch

from lamina.engine.torch.arrays import (
    WIDE_UNSIGNED,
    also_unsigned,
    in_order,
    unsigned_by_int64,
    with_scalars,
)

tan, arcsin, arccos, arctan = torch.tan, torch.asin, torch.acos, torch.atan
sinh, cosh, arcsinh, arccosh, arctanh = (
    torch.sinh,
    torch.cosh,
    torch.asinh,
    torch.acosh,
    torch.atanh,
)
arctan2 = with_scalars(torch.atan2)

bitwise_and, bitwise_or = also_unsigned(torch.bitwise_and), also_unsigned(torch.bitwise_or)
bitwise_xor = also_unsigned(torch.bitwise_xor)
left_shift = also_unsigned(torch.bitwise_left_shift)
right_shift = also_unsigned(torch.bitwise_right_shift)

make_complex, real, imag, conj = torch.complex, torch.real, torch.imag, torch.conj_physical


def bitwise_not(x):
    if x.dtype in WIDE_UNSIGNED:
        return torch.bitwise_not(x.to(torch.int64)).to(x.dtype)
    return torch.bitwise_not(x)


def i0(x):
    return torch.i0(x)


def nextafter(x, y):
    return torch.nextafter(x, y)


def searchsorted(ordered, x, right):
    if x.dtype in WIDE_UNSIGNED:
        ordered, x = in_order(ordered), in_order(x)
    elif x.dtype is torch.bool:
        ordered, x = ordered.to(torch.uint8), x.to(torch.uint8)
    return torch.searchsorted(ordered.contiguous(), x.contiguous(), right=right, out_int32=True)


def argwhere(x):
    return torch.nonzero(x).to(torch.int32)


@unsigned_by_int64
def cumprod(x, axis):
    return torch.cumprod(x, axis, dtype=x.dtype)
