"""Linear algebra that no oracle tells: factors up to signs, batches that Keras has not, slopes, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import ops
from lamina.core import tree

RNG = np.random.default_rng(6)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
SQUARE = (RNG.normal(size=(2, 3, 3)) + 2 * np.eye(3)).astype("float32")
SYMMETRIC = (SQUARE + SQUARE.swapaxes(1, 2)).astype("float32")
SINGULAR = np.array([[1, 2], [2, 4]], "float32")


def host(found):
    """Every tensor of a tree as a NumPy array, in double precision."""
    return tree.map_structure(
        lambda x: np.asarray(
            ops.convert_to_numpy(x), "complex128" if "c" in str(x.dtype) else "float64"
        ),
        found,
    )


def slopes(engine, fn, *values):
    given = [engine.asarray(x) for x in values]
    _, found = engine.value_and_grad(lambda xs: (fn(*xs), None))(given)
    return host(found)


@pytest.mark.parametrize("mode", ["reduced", "complete"])
@pytest.mark.parametrize("x", [X, X.swapaxes(1, 2), SQUARE[0].astype("int32")])
def test_qr_multiplies_to_the_matrix(engine, mode, x):
    q, r = host(ops.qr(x, mode))
    np.testing.assert_allclose(q @ r, x, atol=1e-5)
    np.testing.assert_allclose(
        q.swapaxes(-1, -2) @ q,
        np.broadcast_to(np.eye(q.shape[-1]), q.shape[:-2] + q.shape[-1:] * 2),
        atol=1e-5,
    )


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("x", [X, X.swapaxes(1, 2), SINGULAR.astype("int32")])
def test_svd_multiplies_to_the_matrix(engine, full, x):
    u, values, vh = host(ops.svd(x, full_matrices=full))
    least = values.shape[-1]
    product = u[..., :least] * values[..., None, :] @ vh[..., :least, :]
    np.testing.assert_allclose(product, x, atol=1e-5)
    assert (u.shape[-1], vh.shape[-2]) == (x.shape[-2:] if full else (least, least))
    np.testing.assert_allclose(host(ops.svd(x, compute_uv=False)), values, atol=1e-5)


def test_eigh_reads_the_symmetric_part(engine):
    for x in (SYMMETRIC, SQUARE):
        values, vectors = host(ops.eigh(x))
        symmetric = (x + x.swapaxes(1, 2)) / 2
        np.testing.assert_allclose(symmetric @ vectors, vectors * values[:, None], atol=1e-5)
        assert (np.diff(values) >= 0).all()


def test_eig_keeps_directions(engine):
    for x in (SQUARE, SINGULAR.astype("int32"), np.array([[0, 1], [-1, 0]], "float16")):
        values, vectors = host(ops.eig(x))
        np.testing.assert_allclose(
            x.astype("float64") @ vectors, vectors * values[..., None, :], atol=1e-4
        )


def test_half_floats_are_computed_in_single(engine):
    for dtype in ("float16", "bfloat16"):
        x = ops.cast(SQUARE[0] @ SQUARE[0].T + np.eye(3, dtype="float32"), dtype)
        for name in (
            "cholesky",
            "inv",
            "pinv",
            "det",
            "logdet",
            "norm",
            "eigh",
            "qr",
            "svd",
            "slogdet",
        ):
            found = tree.flatten(getattr(ops, name)(x))
            wide = tree.flatten(getattr(ops, name)(ops.cast(x, "float32")))
            assert {engine.dtype(part) for part in found} == {dtype}, name
            for part, exact in zip(host(found), host(wide), strict=True):
                np.testing.assert_allclose(abs(part), abs(exact), rtol=1e-2, atol=1e-2)


def test_batches_that_keras_has_not(engine):
    lower = np.tril(SQUARE)
    np.testing.assert_allclose(
        host(ops.cholesky_inverse(lower)), np.linalg.inv(lower @ lower.swapaxes(1, 2)), rtol=1e-3
    )
    expected = np.stack([np.linalg.lstsq(a.T, b.T)[0] for a, b in zip(X, X[::-1], strict=True)])
    found = ops.lstsq(X.swapaxes(1, 2), X[::-1].swapaxes(1, 2))
    np.testing.assert_allclose(host(found), expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        host(ops.solve(SQUARE[0], X)), np.linalg.solve(SQUARE[0], X), rtol=1e-3
    )


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 7])
def test_powers_are_repeated_products(engine, n):
    found = ops.matrix_power(SQUARE, n)
    np.testing.assert_allclose(
        host(found), np.linalg.matrix_power(SQUARE.astype("float64"), n), rtol=1e-3
    )
    whole = np.array([[1, 1], [1, 0]], "int32")
    if n >= 0:
        found = ops.matrix_power(whole, n)
        assert engine.dtype(found) == "int32"
        np.testing.assert_array_equal(host(found), np.linalg.matrix_power(whole, n))


def test_slopes_of_what_has_no_oracle(trains):
    weights = RNG.normal(size=(3, 3)).astype("float32")
    power = slopes(
        trains, lambda x: ops.sum(ops.multiply(ops.matrix_power(x, 3), weights)), SQUARE[0]
    )
    product = slopes(trains, lambda x: ops.sum(ops.multiply(x @ x @ x, weights)), SQUARE[0])
    np.testing.assert_allclose(power, product, rtol=1e-4)
    # The sum of eigenvalues is the trace, and that of the squares of singular values all squares'.
    found = slopes(trains, lambda x: ops.sum(ops.eigh(x)[0]), SYMMETRIC[0])
    np.testing.assert_allclose(found[0], np.eye(3), atol=1e-5)
    found = slopes(trains, lambda x: ops.sum(ops.square(ops.svd(x, compute_uv=False))), X)
    np.testing.assert_allclose(found[0], 2 * X, atol=1e-4)


def test_no_slope_is_infinite_where_a_distance_is_zero(trains):
    found = slopes(trains, lambda x, y: ops.sum(ops.cdist(x, y)), X[0], X[0])
    assert np.isfinite(found[0]).all()
    np.testing.assert_array_equal(slopes(trains, ops.norm, np.zeros((2, 2), "float32"))[0], 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ops.cholesky(-np.eye(2)), "positive definite"),
        (lambda: ops.cholesky(X), "square"),
        (lambda: ops.inv(np.ones(3)), "last two axes"),
        (lambda: ops.qr(X, "r"), "reduced"),
        (lambda: ops.svd(np.ones(3)), "last two axes"),
        (lambda: ops.solve(SQUARE, np.ones(4)), "equations"),
        (lambda: ops.lstsq(X, np.ones(4)), "as many rows"),
        (lambda: ops.norm(X, ord=2), "two"),
        (lambda: ops.norm(X[0], ord=3), "not defined for matrices"),
        (lambda: ops.norm(X, ord="fro", axis=0), "one axis"),
        (lambda: ops.cdist(X, SQUARE), "last axis"),
    ],
)
def test_refusals_say_what_is_needed(engine, call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("sizes", [(2, 3), (3, 2), (2, 2)])
def test_vectors_of_a_plane_have_a_third_element_of_zero(sizes, engine):
    x, y = (RNG.normal(size=(4, n)).astype("float32") for n in sizes)
    in_space = (np.pad(v, [(0, 0), (0, 3 - v.shape[1])]) for v in (x, y))
    expected = np.cross(*in_space)
    expected = expected[:, 2] if sizes == (2, 2) else expected
    np.testing.assert_allclose(host(ops.cross(x, y)), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(host(ops.cross(x.T, y.T, 0, 0, 0)), expected.T, rtol=1e-5, atol=1e-6)
