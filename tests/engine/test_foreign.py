"""Tensors of other engines are taken in wherever tensors are."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, losses, metrics, models, ops
from lamina.engine import current
from tests.engines import ENGINES

X = np.array([[1.0, 2.0], [3.0, 5.0]], "float32")
OTHERS = [name for name in ENGINES if name != "numpy"]


@pytest.fixture(params=OTHERS)
def foreign(request, engine):
    """Make an array of an engine that is not in force."""
    if request.param == engine.name:
        name = next(name for name in OTHERS if name != engine.name)
    else:
        name = request.param
    return lambda x: current.load(name).asarray(x)


def _dense(x):
    layer = layers.Dense(2, kernel_initializer="ones")
    return layer(x)


def _metric(x):
    metric = metrics.MeanSquaredError()
    metric.update_state(x, x * 0 + 1)
    return metric.result()


def _assigned(x):
    variable = lamina.Variable(np.zeros((2, 2), "float32"))
    variable.assign(x)
    variable.assign_add(x)
    return variable.value


TAKERS = {
    "op": ops.square,
    "op with a native": lambda x: ops.add(ops.convert_to_tensor(X), x),
    "op of a list": lambda x: ops.concatenate([x, ops.convert_to_tensor(X)], axis=0),
    "list for a tensor": lambda x: ops.sum([x, x], axis=0),
    "convert_to_tensor": ops.convert_to_tensor,
    "convert_to_numpy": ops.convert_to_numpy,
    "cast": lambda x: ops.cast(x, "float16"),
    "shape": lambda x: ops.shape(x),
    "higher order": lambda x: ops.map(lambda row: ops.sum(row), x),
    "layer": _dense,
    "layer of a list": lambda x: layers.Add()([x, X]),
    "layer of integers": lambda x: layers.Embedding(9, 2, embeddings_initializer="ones")(x),
    "loss": lambda x: losses.MeanSquaredError()(x, X + 1),
    "loss function": lambda x: losses.mean_squared_error(X + 1, x),
    "metric": _metric,
    "variable": lambda x: lamina.Variable(x).value,
    "assignment": _assigned,
    "gradient": lambda x: (
        lamina.autodiff.grad(lambda y: ops.sum(y * y))(x)
        if "differentiates" in current.engine().capabilities
        else x
    ),
}


@pytest.mark.parametrize("name", TAKERS)
def test_tensors_of_other_engines_count_as_arrays(engine, foreign, name):
    taker = TAKERS[name]
    expected = np.asarray(ops.convert_to_numpy(taker(X)))
    result = np.asarray(ops.convert_to_numpy(taker(foreign(X))))
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8", "bool", "complex64"])
def test_every_dtype_comes_over(engine, foreign, dtype):
    x = current.load("jax").to_numpy(
        current.load("jax").cast(current.load("jax").asarray(X), dtype)
    )
    native = ops.convert_to_tensor(foreign(x))
    assert engine.dtype(native) == dtype
    np.testing.assert_array_equal(engine.to_numpy(native), x)


def test_a_tensor_that_records_gradients_is_taken_in_by_its_value(engine):
    torch = pytest.importorskip("torch")
    if engine.name != "torch":
        found = ops.add(torch.tensor(X, requires_grad=True), 1.0)
        np.testing.assert_array_equal(ops.convert_to_numpy(found), X + 1)


def test_models_learn_from_tensors_of_other_engines(trains, foreign):
    model = models.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = foreign(X), foreign(X[:, :1])
    model.train_on_batch(x, y)
    assert model.predict(x, verbose=0).shape == (2, 1)
    assert model.evaluate(x, y, verbose=0, return_dict=True).keys() == {"loss", "mae"}
    model.fit(x, y, verbose=0)
    model.fit(((x, y) for _ in range(2)), verbose=0)
