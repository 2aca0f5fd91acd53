"""Creating, moving and choosing elements: what no oracle tells, unknown sizes, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops

X = np.arange(24, dtype="float32").reshape(2, 3, 4)


def unknown(*shape):
    return lamina.KerasTensor(shape)


def test_columns_are_stacked(engine):
    for xs in ([X[0, 0], X[1]], [np.arange(3), X[0, 0, :3]], [1, 2.5], [X, X]):
        xs = [x.T if getattr(x, "ndim", 0) == 2 else x for x in xs]
        found = ops.convert_to_numpy(ops.column_stack(xs))
        np.testing.assert_array_equal(found, np.column_stack(xs))
        assert found.dtype == ("float32" if found.dtype.kind == "f" else "int32")


def test_a_copy_does_not_follow_its_original(engine):
    given = X.copy()
    copied = ops.copy(given)
    given[:] = 0
    np.testing.assert_array_equal(ops.convert_to_numpy(copied), X)


def test_variables_are_taken_in(engine):
    v = lamina.Variable(X)
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.repeat(v, [1, 0, 2], 1))[:, 0], X[:, 0])
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.select([X > 3], [v], v)), X)
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.full((2, 3, 4), v)), X)
    counts = ops.convert_to_tensor([2, 0, 1])
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.repeat(X[0, 0, :3], counts)), [0, 0, 2])


def test_unknown_sizes_stay_unknown(engine):
    assert ops.diagonal(unknown(None, 4)).shape == (None,)
    assert ops.diagonal(unknown(None, 4, 3), 0, 1, 2).shape == (None, 3)
    assert ops.diag(unknown(None, 4)).shape == (None,)
    assert ops.diag(unknown(None), 1).shape == (None, None)
    assert ops.trace(unknown(None, 4, 3)).shape == (3,)
    assert [part.shape for part in ops.qr(unknown(None, 4))] == [(None, None), (None, 4)]
    assert [part.shape for part in ops.qr(unknown(None, 4), "complete")] == [
        (None, None),
        (None, 4),
    ]
    assert [part.shape for part in ops.svd(unknown(None, 4))] == [(None, None), (None,), (4, 4)]
    assert ops.svd(unknown(None, 4), compute_uv=False).shape == (None,)
    u, values, vh = ops.svd(unknown(None, 2, 4), full_matrices=False)
    assert (u.shape, values.shape, vh.shape) == ((None, 2, 2), (None, 2), (None, 2, 4))
    assert ops.tril(unknown(None, None)).shape == (None, None)
    assert ops.pad(unknown(None, 3), 1, "reflect").shape == (None, 5)
    assert [part.shape for part in ops.split(unknown(None, 3), [2])] == [(2, 3), (None, 3)]
    assert ops.vander(unknown(None), 3).shape == (None, 3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ops.diagonal(X, 0, 1, -2), "two different axes"),
        (lambda: ops.diag(X), "1-d or 2-d"),
        (lambda: ops.rot90(X[0, 0]), "two different axes"),
        (lambda: ops.meshgrid(X), "1-d"),
        (lambda: ops.meshgrid(X[0, 0], indexing="yx"), "indexing"),
        (lambda: ops.vander(X), "one axis"),
        (lambda: ops.linspace(0, 1, -1), "num"),
        (lambda: ops.split(X, 2, 1), "equal parts"),
        (lambda: ops.dsplit(X[0], 2), "3 axes"),
        (lambda: ops.repeat(X, [1, 2], 1), "one for each"),
        (lambda: ops.pad(X, 1, "mirror"), r"`mode` must be one of .* not 'mirror'"),
        (lambda: ops.pad(X, -1), "negative"),
        (lambda: ops.pad(X, 1, "edge", constant_values=1), "no meaning"),
        (lambda: ops.view(X[..., :3].astype("int8"), "int32"), "whole number"),
        (lambda: ops.select([X > 1], [X, X]), "as many choices"),
        (lambda: ops.select([], []), "as many choices"),
        (lambda: ops.unravel_index([1], (-1, 2)), "negative"),
        (lambda: ops.cross(X, X), "2 or 3 elements"),
        (lambda: ops.tensordot(X, X, 1), "pair up"),
    ],
)
def test_refusals_say_what_is_needed(engine, call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_unknown_keywords_and_kinds_are_refused(engine):
    with pytest.raises(TypeError, match="foo"):
        ops.einsum("ij->i", X[0], foo=1)
    with pytest.raises(TypeError, match=r"ops\.split"):
        ops.array_split(X, [1, 2])


@pytest.mark.parametrize("pad_width", [((1, 1), (2, 2)), (1, 2, 3)])
def test_widths_for_other_axes_are_refused(engine, pad_width):
    with pytest.raises(ValueError, match=r"ops\.pad: `pad_width` must be .* shape \(3,\)"):
        ops.pad(np.ones(3), pad_width)
