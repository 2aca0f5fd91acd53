"""Bits, searching and transforms on PyTorch."""

import torch

from lamina.engine.torch.arrays import (
    also_unsigned,
    comparable,
    unsigned_by_int64,
)

bitwise_and, bitwise_or = also_unsigned(torch.bitwise_and), also_unsigned(torch.bitwise_or)
bitwise_xor = also_unsigned(torch.bitwise_xor)
left_shift = also_unsigned(torch.bitwise_left_shift)
right_shift = also_unsigned(torch.bitwise_right_shift)


bitwise_not = unsigned_by_int64(torch.bitwise_not)


def searchsorted(ordered, x, right):
    # Compared as they are, NaN would be before all.
    rank = _rank if x.dtype.is_floating_point else comparable
    ordered, x = rank(ordered), rank(x)
    return torch.searchsorted(ordered.contiguous(), x.contiguous(), right=right, out_int32=True)


def _rank(x):
    """Integers in the order of the floats `x`: both zeros are equal, NaN is the largest."""
    x = x if x.dtype == torch.float64 else x.float()
    bits = torch.int64 if x.dtype == torch.float64 else torch.int32
    x = torch.where(torch.isnan(x), torch.nan, x + 0.0).view(bits)
    return torch.where(x < 0, x ^ torch.iinfo(bits).max, x)


def argwhere(x):
    return torch.nonzero(x).to(torch.int32)


def _none_too(transform):
    """Decorate a transform of MKL's, which refuses an empty batch: transform a batch of one and cut it."""

    def call(x, *args, **kwargs):
        if x.numel():
            return transform(x, *args, **kwargs)
        one = transform(x.new_zeros([max(size, 1) for size in x.shape]), *args, **kwargs)
        return one[tuple(slice(None if size else 0) for size in x.shape)]

    return call


rfft, irfft = _none_too(torch.fft.rfft), _none_too(torch.fft.irfft)


@_none_too
def fft(x, axes):
    return torch.fft.fftn(x, dim=axes)


@_none_too
def ifft(x, axes):
    return torch.fft.ifftn(x, dim=axes)


@unsigned_by_int64
def cumprod(x, axis):
    return torch.cumprod(x, axis, dtype=x.dtype)
