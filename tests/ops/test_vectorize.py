"""`ops.vectorize` beside `numpy.vectorize`."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops

X = np.arange(6, dtype="float32").reshape(2, 3)
COLUMN = np.array([[1], [4]], "float32")


def larger(x, y):
    return ops.where(ops.greater(x, y), x, y)


def test_elements_broadcast(engine):
    run = ops.vectorize(larger)
    np.testing.assert_array_equal(ops.convert_to_numpy(run(X, COLUMN)), np.maximum(X, COLUMN))
    np.testing.assert_array_equal(ops.convert_to_numpy(run(X, 2)), np.maximum(X, 2))
    assert float(run(1.5, 2.5)) == 2.5
    assert tuple(run(X[:0], COLUMN[:0]).shape) == (0, 3)


def test_a_signature_says_what_the_function_sees(engine):
    inner = ops.vectorize(lambda x, y: ops.sum(ops.multiply(x, y)), signature="(n),(n)->()")
    np.testing.assert_allclose(ops.convert_to_numpy(inner(X, X[0])), X @ X[0])
    outer = ops.vectorize(ops.outer, signature="(m),(n)->(m,n)")
    expected = X[:, None, :, None] * COLUMN[None, :, None, :]
    found = outer(X[:, None], COLUMN)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected)
    both = ops.vectorize(lambda x: (ops.sum(x), ops.flip(x)), signature="(n)->(),(n)")
    total, flipped = both(X)
    np.testing.assert_allclose(ops.convert_to_numpy(total), X.sum(1))
    np.testing.assert_array_equal(ops.convert_to_numpy(flipped), X[:, ::-1])


def test_excluded_arguments_pass_as_they_are(engine):
    run = ops.vectorize(
        lambda x, n, *, factor: ops.multiply(ops.power(x, n), factor), excluded={1, "factor"}
    )
    np.testing.assert_allclose(ops.convert_to_numpy(run(X, 2, factor=3.0)), 3 * X**2)


def test_symbolic_tensors_are_vectorized(engine):
    x = lamina.KerasTensor((None, 3))
    assert ops.vectorize(larger)(x, 2.0).shape == (None, 3)
    assert ops.vectorize(ops.sum, signature="(n)->()")(x).shape == (None,)


def test_gradients_pass(trains):
    run = ops.vectorize(ops.square)
    _, (gradient,) = trains.value_and_grad(lambda xs: (ops.sum(run(xs[0])), None))(
        [trains.asarray(X)]
    )
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), 2 * X)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: ops.vectorize(larger)(X, y=X), TypeError, "excluded"),
        (lambda: ops.vectorize(larger, signature="(n)->()")(X, X), TypeError, "1 inputs"),
        (lambda: ops.vectorize(larger, signature="n->n"), ValueError, "not a signature"),
        (lambda: ops.vectorize(ops.sum, signature="(n)->(n)")(X), ValueError, "promises"),
        (
            lambda: ops.vectorize(larger, signature="(n),(n)->(n)")(X, X[:, :2]),
            ValueError,
            "size 2",
        ),
        (lambda: ops.vectorize(ops.sum, signature="(n)->()")(2.0), ValueError, "lacks"),
    ],
)
def test_refusals(engine, call, kind, said):
    with pytest.raises(kind, match=said):
        call()
