"""Ops on sparse tensors give what they give on dense ones, on every engine; and which of them stay sparse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from lamina import autodiff, ops
from lamina.core.sparse import RULES, Sparse, is_sparse

DRAWS = np.random.default_rng(0)
X, Y = (
    sparse.random_array((6, 9), density=0.3, rng=DRAWS, dtype="float32", format="csr")
    for _ in range(2)
)
X, Y = X * 2 - X.ceil(), Y * 3  # some numbers are negative
MATRIX, FULL = (
    DRAWS.normal(size=(9, 4)).astype("float32"),
    DRAWS.normal(size=(6, 9)).astype("float32"),
)

ONE = [
    *("absolute", "abs", "sign", "square", "expm1", "floor", "ceil", "round", "trunc", "negative"),
    *("sin", "tan", "sinh", "tanh", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "silu"),
    *("gelu", "stop_gradient"),
]
# name: (function of a sparse and of a dense tensor, whether the result is sparse)
CASES = {
    **{name: (getattr(ops, name), True) for name in ONE},
    "sqrt": (lambda x: ops.sqrt(ops.abs(x)), True),
    "log1p": (lambda x: ops.log1p(ops.abs(x)), True),
    "cast": (lambda x: ops.cast(x, "float64"), True),
    "times a number": (lambda x: 2 * x, True),
    "times a matrix": (lambda x: ops.multiply(x, FULL), True),
    "times itself": (lambda x: x * x, True),
    "times a row": (lambda x: ops.multiply(x, FULL[:1]), False),
    "divided": (lambda x: x / 2, True),
    "divided by a tensor": (lambda x: ops.divide(x, FULL), False),
    "sum of two": (lambda x: x + x, True),
    "difference": (lambda x: x - x * 3, True),
    "square of a sum": (lambda x: ops.square(x + x), False),
    "sum with a tensor": (lambda x: ops.add(x, FULL), False),
    "plus a number": (lambda x: x + 1, False),
    "matmul": (lambda x: ops.matmul(x, MATRIX), False),
    "operator": (lambda x: x @ ops.convert_to_tensor(MATRIX), False),
    "matmul of a sum": (lambda x: ops.matmul(x + x, MATRIX), False),
    "matmul from the left": (lambda x: ops.matmul(FULL.T, x), False),
    "dot": (lambda x: ops.dot(x, MATRIX), False),
    "concatenate columns": (lambda x: ops.concatenate([x, x * 2], -1), True),
    "concatenate rows": (lambda x: ops.concatenate([x, x * 2], 0), True),
    "concatenate rows of other lengths": (lambda x: ops.concatenate([x, x + x], 0), True),
    "concatenate with a tensor": (lambda x: ops.concatenate([x, FULL], 0), False),
    "sum": (ops.sum, False),
    "sum of rows": (lambda x: ops.sum(x, axis=-1, keepdims=True), False),
    "sum of columns": (lambda x: ops.sum(x, axis=0), False),
    "mean": (lambda x: ops.mean(x, axis=1), False),
    "max": (lambda x: ops.max(x, axis=0), False),
    "exp": (ops.exp, False),
    "softmax": (ops.softmax, False),
    "reshape": (lambda x: ops.reshape(x, (2, -1, 9)), True),
    "reshape across": (lambda x: ops.reshape(x, (9, 6)), False),
    "expand_dims": (lambda x: ops.expand_dims(x, 0), True),
    "squeeze": (lambda x: ops.squeeze(ops.expand_dims(x, 1), 1), True),
    "transpose": (ops.transpose, False),
    "item": (lambda x: x[1:3, 2], False),
    "where": (lambda x: ops.where(x > 0, x, 1.0), False),
    "stack": (lambda x: ops.stack([x, x]), False),
}


def as_array(x):
    return x.numpy() if isinstance(x, Sparse) else ops.convert_to_numpy(x)


@pytest.mark.parametrize("name", CASES)
def test_results_are_those_of_dense_tensors(name, engine):
    compute, stays = CASES[name]
    result = compute(Sparse.of(X))
    expected = ops.convert_to_numpy(compute(ops.convert_to_tensor(X.toarray())))
    assert isinstance(result, Sparse) == stays
    assert tuple(result.shape) == expected.shape
    np.testing.assert_allclose(as_array(result), expected, rtol=1e-5, atol=1e-6)


def test_every_rule_is_tried():
    """That of `affine`, which is Dense's, in tests/layers/test_sparse.py."""
    tried = {*ONE, "sqrt", "log1p", "cast", "multiply", "divide", "true_divide", "add", "subtract"}
    tried |= {
        "matmul",
        "affine",
        "concatenate",
        "sum",
        "reshape",
        "expand_dims",
        "squeeze",
        "dense",
    }
    assert set(RULES) == tried


FOREIGN = {
    "csr_array": lambda: X,
    "csr_matrix": lambda: sparse.csr_matrix(X),
    "coo_array": lambda: X.tocoo(),
    "csc_array": lambda: X.tocsc(),
    "twice": lambda: sparse.coo_array(([1.0, 2.0], ([0, 0], [3, 3])), (2, 5)).astype("float32"),
    "BCOO": lambda: __import__("jax.experimental.sparse").experimental.sparse.BCOO.fromdense(
        X.toarray()
    ),
    "BCOO with padding": lambda: __import__(
        "jax.experimental.sparse"
    ).experimental.sparse.BCOO.fromdense(X.toarray(), nse=40),
    "BCSR": lambda: __import__("jax.experimental.sparse").experimental.sparse.BCSR.fromdense(
        X.toarray()
    ),
    "SparseTensor": lambda: __import__("tensorflow").sparse.from_dense(X.toarray()),
    "SparseTensor of three axes": lambda: __import__("tensorflow").sparse.from_dense(
        X.toarray().reshape(2, 3, 9)
    ),
    "torch COO": lambda: __import__("torch").tensor(X.toarray()).to_sparse_coo(),
    "torch CSR": lambda: __import__("torch").tensor(X.toarray()).to_sparse_csr(),
}


@pytest.mark.filterwarnings("ignore:Sparse (CSR|invariant):UserWarning")
@pytest.mark.parametrize("kind", FOREIGN)
def test_tensors_of_libraries_are_taken_in(kind, engine):
    x = FOREIGN[kind]()
    assert is_sparse(x)
    if hasattr(x, "dense_shape"):
        expected = __import__("tensorflow").sparse.to_dense(x).numpy()
    else:
        expected = (getattr(x, "toarray", None) or getattr(x, "todense", None) or x.to_dense)()
    taken = ops.convert_to_tensor(x, sparse=True)
    assert isinstance(taken, Sparse) and taken.shape == tuple(expected.shape)
    np.testing.assert_allclose(taken.numpy(), np.asarray(expected))
    dense = ops.convert_to_tensor(x, sparse=False)
    np.testing.assert_allclose(ops.convert_to_numpy(dense), np.asarray(expected))
    assert ops.dtype(taken) == "float32" and ops.is_tensor(taken)


def test_an_op_takes_a_matrix_of_scipy_as_it_is(engine):
    np.testing.assert_allclose(as_array(ops.matmul(X, MATRIX)), X @ MATRIX, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(as_array(ops.add(X, Y)), (X + Y).toarray(), rtol=1e-5)


def test_gradients_flow_through_sparse_tensors(trains):
    def loss(matrix, x):
        return ops.sum(ops.square(ops.matmul(x, matrix)))

    gradient = autodiff.grad(lambda w: loss(w, Sparse.of(X)))(MATRIX)
    expected = autodiff.grad(lambda w: loss(w, X.toarray()))(MATRIX)
    np.testing.assert_allclose(as_array(gradient), as_array(expected), rtol=1e-4, atol=1e-5)


def test_one_hot_and_multi_hot_may_be_sparse(engine):
    numbers = np.array([[2, 0, 2], [1, -1, 7]])
    for make in (ops.one_hot, ops.multi_hot):
        result = make(numbers, 4, sparse=True)
        assert isinstance(result, Sparse)
        np.testing.assert_array_equal(result.numpy(), as_array(make(numbers, 4)))
    assert not isinstance(ops.one_hot(numbers, 4, axis=0, sparse=True), Sparse)
    counts = ops.bincount(np.array([[0, 2, 2], [1, 1, 1]]), sparse=True)
    np.testing.assert_array_equal(counts.numpy(), [[1, 0, 2], [0, 3, 0]])


def test_symbolic_tensors_know_whether_they_are_sparse(engine):
    import lamina

    x = lamina.Input((9,), sparse=True)
    dense = lamina.Input((9,))
    assert x.sparse and "sparse=True" in repr(x) and not dense.sparse
    assert (x * 2).sparse and ops.concatenate([x, x]).sparse and ops.square(x).sparse
    assert not (x + dense).sparse and not ops.matmul(x, MATRIX).sparse and not ops.exp(x).sparse
    assert ops.one_hot(lamina.Input((3,), dtype="int32"), 5, sparse=True).sparse
    assert ops.concatenate([x, x], 0).shape == (None, 9)


def test_shapes_that_do_not_fit_are_refused(engine):
    with pytest.raises(ValueError, match=r"shape \(6, 9\) does not go with a matrix \(4, 9\)"):
        ops.matmul(Sparse.of(X), MATRIX.T)


def test_back_to_scipy(engine):
    again = Sparse.of(X).to_scipy()
    assert (again != X).nnz == 0 and again.nnz == X.nnz
