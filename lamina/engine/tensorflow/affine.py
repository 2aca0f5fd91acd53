"""The gradient of a product with a bias, written out so that a large upstream is read less often."""

import tensorflow as tf

from lamina.engine.tensorflow.autodiff import is_followed, with_gradient

_raw = tf.raw_ops
_MANY = 2  # units for each feature


def with_joined_gradient(y, x, kernel, bias):
    """Return `y`, which is `x · kernel + bias` by rows, with a gradient of two products.

    The bias' slope is one more row of the kernel's. An upstream that is a product with a column, as that of a mean of
    losses is, stays apart: the small operands are multiplied instead.
    """
    is_wide = kernel.shape[1] >= _MANY * kernel.shape[0] > 0
    if not (is_wide and y.dtype == tf.float32 and is_followed(y)):
        return y

    def backward(upstream):
        upstream, column = _factors(upstream)
        ones = tf.ones_like(x[:, :1]) if column is None else column
        left = tf.concat([x if column is None else x * column, ones], 1)
        slopes = _raw.MatMul(a=left, b=upstream, transpose_a=True)
        of_x = _raw.MatMul(a=upstream, b=kernel, transpose_b=True)
        return of_x if column is None else of_x * column, slopes[:-1], slopes[-1]

    return with_gradient(y, (x, kernel, bias), backward)


def _factors(x):
    """Return a matrix and the column that it was multiplied by to give `x`; `x` and `None` if it was not."""
    product, shape = x, x.shape.as_list()
    while tf.is_symbolic_tensor(product) and product.op.type in ("Reshape", "Identity"):
        product = product.op.inputs[0]
    if tf.is_symbolic_tensor(product) and product.op.type == "Mul":
        matrix, column = product.op.inputs
        if matrix.shape.as_list() == shape and column.shape.as_list() == [shape[0], 1]:
            return matrix, column
    return x, None
