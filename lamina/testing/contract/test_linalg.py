"""Linear algebra without a row in the table: pivots, complex results, matrices without one."""

import numpy as np
import pytest

from lamina.engine import current
from lamina.engine.contract import Spec
from lamina.testing.contract.checks import close, covers, same

RNG = np.random.default_rng(0)
SHAPES = ((3, 3), (2, 3, 3), (4, 2), (2, 4), (0, 2, 2))


def multiplied(factors, pivots):
    """The matrix whose `lu_factor` that is."""
    least = min(factors.shape)
    lower = np.tril(factors, -1)[:, :least] + np.eye(factors.shape[0], least)
    product = lower @ np.triu(factors)[:least]
    for i, chosen in reversed(list(enumerate(pivots))):
        product[[i, chosen]] = product[[chosen, i]]
    return product


@covers("lu_factor")
@pytest.mark.parametrize("shape", SHAPES)
def test_triangles_and_exchanges_give_the_matrix_back(engine, shape):
    x = RNG.normal(size=shape).astype("float32")
    factors, pivots = engine.lu_factor(engine.asarray(x))
    least = min(shape[-2:])
    assert engine.dtype(pivots) == "int32"
    assert engine.shape(pivots) == (*shape[:-2], least)
    matrices = (y.reshape(-1, *shape[-2:]) for y in (engine.to_numpy(factors), x))
    exchanged = engine.to_numpy(pivots).reshape(-1, least)
    for one, given, exchanges in zip(*matrices, exchanged, strict=True):
        np.testing.assert_allclose(multiplied(one, exchanges), given, atol=1e-5)
        assert (abs(np.tril(one, -1)) <= 1 + 1e-6).all()  # the largest pivot was taken


def test_a_singular_matrix_has_factors_too(engine):
    x = np.array([[0, 1, 2], [0, 1, 2], [0, 0, 0]], "float32")
    factors, pivots = map(engine.to_numpy, engine.lu_factor(engine.asarray(x)))
    np.testing.assert_allclose(multiplied(factors, pivots), x)


@covers("eig")
@pytest.mark.parametrize("shape", [(2, 2), (2, 3, 3), (0, 2, 2)])
def test_eigenvectors_keep_their_directions(engine, shape):
    x = RNG.normal(size=shape).astype("float32")
    if shape == (2, 2):
        x = np.array([[0, 1], [-1, 0]], "float32")  # a rotation has no real ones
    values, vectors = engine.eig(engine.asarray(x))
    assert engine.dtype(values) == engine.dtype(vectors) == "complex64"
    values, vectors = engine.to_numpy(values), engine.to_numpy(vectors)
    np.testing.assert_allclose(x @ vectors, vectors * values[..., None, :], atol=1e-4)


def test_pairs_are_evaluated_abstractly(engine):
    spec = Spec((2, 3, 3), "float32")
    factors = engine.abstract(lambda x: current.engine().lu_factor(x), spec)
    assert list(factors) == [spec, Spec((2, 3), "int32")]
    pairs = engine.abstract(lambda x: current.engine().eig(x), spec)
    assert list(pairs) == [Spec((2, 3), "complex64"), Spec((2, 3, 3), "complex64")]


@pytest.mark.parametrize("shape", [(3, 2), (2, 3)])
def test_vectors_are_orthonormal(engine, shape):
    x = engine.asarray(RNG.normal(size=shape).astype("float32"))
    for complete in (False, True):
        q, r = map(engine.to_numpy, engine.qr(x, "complete" if complete else "reduced"))
        assert q.shape[1] == r.shape[0] == (shape[0] if complete else 2)
        np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), atol=1e-5)
        np.testing.assert_array_equal(np.tril(r, -1), 0)
        u, values, vh = map(engine.to_numpy, engine.svd(x, complete))
        assert (u.shape[1], vh.shape[0]) == (shape if complete else (2, 2))
        for vectors in (u.T @ u, vh @ vh.T):
            np.testing.assert_allclose(vectors, np.eye(len(vectors)), atol=1e-5)
        assert (np.diff(values) <= 0).all()


def test_only_the_triangle_is_read(engine):
    a = np.array([[2, 3], [5, 4]], "float32")
    b = engine.asarray(np.array([[4], [8]], "float32"))
    for lower, expected in ((False, [[-1], [2]]), (True, [[2], [-0.5]])):
        result = engine.solve_triangular(engine.asarray(a), b, lower)
        close(engine, result, expected, rtol=1e-7)


@pytest.mark.parametrize("name", ["cholesky", "solve"])
def test_a_matrix_without_result_is_refused_or_shows(engine, name):
    x = engine.asarray(np.array([[0, 0], [0, 0]], "float32"))
    try:
        if name == "cholesky":
            result = engine.cholesky(engine.subtract(x, 1.0))
        else:
            result = engine.solve(x, engine.add(x, 1.0))
    except ValueError as error:
        assert "positive definite" in str(error) or "singular" in str(error)
    else:
        assert not np.isfinite(engine.to_numpy(result)).all()


@covers("copy")
def test_a_copy_has_memory_of_its_own(engine):
    matrix = np.arange(6, dtype="float32").reshape(2, 3)
    for x in (matrix, np.array(True), np.zeros((0, 2), "int32")):
        native = engine.asarray(x)
        copied = engine.copy(native)
        assert copied is not native
        assert engine.dtype(copied) == engine.dtype(native)
        same(engine, copied, x)


@covers("view")
@pytest.mark.parametrize("dtypes", [("float32", "int32"), ("int32", "uint8"), ("uint8", "float32")])
def test_bytes_are_read_as_another_dtype(engine, dtypes):
    given, wanted = dtypes
    x = np.arange(24).reshape(2, 12).astype(given)
    for array in (x, x[:, ::-1], x[:, None, :0]):
        native = engine.asarray(array)
        result = engine.view(native, wanted)
        expected = np.ascontiguousarray(array).view(wanted)
        assert engine.dtype(result) == wanted
        assert engine.to_numpy(result).tobytes() == expected.tobytes()
        assert engine.shape(result) == expected.shape
        seen = engine.abstract(lambda x: current.engine().view(x, wanted), Spec(array.shape, given))
        assert seen == Spec(expected.shape, wanted)
