"""The gradient of a product with a bias, written out so that what a loss multiplies is not computed."""

import tensorflow as tf

from lamina.engine.tensorflow.autodiff import is_followed, with_gradient

_raw = tf.raw_ops
_MANY = 2  # units for each feature


def with_columns_apart(y, x, kernel, bias):
    """Return `y`, which is `x · kernel + bias` by rows, with a gradient that leaves columns apart.

    An upstream that is a product with a column, as that of a mean of losses is, is not needed itself: the small
    operands of the two products are multiplied instead. The bias' slope is one more row of the kernel's.
    """
    is_wide = kernel.shape[1] >= _MANY * kernel.shape[0] > 0
    if not (is_wide and y.dtype == tf.float32 and is_followed(y)):
        return y

    def backward(upstream):
        matrix, column = _factors(upstream)
        if column is None:  # one more row gains nothing but for 10 million numbers
            slope = _raw.MatMul(a=x, b=upstream, transpose_a=True)
            of_x = _raw.MatMul(a=upstream, b=kernel, transpose_b=True)
            return of_x, slope, _raw.BiasAddGrad(out_backprop=upstream)
        slopes = _raw.MatMul(a=tf.concat([x * column, column], 1), b=matrix, transpose_a=True)
        of_x = _raw.MatMul(a=matrix, b=kernel, transpose_b=True)
        return of_x * column, slopes[:-1], slopes[-1]

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
