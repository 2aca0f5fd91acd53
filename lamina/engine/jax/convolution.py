"""Convolutions on JAX. A processor computes some of them faster as products of slices.

XLA has a kernel for plain convolutions, but no good one for their gradient by a small kernel, and none for
groups. Milliseconds of two cores, XLA's own and these:

| `x`, kernel | value | gradient by the kernel | by `x` |
|---|---|---|---|
| `(64, 16, 16, 64)`, 1 x 1, 128 filters | 1.6, .7 | 11, 1.7 | 1.3, .8 |
| `(64, 32, 32, 3)`, 3 x 3, 32 filters | 4.3, 1.7 | 2.8, 2.0 | 1.3, .7 |
| `(32, 28, 28, 64)`, 3 x 3, depthwise | 30, .7 | 16, 6.7 | 30, .6 |
| `(32, 28, 28, 32)`, 3 x 3, depthwise, two filters each | 16, 2.1 | 2600, 13 | 35, 35 |
| `(32, 28, 28, 64)`, 3 x 3, four groups | 14, 6.1 | 730, 7.3 | 14, 5.6 |
"""

import functools
import math

import jax.core
import jax.numpy as jnp
from jax import lax

from lamina.engine.jax.arrays import in_single
from lamina.engine.jax.cells import cells
from lamina.engine.jax.devices import is_processor

_FEW = 32  # numbers that a filter meets at a place: from there on XLA's kernel is as fast
_MANY_CELLS, _MANY_GROUPS = 64, 64  # a slice for each would make a long program


def conv(x, kernel, strides, padding, dilation, groups):
    form = by_xla
    if is_processor():
        form = _form(kernel.shape, x.shape[-1], groups)
        if form is by_xla and isinstance(x, jax.core.Tracer) and kernel.size:
            x = _once(x, kernel) if jnp.issubdtype(x.dtype, jnp.floating) else x
    return form(x, kernel, tuple(strides), padding, tuple(dilation), groups)


def _once(x, kernel):
    """Let XLA compute `x` once, and so its gradient: it computes whatever is cheap again where it is used.

    For a kernel's gradient `x` is transposed. What normalizes and activates it was computed in that order,
    too: it read up to twelve arrays across instead of one. A step of the ResNet of `benchmarks/works` took
    147 ms of processors' time, and takes 112 so. A barrier would say this, but XLA drops it for processors;
    a division is dear enough to be kept. XLA cannot tell that it is by 1.
    """
    first = lax.stop_gradient(kernel.ravel()[0]).astype("float32")
    bits = lax.bitcast_convert_type(first, "int32")
    return x / jnp.where((bits | 1) == 0, 2, 1).astype(x.dtype)


def _form(shape, channels, groups):
    *window, depth, _ = shape
    cells_of_window = math.prod(window)
    if groups == 1:
        few = cells_of_window == 1 or cells_of_window * depth <= _FEW
        return _one_product if few else by_xla
    if depth == 1 and cells_of_window <= _MANY_CELLS:
        return _depthwise
    return _by_groups if groups <= _MANY_GROUPS else by_xla


def by_xla(x, kernel, strides, padding, dilation, groups):
    """Convolve by XLA's own operation."""
    space = "DHW"[-len(strides) :]
    return lax.conv_general_dilated(
        *(x, kernel, strides, padding),
        rhs_dilation=dilation,
        dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
        feature_group_count=groups,
    )


@in_single
def _one_product(x, kernel, strides, padding, dilation, groups):
    """What a filter meets at a place is a row."""
    *size, _, filters = kernel.shape
    parts = cells(x, size, strides, padding, dilation=dilation)
    rows = parts[0] if len(parts) == 1 else jnp.concatenate(parts, -1)
    return jnp.matmul(rows, kernel.reshape(-1, filters))


@in_single
def _depthwise(x, kernel, strides, padding, dilation, groups):
    """A loop over the numbers of the result, which XLA fuses."""
    *size, _, filters = kernel.shape
    weights = kernel.reshape(-1, groups, filters // groups)
    parts = cells(x, size, strides, padding, dilation=dilation)
    products = (part[..., None] * weight for part, weight in zip(parts, weights, strict=True))
    y = functools.reduce(jnp.add, products)
    return y.reshape(*y.shape[:-2], filters)


def _by_groups(x, kernel, strides, padding, dilation, groups):
    pairs = zip(jnp.split(x, groups, -1), jnp.split(kernel, groups, -1), strict=True)
    how = strides, padding, dilation, 1
    return jnp.concatenate([conv(part, weights, *how) for part, weights in pairs], -1)


def conv_transpose(x, kernel, strides, crop, dilation):
    axes = tuple(range(len(strides)))
    space = "DHW"[-len(strides) :]
    extent = [(w - 1) * d + 1 for w, d in zip(kernel.shape, dilation, strict=False)]
    return lax.conv_general_dilated(
        x,
        jnp.flip(kernel, axes),
        (1,) * len(strides),
        [(w - 1 - low, w - 1 - high) for w, (low, high) in zip(extent, crop, strict=True)],
        lhs_dilation=strides,
        rhs_dilation=dilation,
        dimension_numbers=(f"N{space}C", f"{space}OI", f"N{space}C"),
    )
