"""Functions and factors on primitives, which engines have whose library lacks them, on NumPy's primitives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special as scipys

from lamina.engine import current, elimination, products, rotations, special

TOLERANCE = {"float32": 5e-6, "float64": 1e-12}
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _on_numpy():
    with current.using("numpy"):
        yield


def near_one(dtype):
    return 1 - 2.0 ** -np.arange(1, np.finfo(dtype).nmant + 2)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(
    ("name", "low", "high"), [("erfc", -9, 9), ("i0", -80, 80), ("erfinv", -0.99, 0.99)]
)
def test_functions_are_scipys_to_the_last_digits(name, low, high, dtype):
    x = np.linspace(low, high, 1001)
    x = np.concatenate([x, near_one(dtype)]).astype(dtype)
    result = getattr(special, name)(x)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, getattr(scipys, name)(x.astype("float64")), TOLERANCE[dtype])


def test_functions_at_their_ends():
    inf, nan = np.inf, np.nan
    ends = np.array([inf, -inf, nan], "float32")
    np.testing.assert_array_equal(special.erfc(ends), [0, 2, nan])
    np.testing.assert_array_equal(special.i0(ends), [inf, inf, nan])
    points = np.array([1, -1, 1.5, inf, nan], "float32")
    np.testing.assert_array_equal(special.erfinv(points), [inf, -inf, nan, nan, nan])


def test_angles_of_zeros_and_infinities():
    points = np.array([0.0, -0.0, 1, -2, np.inf, -np.inf, np.nan], "float32")
    x, y = points[:, None], points
    result, expected = special.arctan2(x, y), np.arctan2(x, y)
    np.testing.assert_allclose(result, expected, 1e-6)
    assert (np.signbit(result) == np.signbit(expected))[~np.isnan(expected)].all()


LOW_RANK = RNG.normal(size=(8, 3)) @ RNG.normal(size=(3, 8))
MATRICES = [RNG.normal(size=(2, 12, 9)), RNG.normal(size=(25, 25)), LOW_RANK, np.zeros((3, 3))]


def orthonormal(x):
    product = x.swapaxes(-1, -2) @ x
    return np.abs(product - np.eye(product.shape[-1])).max() < 1e-12


@pytest.mark.parametrize("x", MATRICES, ids=lambda x: str(x.shape))
def test_factors_of_any_matrix(x):
    size = np.abs(x).max() + 1
    u, values, vh = rotations.svd(x, True)
    _, expected, _ = np.linalg.svd(x)
    np.testing.assert_allclose(values, expected, atol=1e-13 * size)
    assert orthonormal(u) and orthonormal(vh)
    least = values.shape[-1]
    product = (u[..., :least] * values[..., None, :]) @ vh[..., :least, :]
    np.testing.assert_allclose(product, x, atol=1e-13 * size)
    q, r = rotations.qr(x, "complete")
    assert orthonormal(q) and not np.tril(r, -1).any()
    np.testing.assert_allclose(q @ r, x, atol=1e-13 * size)


def test_eigenvalues_of_both_signs():
    x = RNG.normal(size=(2, 11, 11))
    x = x + x.swapaxes(-1, -2)
    values, vectors = rotations.eigh(x)
    np.testing.assert_allclose(values, np.linalg.eigh(x)[0], atol=1e-12)
    np.testing.assert_allclose(x @ vectors, vectors * values[..., None, :], atol=1e-12)


def test_equations():
    a, b = RNG.normal(size=(2, 10, 10)), RNG.normal(size=(2, 10, 3))
    np.testing.assert_allclose(a @ elimination.solve(a, b), b, atol=1e-11)
    definite = a @ a.swapaxes(-1, -2)
    np.testing.assert_allclose(elimination.cholesky(definite), np.linalg.cholesky(definite), 1e-9)
    signs, sizes = elimination.slogdet(a)
    np.testing.assert_allclose(signs * np.exp(sizes), np.linalg.det(a), 1e-11)
    np.testing.assert_allclose(elimination.det(a), np.linalg.det(a), 1e-11)
    assert np.isnan(elimination.cholesky(-definite)).any()


SUMS = {
    "abc,cd->abd": ((2, 3, 4), (4, 5)),
    "...x,xhd->...hd": ((2, 3, 4), (4, 2, 3)),
    "...hd,hdo->...o": ((2, 3, 2, 3), (2, 3, 4)),
    "bthd,bshd->bhts": ((2, 3, 2, 4), (2, 5, 2, 4)),
    "btkgd,bskd->bkgts": ((2, 3, 2, 2, 4), (2, 5, 2, 4)),
    "bkgts,bskd->btkgd": ((2, 2, 2, 3, 5), (2, 5, 2, 4)),
    "ab,cd->dbac": ((2, 3), (4, 5)),
    "ab,ab->ba": ((2, 3), (2, 3)),
    "ab,ab->": ((2, 3), (2, 3)),
    "a,a->a": ((0,), (0,)),
}
OTHERS = {
    "ab,b": ((2, 3), (3,)),
    "aab,b->a": ((2, 2, 3), (3,)),
    "ab,cb->a": ((2, 3), (4, 3)),
    "ab,ac->bc": ((1, 3), (2, 4)),
    "...a,...a->...": ((2, 3), (2, 3)),
    "abc->cb": ((2, 3, 4),),
    "ab,bc,cd->ad": ((2, 3), (3, 4), (4, 5)),
}


@pytest.mark.parametrize("subscripts", SUMS | OTHERS)
def test_sums_that_are_a_product_of_matrices_are_one(subscripts):
    others = []
    xs = [RNG.normal(size=shape) for shape in (SUMS | OTHERS)[subscripts]]
    result = products.einsum(lambda *args: others.append(args) or np.einsum(*args), subscripts, *xs)
    np.testing.assert_allclose(result, np.einsum(subscripts, *xs), atol=1e-14)
    assert bool(others) == (subscripts in OTHERS)
