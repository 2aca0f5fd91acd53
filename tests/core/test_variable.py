"""`Variable`: a value with a name that follows the engine."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import Variable, ops
from lamina.core.scope import StatelessScope, name_scope
from lamina.core.variable import host_view
from tests.layers.checks import raises_with


def test_from_values(engine):
    for given, shape, dtype in (
        ([1.0, 2.0], (2,), "float32"),
        ([[1, 2]], (1, 2), "float32"),
        (3, (), "float32"),
        (np.ones(2, "int8"), (2,), "int8"),
        (np.ones(2, "float64"), (2,), "float64"),
    ):
        v = Variable(given)
        assert (v.shape, v.dtype, v.ndim) == (shape, dtype, len(shape))
        np.testing.assert_array_equal(v.numpy(), np.asarray(given))
    assert Variable([1, 2], dtype="int32").dtype == "int32"
    assert Variable(ops.ones((2,), "float16")).dtype == "float16"
    assert Variable(Variable([5.0])).numpy() == 5.0


def test_from_initializers(engine):
    v = Variable(lamina.initializers.Constant(2.0), shape=(2, 3))
    np.testing.assert_array_equal(v.numpy(), np.full((2, 3), 2.0, "float32"))
    v = Variable(lambda shape, dtype: ops.ones(shape, dtype) * 3, shape=(2,), dtype="float16")
    assert v.dtype == "float16" and v.numpy().tolist() == [3, 3]
    with raises_with(ValueError, "needs `shape`"):
        Variable(lamina.initializers.Zeros())
    with raises_with(ValueError, "shape (3,)", "has (2,)"):
        Variable([1.0, 2.0], shape=(3,))


def test_arguments():
    with raises_with(ValueError, "`aggregation`", "'average'"):
        Variable(1.0, aggregation="average")
    with raises_with(ValueError, "'/'", "a/b"):
        Variable(1.0, name="a/b")
    v = Variable(1.0, name="w", trainable=False, aggregation="mean")
    assert (v.name, v.path, v.trainable, v.aggregation) == ("w", "w", False, "mean")
    assert "w" in repr(v) and "float32" in repr(v)
    with name_scope("a"), name_scope("b"):
        assert Variable(1.0, name="w").path == "a/b/w"


def test_assigning(engine):
    v = Variable([1.0, 2.0])
    v.assign([3.0, 4.0])
    v.assign_add([1.0, 1.0])
    v.assign_sub(np.array([0.5, 0.5]))
    assert v.numpy().tolist() == [3.5, 4.5]
    v.assign(Variable([7.0, 8.0]))
    v.assign(ops.cast([9, 10], "int32"))
    assert v.numpy().tolist() == [9, 10] and v.dtype == "float32"
    with raises_with(ValueError, "shape (2,)", "(3,)"):
        v.assign([1.0, 2.0, 3.0])
    with pytest.raises(ValueError):
        v.assign(1.0)
    assert v.numpy().tolist() == [9, 10]


def test_what_is_taken_out_is_a_copy(engine):
    source = np.ones(2, "float32")
    v = Variable(source)
    source[:] = 5
    v.numpy()[:] = 7
    assert v.numpy().tolist() == [1, 1]
    v.value  # noqa: B018  on the engine from here on
    given = np.array([2.0, 3.0], "float32")
    v.assign(given)
    given[:] = 9
    assert v.numpy().tolist() == [2, 3]


def test_operators(engine):
    v, w = Variable([1.0, 2.0]), Variable([3.0, 4.0])
    for found, expected in (
        (v + w, [4, 6]),
        (2 - v, [1, 0]),
        (v * np.array([2.0, 2.0], "float32"), [2, 4]),
        (v**2, [1, 4]),
        (-v, [-1, -2]),
        (w / v, [3, 2]),
        (v[1:], [2]),
        (v > 1, [False, True]),
        (np.array([1.0, 1.0], "float32") + v, [2, 3]),
    ):
        np.testing.assert_allclose(ops.convert_to_numpy(found), expected)
    assert float(Variable(2.0)) == 2.0 and int(Variable(3)) == 3 and bool(Variable(1.0))
    np.testing.assert_array_equal(np.asarray(v), [1, 2])


def test_it_follows_the_engine():
    v = Variable([1.0, 2.0])
    kinds = []
    for name in ("jax", "torch", "tensorflow", "numpy", "jax"):
        with lamina.config.using_backend(name):
            kinds.append(type(v.value).__module__.split(".")[0])
            v.assign(v.value + 1)
    assert kinds == ["jaxlib", "torch", "tensorflow", "numpy", "jaxlib"]
    assert v.numpy().tolist() == [6, 7]


def test_bfloat16_moves_between_engines():
    v = Variable([1.5, 2.5], dtype="bfloat16")
    for name in ("jax", "tensorflow", "torch", "numpy", "torch", "jax"):
        with lamina.config.using_backend(name):
            v.assign(v.value * 2)
            assert v.dtype == "bfloat16"
    assert v.numpy().astype("float32").tolist() == [96, 160]


# StatelessScope.


def test_an_initializer_may_be_named(engine):
    values = lamina.Variable(initializer="uniform", shape=(2, 3)).numpy()
    assert values.shape == (2, 3) and 0 < np.abs(values).max() <= 0.05
    ones = lamina.Variable(initializer={"class_name": "Ones", "config": {}}, shape=(2,))
    assert ones.numpy().tolist() == [1, 1]
    with pytest.raises(ValueError, match="unifrm"):
        lamina.Variable("unifrm", shape=(2,))
    with pytest.raises(ValueError, match="needs `shape`"):
        lamina.Variable("uniform")


def test_an_array_that_is_taken_over_is_not_copied_before_it_is_used(engine):
    variable = Variable(np.zeros((2, 3), "float32"))
    array = np.ones((2, 3), "float32")
    variable.take(array)
    assert host_view(variable) is array
    np.testing.assert_array_equal(engine.to_numpy(variable.value), array)
    np.testing.assert_array_equal(host_view(variable), array)


def test_an_array_that_is_taken_over_reaches_native_variables_and_scopes(engine):
    variable, array = Variable(np.zeros(2, "float32")), np.ones(2, "float32")
    with StatelessScope() as scope:
        variable.take(array)
    assert scope.get_current_value(variable) is not None
    np.testing.assert_array_equal(variable.numpy(), [0, 0])
