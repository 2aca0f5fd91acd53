"""Arrays on PyTorch: mostly `torch` itself, with NumPy's signatures and no promotion.

The names of the contract shadow builtins here (`sum`, `max`, `any`): nothing in this file uses
those.
"""

import operator

import torch
from torch.nn import functional

from lamina.engine.torch.devices import DTYPES, current_device
from lamina.engine.torch.indexing import getitem as getitem
from lamina.engine.widening import by_way_of

# Creation


def full(shape, value, dtype):
    if isinstance(value, torch.Tensor):
        return value.to(DTYPES[dtype]).expand(shape).clone()
    return torch.full(shape, value, dtype=DTYPES[dtype], device=current_device())


def arange(start, stop, step, dtype):
    if (stop - start) * step < 0:  # torch refuses instead
        stop = start
    return torch.arange(start, stop, step, dtype=DTYPES[dtype], device=current_device())


# Elementwise


def sign(x):
    if x.is_complex():
        return torch.sgn(x)
    # torch gives 0 for NaN, which would hide it.
    return torch.where(x == x, torch.sign(x), x) if x.is_floating_point() else torch.sign(x)


# Binary: Python's operators take a scalar on either side, `torch.add` only on the right.


# What torch does with bits alone it does in the signed type of the same width.
_SIGNED = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}
WIDE_UNSIGNED = tuple(_SIGNED)


def also_unsigned(fn):
    """`fn`, which torch lacks for unsigned types wider than a byte, for those too, in 64 bits."""

    def call(x, y):
        try:
            return fn(x, y)
        except NotImplementedError:
            like = x if isinstance(x, torch.Tensor) else y
            if like.dtype not in _SIGNED:
                raise
            wide = [z.to(torch.int64) if isinstance(z, torch.Tensor) else z for z in (x, y)]
            result = fn(*wide)
            return result if result.dtype is torch.bool else result.to(like.dtype)

    return call


add, subtract, multiply = also_unsigned(operator.add), also_unsigned(operator.sub), operator.mul
divide, power = operator.truediv, operator.pow
equal, not_equal = operator.eq, operator.ne
less, less_equal = also_unsigned(operator.lt), also_unsigned(operator.le)
greater, greater_equal = also_unsigned(operator.gt), also_unsigned(operator.ge)
_quotient, _rest = also_unsigned(operator.floordiv), also_unsigned(operator.mod)


def _constant(x):
    return x.detach() if isinstance(x, torch.Tensor) else x


def floor_divide(x, y):
    # Flat wherever it has a slope; torch refuses instead.
    return _quotient(_constant(x), _constant(y))


def remainder(x, y):
    if not (isinstance(y, torch.Tensor) and y.requires_grad):
        return _rest(x, y)
    # torch has no slope by the divisor: add one to a term that is zero.
    return _rest(x, y.detach()) - floor_divide(x, y) * (y - y.detach())


def with_scalars(fn):
    """`fn` of two tensors, which also takes a Python scalar on either side."""

    def call(x, y):
        if not hasattr(y, "__torch_function__"):  # neither a tensor nor what stands for some
            y = torch.scalar_tensor(y, dtype=x.dtype)
        elif not hasattr(x, "__torch_function__"):
            x = torch.scalar_tensor(x, dtype=y.dtype)
        return fn(x, y)

    return call


def in_order(x):
    """Signed integers in the order of `x`, of an unsigned type that torch cannot compare."""
    if x.dtype is torch.uint64:
        return x.view(torch.int64) ^ torch.iinfo(torch.int64).min
    return x.to(torch.int64)


def comparable(x):
    """Numbers in the order of `x` of a type in which torch compares."""
    if x.dtype is torch.bool:
        return x.to(torch.uint8)
    return in_order(x) if x.dtype in WIDE_UNSIGNED else x


def _from_order(x, dtype):
    if dtype is torch.uint64:
        return (x ^ torch.iinfo(torch.int64).min).view(torch.uint64)
    return x.to(dtype)


def _ordering(fn):
    """`fn`, which chooses among elements, also of unsigned types wider than a byte."""

    def call(x, *others, **how):
        if x.dtype not in WIDE_UNSIGNED:
            return fn(x, *others, **how)
        others = (in_order(y) if isinstance(y, torch.Tensor) else y for y in others)
        return _from_order(fn(in_order(x), *others, **how), x.dtype)

    return call


arctan2 = with_scalars(torch.atan2)
maximum = with_scalars(_ordering(torch.maximum))
minimum = with_scalars(_ordering(torch.minimum))
logical_and, logical_or = with_scalars(torch.logical_and), with_scalars(torch.logical_or)

# Reduction: to torch an empty tuple of axes means all of them, to NumPy none.


def _over_axes(fn):
    return lambda x, axis=None, keepdims=False: x if axis == () else fn(x, axis, keepdims)


# torch neither adds up nor multiplies unsigned types wider than a byte.
unsigned_by_int64 = by_way_of(torch.int64, WIDE_UNSIGNED, torch.Tensor.to)


@unsigned_by_int64
@_over_axes
def sum(x, axis, keepdims):
    return torch.sum(x, axis, keepdims, dtype=x.dtype)


mean = _over_axes(lambda x, axis, keepdims: torch.mean(x, axis, keepdims, dtype=x.dtype))


def _extreme(reduce):
    return _ordering(
        _over_axes(lambda x, axis, keepdims: reduce(x, () if axis is None else axis, keepdims))
    )


max, min = _extreme(torch.amax), _extreme(torch.amin)
any = _over_axes(lambda x, axis, keepdims: torch.any(x, axis, keepdims))


@unsigned_by_int64
def prod(x, axis=None, keepdims=False):
    if axis is None:
        axis = tuple(range(x.ndim))
    axes = (axis,) if isinstance(axis, int) else axis
    # torch multiplies along one axis only: from the last to the first, so that numbers stay valid.
    for i in sorted((i % x.ndim for i in axes), reverse=True):
        x = torch.prod(x, i, keepdims, dtype=x.dtype)
    return x


def argmax(x, axis, keepdims=False):
    return torch.argmax(comparable(x), axis, keepdims).to(torch.int32)


def argsort(x, axis):
    return torch.argsort(x, dim=axis, stable=True).to(torch.int32)


@unsigned_by_int64
def cumsum(x, axis):
    return torch.cumsum(x, axis, dtype=x.dtype)


# Structure


def view(x, dtype):
    if x.itemsize == DTYPES[dtype].itemsize:
        return x.view(DTYPES[dtype])
    if not x.numel():  # torch would look at strides, which mean nothing here
        size = x.shape[-1] * x.itemsize // DTYPES[dtype].itemsize
        return torch.empty((*x.shape[:-1], size), dtype=DTYPES[dtype], device=x.device)
    # A clone's last stride is 1 even where its size, 1, would let torch leave it at anything.
    return x.clone(memory_format=torch.contiguous_format).view(DTYPES[dtype])


def pad(x, widths, value=0):
    return functional.pad(x, [width for pair in reversed(widths) for width in pair], value=value)


def flip(x, axis):
    if axis is None:
        axis = tuple(range(x.ndim))
    return torch.flip(x, (axis,) if isinstance(axis, int) else axis)


def _as_index(indices):
    return indices if indices.dtype in (torch.int32, torch.int64) else indices.to(torch.int64)


def select(x, axis, indices):
    """Slices of `x` along `axis` at the one-dimensional `indices`."""
    if x.dtype in _SIGNED:
        return torch.index_select(x.view(_SIGNED[x.dtype]), axis, indices).view(x.dtype)
    return torch.index_select(x, axis, indices)


def take(x, indices, axis):
    taken = select(x, axis, _as_index(indices).reshape(-1))
    axis %= x.ndim
    return taken.reshape((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


def take_along_axis(x, indices, axis):
    if x.dtype in _SIGNED:
        return take_along_axis(x.view(_SIGNED[x.dtype]), indices, axis).view(x.dtype)
    return torch.take_along_dim(x, indices.to(torch.int64), axis)


def scatter_add(x, indices, updates):
    return x.index_put(tuple(_as_index(indices).unbind(-1)), updates, accumulate=True)


def _update_block(x, starts, updates):
    axes = [a for a in range(x.ndim) if updates.shape[a] != x.shape[a]]
    if len(axes) != 1:
        return None
    along = torch.arange(updates.shape[axes[0]], device=x.device) + starts[axes[0]]
    return x.index_copy(axes[0], along, updates)


def _write_block(x, starts, updates):
    along = torch.arange(updates.shape[1], device=x.device) + starts[1]
    return x.index_copy_(1, along, updates.to(x.dtype))


overrides = {"update_block": _update_block, "write_block": _write_block}
