"""Contractions and windows on PyTorch, and the ops that PyTorch has in a better form.

Arrays are channels-last. torch wants channels second, but a permuted view of a channels-last array
*is* torch's own `channels_last` memory format, so nothing is copied.
"""

import math

import torch
from torch.nn import functional

from lamina.engine import windows
from lamina.engine.torch.attention import attend
from lamina.engine.torch.fused import adam
from lamina.engine.torch.many import each
from lamina.engine.windows import integers_by, sequences_as_images


def einsum(subscripts, *xs):
    return torch.einsum(subscripts, *xs).to(xs[0].dtype)  # integers are summed in 64 bits


_FOR = {
    name: [getattr(functional, f"{name}{ndim}d") for ndim in (1, 2, 3)]
    for name in ("conv", "conv_transpose", "max_pool")
}


def _channels_second(x):
    return x.movedim(-1, 1)


def _channels_last(x):
    return x.movedim(1, -1)


def _is_half_on_cpu(x):
    return x.itemsize == 2 and x.device.type == "cpu"


def _pad_space(x, padding, value):
    """`x (batch, *space, channels)` with its spatial axes padded."""
    widths = [width for pair in reversed(padding) for width in pair]
    return functional.pad(x, [0, 0, *widths], value=value) if any(widths) else x


def conv(x, kernel, strides, padding, dilation, groups):
    both_sides = [low for low, high in padding if low == high and low >= 0]
    if len(both_sides) < len(padding):
        x, both_sides = _pad_space(x, padding, 0), 0
    kernel = kernel.permute(-1, -2, *range(len(strides)))
    strides, dilation = tuple(strides), tuple(dilation)
    convolve, x = _FOR["conv"][len(strides) - 1], _channels_second(x)
    return _channels_last(convolve(x, kernel, None, strides, both_sides, dilation, groups))


def conv_transpose(x, kernel, strides, crop, dilation):
    dtype = x.dtype
    if _is_half_on_cpu(x):  # torch would add the windows up in half precision
        x, kernel = x.float(), kernel.float()
    kernel = kernel.permute(-1, -2, *range(len(strides)))
    transpose = _FOR["conv_transpose"][len(strides) - 1]
    # torch cuts both ends alike; the rest is cut, or zeros added, afterwards.
    both = [min(pair) if min(pair) > 0 else 0 for pair in crop]
    x = transpose(_channels_second(x), kernel, None, tuple(strides), both, 0, 1, tuple(dilation))
    rest = [(cut - low, cut - high) for cut, (low, high) in zip(both, crop, strict=True)]
    return _pad_space(_channels_last(x), rest, 0).to(dtype)


@integers_by(windows.max_pool)
def max_pool(x, size, strides, padding):
    x = _channels_second(_pad_space(x, padding, -math.inf))
    return _channels_last(_FOR["max_pool"][len(size) - 1](x, tuple(size), tuple(strides)))


@sequences_as_images
@integers_by(windows.sum_pool)
def sum_pool(x, size, strides, padding):
    x = _pad_space(x, padding, 0)
    size, strides = tuple(size), tuple(strides)
    pool = functional.avg_pool2d if len(size) == 2 else functional.avg_pool3d
    wide = x.float() if len(size) == 3 and _is_half_on_cpu(x) else x  # torch has no such pooling
    pooled = pool(_channels_second(wide), size, strides, divisor_override=1)
    return _channels_last(pooled).to(x.dtype)


def _softmax(x, axis=-1):
    if isinstance(axis, int):
        return torch.softmax(x, axis)
    return torch.exp(_log_softmax(x, axis))


def _log_softmax(x, axis=-1):
    if isinstance(axis, int):
        return torch.log_softmax(x, axis)
    axes = tuple(range(x.ndim)) if axis is None else tuple(axis)
    return x - torch.logsumexp(x, axes, keepdim=True)


def _sparse_crossentropy(target, logits):
    chosen = torch.log_softmax(logits, -1).gather(-1, target.long()[..., None])
    return -chosen[..., 0]


def _rows_matmul(columns, values, matrix):
    most = columns.shape[-1]
    rows = functional.embedding_bag(
        columns.reshape(-1, most), matrix, per_sample_weights=values.reshape(-1, most), mode="sum"
    )
    return rows.reshape(*columns.shape[:-1], matrix.shape[1])


def _leaky_relu(x, negative_slope=0.2):
    return functional.leaky_relu(x, negative_slope)


def _elu(x, alpha=1.0):
    return functional.elu(x, alpha)


def _gelu(x, approximate=True):
    return functional.gelu(x, approximate="tanh" if approximate else "none")


def _softplus(x):
    # Above the threshold torch returns x: at its default of 20 that is visible in float64.
    return functional.softplus(x, threshold=40.0)


def _affine(x, kernel, bias, axes):
    if x.is_meta:  # without values the kernel is slow Python of torch's
        y = torch.tensordot(x, kernel, axes)
        return y if bias is None else y + bias
    if kernel.ndim == x.ndim == 2 and bias is not None:
        return torch.addmm(bias, x, kernel)
    if kernel.ndim == 2 and axes == 1:
        return functional.linear(x, kernel.t(), bias)
    places, features = x.shape[: x.ndim - axes], kernel.shape[axes:]
    flat = kernel.reshape(math.prod(kernel.shape[:axes]), -1)
    bias = None if bias is None else bias.reshape(-1)
    y = functional.linear(x.reshape(*places, -1), flat.t(), bias)
    return y.reshape(*places, *features)


# Kernels that fuse what takes eager PyTorch 3 to 10 passes over memory: with the gradient, on a
# processor, 2 (gelu) to 15 (leaky_relu) times as fast. silu gained too little to be here.
# attend: 3 to 12 times as fast with the gradient, and memory that grows with the keys, not the pairs.
# affine: a pass over memory less than a product and a sum.
# each, lerp, adam: what optimizers do to many variables at once; see `many` and `fused`.
overrides = {
    "affine": _affine,
    "attend": attend,
    "each": each,
    "lerp": torch.lerp,
    "adam": adam,
    "rows_matmul": _rows_matmul,
    "sparse_crossentropy": _sparse_crossentropy,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "gelu": _gelu,
    "softplus": _softplus,
    "log_sigmoid": functional.logsigmoid,
}
