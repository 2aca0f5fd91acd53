"""Training, evaluation and prediction on sparse data give what they give on dense ones."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

import lamina
from lamina import layers
from lamina.core.sparse import Sparse
from lamina.core.sparse_rows import SparseRows
from lamina.feeds.arrays import as_arrays
from lamina.preflight.finding import PreflightWarning

DRAWS = np.random.default_rng(0)
X = sparse.random_array((70, 30), density=0.15, rng=DRAWS, dtype="float32", format="csr")
Y = DRAWS.integers(0, 3, 70)


def network(**arguments):
    lamina.utils.set_random_seed(0)
    x = layers.Input((30,), sparse=True, name="x")
    hidden = layers.Dense(8, "relu")(x)
    model = lamina.Model(x, layers.Dense(3, "softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **arguments)
    return model


FOREIGN = {
    "csr": lambda: X,
    "csc_matrix": lambda: sparse.csc_matrix(X),
    "coo": lambda: X.tocoo(),
    "BCOO": lambda: __import__("jax.experimental.sparse").experimental.sparse.BCOO.fromdense(
        X.toarray()
    ),
    "SparseTensor": lambda: __import__("tensorflow").sparse.from_dense(X.toarray()),
    "torch": lambda: __import__("torch").tensor(X.toarray()).to_sparse_coo(),
}


def same(history, other):
    assert history.keys() == other.keys()
    for name, values in history.items():
        np.testing.assert_allclose(values, other[name], rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("kind", FOREIGN)
def test_data_of_libraries_are_rows_on_the_host(kind):
    rows = as_arrays(FOREIGN[kind](), "x")
    assert isinstance(rows, SparseRows) and len(rows) == 70
    np.testing.assert_array_equal(rows.toarray(), X.toarray())


def test_fit_is_that_on_the_dense_array(trains):
    options = {"epochs": 2, "batch_size": 16, "verbose": 0, "validation_split": 0.2}
    history = network().fit(X, Y, **options).history
    same(history, network().fit(X.toarray(), Y, **options).history)


def test_other_ways_to_learn_and_judge(trains):
    weight, models = {0: 1.0, 1: 2.0, 2: 3.0}, []
    for x in (X, X.toarray()):
        models.append(network(run_eagerly=True))
        options = {"class_weight": weight, "validation_data": (x, Y), "callbacks": [_Watch()]}
        models[-1].fit(x, Y, verbose=0, **options)
    one, other = models
    same(one.history.history, other.history.history)
    np.testing.assert_allclose(
        one.evaluate(X, Y, verbose=0), other.evaluate(X.toarray(), Y, verbose=0), rtol=1e-5
    )
    expected = other.train_on_batch(X.toarray()[:9], Y[:9])
    np.testing.assert_allclose(one.train_on_batch(X[:9], Y[:9]), expected, rtol=1e-5)


class _Watch(lamina.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        assert logs["loss"] > 0


def test_predictions_are_those_of_dense_arrays(engine):
    model, dense = network(), X.toarray()
    for options in ({}, {"batch_size": 32}):
        result = model.predict(X, verbose=0, **options)
        np.testing.assert_allclose(result, model.predict(dense, verbose=0, **options), rtol=1e-5)
    result = lamina.ops.convert_to_numpy(model(X))
    np.testing.assert_allclose(result, model.predict_on_batch(X), rtol=1e-5)
    expected = model.evaluate(dense, Y, verbose=0)
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), expected, rtol=1e-5)


def test_batches_may_be_sparse(trains):
    batches = [(X[i : i + 16], Y[i : i + 16]) for i in range(0, 70, 16)]
    dense = [(x.toarray(), y) for x, y in batches]
    history, expected = (
        network().fit(data.__iter__(), verbose=0, preflight=False).history
        for data in (batches, dense)
    )
    same(history, expected)


def test_a_data_set_of_tensorflow_may_be_sparse(trains, tf):
    batches = tf.data.Dataset.from_tensor_slices((tf.sparse.from_dense(X.toarray()), Y)).batch(16)
    history = network().fit(batches, verbose=0).history
    same(history, network().fit(X.toarray(), Y, batch_size=16, shuffle=False, verbose=0).history)


def test_some_of_several_inputs_may_be_sparse(trains):
    def both():
        lamina.utils.set_random_seed(0)
        a, b = layers.Input((30,), name="a", sparse=True), layers.Input((30,), name="b")
        model = lamina.Model([a, b], layers.Dense(1)(layers.Add()([a, b])))
        model.compile("sgd", "mse")
        return model

    dense, options = X.toarray(), {"verbose": 0, "epochs": 2}
    history = both().fit({"a": X, "b": dense}, Y, **options).history
    same(history, both().fit({"a": dense, "b": dense}, Y, **options).history)


def test_targets_may_be_sparse(trains):
    def encoder():
        lamina.utils.set_random_seed(0)
        model = lamina.Sequential([layers.Input((30,)), layers.Dense(30)])
        model.compile("sgd", "mse")
        return model

    history = encoder().fit(X, X, verbose=0).history
    same(history, encoder().fit(X.toarray(), X.toarray(), verbose=0).history)


def test_outputs_that_are_sparse_come_as_arrays(engine):
    x = layers.Input((30,), sparse=True)
    model = lamina.Model(x, layers.Activation("tanh")(x))
    assert isinstance(model(X), Sparse) and model.outputs[0].sparse
    np.testing.assert_allclose(model.predict(X, verbose=0), np.tanh(X.toarray()), rtol=1e-5)


def test_texts_become_sparse_rows_in_a_model(trains):
    texts, labels = np.array(["a b", "b c c", "x", "a a"] * 5), np.array([0, 1, 0, 1] * 5)

    def model(sparse):
        lamina.utils.set_random_seed(0)
        x = layers.Input((), dtype="string")
        words = ["a", "b", "c"]
        vectors = layers.TextVectorization(vocabulary=words, output_mode="count", sparse=sparse)(x)
        assert vectors.sparse == sparse
        made = lamina.Model(x, layers.Dense(1, "sigmoid")(vectors))
        made.compile("sgd", "binary_crossentropy")
        return made

    histories = [
        model(s).fit(texts, labels, epochs=2, batch_size=8, verbose=0).history
        for s in (True, False)
    ]
    same(*histories)
    assert model(True).predict(texts, verbose=0).shape == (20, 1)


def with_nan():
    x = X.copy()
    x.data[3] = np.nan
    return x


def test_preflight_looks_at_some_rows(trains):
    with pytest.warns(PreflightWarning, match="`x` holds 1 NaN value"):
        network().fit(with_nan(), Y, verbose=0, on_nan="ignore")


def test_a_loss_that_is_not_finite_is_accounted_for(trains):
    with pytest.raises(FloatingPointError, match=r"`x` has 1 of .* numbers that are not finite"):
        network().fit(with_nan(), Y, verbose=0, preflight=False, on_nan="raise")


def test_sparse_data_have_two_axes():
    flat = sparse.coo_array(np.array([1.0, 0.0, 2.0]))
    with pytest.raises(ValueError, match=r"`x` is a sparse tensor of shape \(3,\)"):
        network().fit(flat, Y)


def test_a_large_matrix_is_never_dense(trains):
    """As a whole it would take 20 GB, a batch of it 6.4 MB."""
    draws = np.random.default_rng(0)
    rows, size, each = 100_000, 50_000, 5
    columns = draws.integers(0, size, rows * each)
    x = sparse.csr_array(
        (np.ones(rows * each, "float32"), columns, np.arange(0, rows * each + 1, each)),
        (rows, size),
    )
    model = lamina.Sequential([layers.Input((size,), sparse=True), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(x[:64], np.zeros((64, 2), "float32"), verbose=0)
    tracemalloc.start()
    y = np.zeros((rows, 2), "float32")
    model.fit(x, y, verbose=0, steps_per_epoch=3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6
