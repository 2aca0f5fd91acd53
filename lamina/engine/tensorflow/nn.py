"""Contractions and windows on TensorFlow, and the ops that TensorFlow has in a better form."""

import itertools
import math
import string
from typing import Any

import tensorflow as tf

from lamina.engine import windows
from lamina.engine.abstractly import is_abstract
from lamina.engine.tensorflow.affine import with_columns_apart
from lamina.engine.tensorflow.arrays import add, in_single
from lamina.engine.tensorflow.convert import sizes as shape_when_run
from lamina.engine.tensorflow.dtypes import NARROW_INTEGERS, by_way_of, constant
from lamina.engine.windows import integers_by, pad_space, sequences_as_images

_raw = tf.raw_ops


@by_way_of(tf.int64, NARROW_INTEGERS)
def matmul(x, y):
    if x.shape.rank == 1 or y.shape.rank == 1:
        return _with_vectors(x, y)
    if x.shape[-1] == 0:  # oneDNN would end the process
        return tf.reduce_sum(x[..., None] * y[..., None, :, :], -2)
    if x.shape.rank == 2 and y.shape.rank == 2:
        return _raw.MatMul(a=x, b=y)
    if y.shape.rank == 2:
        return _by_rows(x, y)
    return _raw.BatchMatMulV2(x=x, y=y)


def _by_rows(x, y):
    """One product of all rows: of a broadcast `y` the gradient would be one for each entry, added up."""
    rows = tf.reshape(x, (-1, x.shape[-1]))
    return tf.reshape(_raw.MatMul(a=rows, b=y), (*shape_when_run(x)[:-1], y.shape[-1]))


def _with_vectors(x, y):
    left, right = x.shape.rank == 1, y.shape.rank == 1
    result = matmul(x[None] if left else x, y[:, None] if right else y)
    result = tf.squeeze(result, -1) if right else result
    return tf.squeeze(result, -1 if right else -2) if left else result


def einsum(subscripts, *xs):
    return _einsum(*xs, subscripts=_spelt_out(subscripts, xs))


def _spelt_out(subscripts, xs):
    """`...` as letters, where nothing broadcasts along it: else the gradient of every operand is one for
    each entry there, added up.
    """
    left, *right = subscripts.replace(" ", "").split("->")
    terms = left.split(",")
    if "..." not in left or not right:
        return subscripts
    shapes = set()
    for term, x in zip(terms, xs, strict=True):
        if "..." in term:
            before, after = map(len, term.split("..."))
            shapes.add(tuple(x.shape)[before : x.shape.rank - after])
    if len(shapes) > 1:
        return subscripts
    free = (letter for letter in string.ascii_letters if letter not in subscripts)
    return subscripts.replace("...", "".join(itertools.islice(free, len(shapes.pop()))))


@by_way_of(tf.int64, NARROW_INTEGERS)
def _einsum(*xs, subscripts):
    shared = _contracted(subscripts, xs)
    if shared is not None:
        return _affine(xs[0], xs[1], None, shared)
    letters = _in_batches(subscripts, xs)
    return tf.einsum(subscripts, *xs) if letters is None else _as_batch_matmul(xs, *letters)


def _contracted(subscripts, xs):
    """Return how many last axes of the first operand meet the first ones of the second, as in a dense layer.

    `None` if it is not such a sum: `abc,cd->abd`, `abcd,cde->abe`.
    """
    left, *right = subscripts.replace(" ", "").split("->")
    terms = left.split(",")
    if len(terms) != 2 or not right or "." in left:
        return None
    x, y = terms
    count = next(
        (n for n in range(1, len(y)) if x.endswith(y[:n]) and x[:-n] + y[n:] == right[0]), 0
    )
    is_plain = len({*x, *y}) == len(x) + len(y) - count
    is_known = all(None not in array.shape[1:] and 0 not in array.shape for array in xs)
    return count if count and count < len(x) and is_plain and is_known else None


def _affine(x, kernel, bias, axes):
    """One product of matrices, where `tf.einsum` would transpose operands and gradients."""
    places, free = shape_when_run(x)[: x.shape.rank - axes], kernel.shape[axes:]
    size, units = math.prod(kernel.shape[:axes]), math.prod(free)
    rows, kernel = _reshaped(x, (math.prod(places), size)), _reshaped(kernel, (size, units))
    y = matmul(rows, kernel)
    if bias is not None:  # in one kernel with the product, as it is an operation on its rows
        bias = _reshaped(bias, (units,))
        y = with_columns_apart(add(y, bias), rows, kernel, bias)
    return _reshaped(y, (*places, *free))


def _reshaped(x, shape):
    return x if x.shape.rank == len(shape) else tf.reshape(x, shape)


def _in_batches(subscripts, xs):
    """Return the letters of operands and result of a product of matrices for each entry of a batch.

    `None` if it is not such a sum: `bthd,bshd->bhts`, `bhts,bshd->bthd`.
    """
    left, *right = subscripts.replace(" ", "").split("->")
    terms = left.split(",")
    if len(terms) != 2 or not right or "." in left:
        return None
    x, y, result = *terms, right[0]
    sizes = [
        dict(zip(term, array.shape, strict=True)) for term, array in zip(terms, xs, strict=True)
    ]
    shared = set(x) & set(y)
    batch = shared & set(result)
    is_plain = all(len({*term}) == len(term) for term in (x, y, result))
    is_one_of_each = [len(s) for s in (shared - batch, {*x} - shared, {*y} - shared)] == [1, 1, 1]
    is_whole = {*result} == batch | ({*x} ^ {*y})
    fits = all(sizes[0][letter] == sizes[1][letter] for letter in shared)
    if not (batch and is_plain and is_one_of_each and is_whole and fits):
        return None
    # What is transposed within a product of complex numbers is conjugated.
    has_kernel = not any(0 in array.shape or array.dtype.is_complex for array in xs)
    return (x, y, result) if has_kernel else None


def _as_batch_matmul(xs, x, y, result):
    """Transposed operands and one product, where `tf.einsum` transposes more often."""
    batch = [letter for letter in result if letter in x and letter in y]
    first, second = ([s for s in term if s not in batch] for term in (x, y))
    operands = zip(xs, (x, y), (first, second), strict=True)
    a, b = (_transposed(array, term, [*batch, *rest]) for array, term, rest in operands)
    (free,) = set(first) - set(second)
    (other,) = set(second) - set(first)
    adjoint = {"adj_x": first[0] != free, "adj_y": second[1] != other}
    product = _raw.BatchMatMulV2(x=a, y=b, **adjoint)
    return _transposed(product, [*batch, free, other], result)


def _transposed(x, before, after):
    order = [before.index(letter) for letter in after]
    return x if order == sorted(order) else tf.transpose(x, order)


def _scheme(x, size, strides, padding):
    """The name of TensorFlow's own scheme of padding that this is, if any."""
    if all(pair == (0, 0) for pair in padding):
        return "VALID"
    if None in padding:
        return "SAME"
    for n, width, stride, pair in zip(x.shape[1:-1], size, strides, padding, strict=True):
        total = width - 1 if n is None else max((-(-n // stride) - 1) * stride + width - n, 0)
        if tuple(pair) != (total // 2, total - total // 2):
            return None
    return "SAME"


# Convolution


# A processor would add these windows up in half precision.
_summed_in_single = by_way_of(tf.float32, (tf.float16, tf.bfloat16))


@sequences_as_images
def conv(x, kernel, strides, padding, dilation, groups):
    if x.shape[0] == 0:  # TensorFlow's own would give `x` back as it is
        return windows.conv(x, kernel, strides, padding, dilation, groups)
    if any(step > 1 for step in dilation):
        return _dilated(x, kernel, strides, padding, dilation, groups)
    size = kernel.shape[:-2]
    scheme = _scheme(x, size, strides, padding)
    if scheme is None:
        x, scheme = pad_space(x, padding, 0), "VALID"
    if groups == 1:
        return _convolve(x, kernel, strides, scheme)
    if len(strides) == 2 and kernel.shape[-2] == 1:
        kernel = tf.reshape(kernel, (*size, groups, -1))
        return _depthwise(x, kernel, strides=[1, *strides, 1], padding=scheme)
    # TensorFlow's own groups have no gradient on a processor.
    pairs = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
    return tf.concat([_convolve(part, k, strides, scheme) for part, k in pairs], -1)


@_summed_in_single
def _depthwise(x, kernel, strides, padding):
    return _raw.DepthwiseConv2dNative(input=x, filter=kernel, strides=strides, padding=padding)


def _convolve(x, kernel, strides, scheme):
    operation = _raw.Conv2D if len(strides) == 2 else _raw.Conv3D
    return operation(input=x, filter=kernel, strides=[1, *strides, 1], padding=scheme)


def _dilated(x, kernel, strides, padding, dilation, groups):
    """On a processor TensorFlow has no gradient of a dilated convolution, so it is made of a plain one."""
    plain, none = (1,) * len(strides), [(0, 0)] * len(strides)
    x = pad_space(x, padding, 0)
    if any(stride > 1 for stride in strides):
        return conv(x, _spread(kernel, dilation), strides, none, plain, groups)
    # Every so many places belong together: as images of their own, convolved plainly.
    sizes: Any = shape_when_run(x)[1:-1]
    surplus = [(0, -n % step) for n, step in zip(sizes, dilation, strict=True)]
    apart = tf.space_to_batch(x, dilation, surplus)
    return tf.batch_to_space(conv(apart, kernel, strides, none, plain, groups), dilation, surplus)


def _spread(kernel, dilation):
    """`kernel` with zeros between its elements."""
    for axis, step in enumerate(dilation):
        if step > 1:
            widths = [(0, 0)] * (kernel.shape.rank + 1)
            widths[axis + 1] = (0, step - 1)
            shape = kernel.shape.as_list()
            shape[axis] *= step
            kernel = tf.reshape(tf.pad(tf.expand_dims(kernel, axis + 1), widths), shape)
            span = slice(None, shape[axis] - step + 1)
            kernel = kernel[(*(slice(None),) * axis, span)]
    return kernel


@sequences_as_images
@_summed_in_single
def conv_transpose(x, kernel, strides, crop, dilation):
    kernel = _spread(kernel, dilation)
    *window, filters, _ = kernel.shape
    sizes = [
        (n - 1) * s + w for n, s, w in zip(shape_when_run(x)[1:-1], strides, window, strict=True)
    ]
    operation = _raw.Conv2DBackpropInput if len(strides) == 2 else _raw.Conv3DBackpropInputV2
    whole = operation(
        input_sizes=[shape_when_run(x)[0], *sizes, filters],
        filter=kernel,
        out_backprop=x,
        strides=[1, *strides, 1],
        padding="VALID",
    )
    return pad_space(whole, [(-low, -high) for low, high in crop], 0)


# Pooling


def _pool(flat, deep):
    """A pool of `x` by TensorFlow's operation for images, or that for volumes."""

    def call(x, size, strides, padding, outside):
        scheme = _scheme(x, size, strides, padding)
        if scheme is None:
            x, scheme = pad_space(x, padding, outside), "VALID"
        return (flat if len(size) == 2 else deep)(x, [1, *size, 1], [1, *strides, 1], scheme)

    return call


_largest = _pool(tf.nn.max_pool2d, tf.nn.max_pool3d)
_average = _pool(tf.nn.avg_pool2d, tf.nn.avg_pool3d)


def _no_kernel(x, size):
    return len(size) == 3 and x.dtype == tf.float64  # on a processor


@sequences_as_images
@integers_by(windows.max_pool, _no_kernel)
def max_pool(x, size, strides, padding):
    pooled = _largest(x, size, strides, padding, -math.inf)
    return pooled if is_abstract() else pooled + _lost_nan(x, pooled, size, strides, padding)


def _lost_nan(x, pooled, size, strides, padding):
    """Return NaN for each window that holds one, which TensorFlow's pool drops, else zero.

    One pass over `x` tells whether there are any (or infinities that cancel): 10 % of a pool's time.
    """
    x = tf.stop_gradient(x)

    def where_they_are():
        marks = tf.cast(tf.math.is_nan(x), x.dtype)
        lost = _largest(marks, size, strides, padding, 0) > 0
        return tf.where(lost, constant(math.nan, x.dtype), zeros)

    zeros = tf.zeros_like(pooled)
    return tf.cond(tf.math.is_nan(tf.reduce_sum(x)), where_they_are, lambda: zeros)


@sequences_as_images
@integers_by(windows.sum_pool, _no_kernel)
def sum_pool(x, size, strides, padding):
    # An average counts only what is inside, so the padding is made first.
    x = _padded(x, size, strides, padding) if None in padding else pad_space(x, padding, 0)
    none = [(0, 0)] * len(size)
    return _average(x, size, strides, none, 0) * constant(math.prod(size), x.dtype)


def _padded(x, size, strides, padding):
    """`x` with zeros around it, where it depends on sizes that only a run knows how many."""
    pairs = []
    for n, w, s, pair in zip(shape_when_run(x)[1:-1], size, strides, padding, strict=True):
        total = tf.maximum((-(-n // s) - 1) * s + w - n, 0)
        pairs.append((total // 2, total - total // 2) if pair is None else pair)
    return tf.pad(x, [(0, 0), *pairs, (0, 0)])


# TensorFlow's own kernels compute exponentials of halves in half precision.


@in_single
def _softmax(x, axis=-1):
    if isinstance(axis, int):
        return tf.nn.softmax(x, axis)
    return tf.exp(_log_softmax(x, axis))


@in_single
def _log_softmax(x, axis=-1):
    if isinstance(axis, int):
        return tf.nn.log_softmax(x, axis)
    return x - tf.reduce_logsumexp(x, axis, keepdims=True)


def _leaky_relu(x, negative_slope=0.2):
    return _raw.LeakyRelu(features=x, alpha=negative_slope)


@in_single
def _softplus(x):
    return _raw.Softplus(features=x)


@in_single
def _log_sigmoid(x):
    return -_raw.Softplus(features=-x)


overrides = {
    "affine": _affine,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "leaky_relu": _leaky_relu,
    "softplus": _softplus,
    "log_sigmoid": _log_sigmoid,
}
