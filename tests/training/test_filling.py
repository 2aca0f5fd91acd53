"""The last short batch of `predict` and `evaluate`: no program of its own, and the same results."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.engine.current import engine as in_force
from tests.training.nets import draw, labels

N, SIZE = 22, 4  # the last batch is smaller
X, Y = draw((N, 4)), labels(N)
WEIGHT = np.linspace(0.5, 2, N).astype("float32")


class Counted(layers.Dense):
    """Counts its traces: programs made of it."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.traces = []

    def call(self, x):
        if ops.shape(x)[0] in (SIZE, N % SIZE):  # others stand for a size that is not known
            self.traces.append(ops.shape(x)[0])
        return super().call(x)


class Centred(layers.Layer):
    """Mixes the samples of a batch."""

    def call(self, x):
        return x - ops.mean(x, axis=0)


def _model(*more, loss="sparse_categorical_crossentropy", **options):
    lamina.utils.set_random_seed(5)
    counted = Counted(3)
    hidden = [counted, layers.BatchNormalization(), *more, layers.Activation("softmax")]
    model = lamina.Sequential([lamina.Input((4,)), *hidden])
    model.compile("sgd", loss, **options)
    return model, counted.traces


def _unfilled(model, method, *data, **options):
    """What `method` gives where batches are not filled up: eagerly."""
    model.run_eagerly = True
    result = getattr(model, method)(*data, verbose=0, **options)
    model.run_eagerly = False
    return result


def _batches():
    return ((X[i : i + SIZE], Y[i : i + SIZE]) for i in range(0, N, SIZE))


DATA = {"arrays": lambda: (X, Y, SIZE), "stream": lambda: (_batches(),)}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_a_short_batch_makes_no_program_of_its_own(engine, data):
    model, traces = _model(metrics=["accuracy"])
    model.evaluate(X[:SIZE], Y[:SIZE], verbose=0)  # builds
    model.predict(X[:SIZE], verbose=0)
    traces.clear()
    model.evaluate(*data(), verbose=0)
    x, _, size = (*data(), None, None)[:3]
    model.predict(x, batch_size=size, verbose=0)
    if in_force().compiles_by_shape:
        assert traces == [SIZE]
    else:  # each batch runs as it is
        assert set(traces) == {SIZE, N % SIZE}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("data", DATA)
def test_filled_batches_evaluate_as_short_ones_do(engine, data, weighted):
    plain, with_weights = (
        ["accuracy", lamina.metrics.SparseTopKCategoricalAccuracy(2)],
        ["crossentropy"],
    )
    model, _ = _model(metrics=plain, weighted_metrics=with_weights)
    arguments = DATA[data]()
    if weighted:
        arguments = (X, Y, SIZE) if data == "arrays" else (zip(*_cut(X, Y, WEIGHT), strict=True),)
    options = {"sample_weight": WEIGHT} if weighted and data == "arrays" else {}
    found = model.evaluate(*arguments, verbose=0, **options)
    weights = {"sample_weight": WEIGHT} if weighted else {}
    np.testing.assert_allclose(
        found, _unfilled(model, "evaluate", X, Y, SIZE, **weights), rtol=1e-5
    )


def test_several_short_batches_in_one_call_all_count(engine):
    sizes = [4, 4, 3, 3, 3, 3, 2]
    ends = np.cumsum(sizes)
    rows = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    model, _ = _model(metrics=["accuracy"], steps_per_execution=3)
    for _ in range(2):
        found = model.evaluate(((X[part], Y[part]) for part in rows), verbose=0)
        np.testing.assert_allclose(found, _unfilled(model, "evaluate", X, Y, SIZE), rtol=1e-5)


def test_losses_of_several_outputs_are_those_of_short_batches(engine):
    x = lamina.Input((4,))
    outputs = {"a": layers.Dense(2, name="a")(x), "b": layers.Dense(3, name="b")(x)}
    model = lamina.Model(x, outputs)
    model.compile("sgd", {"a": "mse", "b": "mae"}, {"a": 2.0, "b": 1.0}, {"a": ["mae"]})
    data = X, {"a": X[:, :2], "b": X[:, 1:]}, SIZE
    weights = {"a": WEIGHT, "b": WEIGHT[::-1]}
    for options in ({}, {"sample_weight": weights}):
        found = model.evaluate(*data, verbose=0, **options)
        np.testing.assert_allclose(found, _unfilled(model, "evaluate", *data, **options), rtol=1e-5)


def _cut(*arrays):
    return [[array[i : i + SIZE] for i in range(0, N, SIZE)] for array in arrays]


def test_filled_batches_predict_as_short_ones_do(engine):
    model, _ = _model()
    np.testing.assert_allclose(
        model.predict(X, SIZE, verbose=0), _unfilled(model, "predict", X, SIZE), rtol=1e-5
    )


@pytest.mark.parametrize("again", [1, 2])
def test_a_model_that_mixes_samples_is_not_filled(engine, again):
    model, _ = _model(Centred(), metrics=["accuracy"])
    for _ in range(again):
        found = model.predict(X, SIZE, verbose=0), model.evaluate(X, Y, SIZE, verbose=0)
    np.testing.assert_allclose(found[0], _unfilled(model, "predict", X, SIZE), rtol=1e-5)
    np.testing.assert_allclose(found[1], _unfilled(model, "evaluate", X, Y, SIZE), rtol=1e-5)


class AddsLoss(layers.Layer):
    def call(self, x):
        self.add_loss(ops.mean(x))
        return x


class CountsSamples(lamina.Metric):
    """Takes weights, but counts every sample."""

    def __init__(self):
        super().__init__(name="counted")
        self.count = self.add_variable((), "zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign(self.count + ops.shape(y_pred)[0])

    def result(self):
        return self.count.value


def _summed(y_true, y_pred):
    return ops.sum(ops.cast(y_true, "float32")[:, None] * y_pred)


UNUSUAL = {
    "a layer's loss": lambda: _model(AddsLoss()),
    "a metric that counts samples": lambda: _model(metrics=[CountsSamples()]),
    "a loss that is a sum": lambda: _model(
        loss=lamina.losses.SparseCategoricalCrossentropy(reduction="sum")
    ),
    "a loss that mixes samples": lambda: _model(loss=_summed),
    "an exact metric": lambda: _model(
        metrics=[lamina.metrics.exact(lambda y, p: float(len(p)), name="n")]
    ),
}


@pytest.mark.parametrize("make", UNUSUAL.values(), ids=UNUSUAL)
def test_what_depends_on_all_samples_is_right(engine, make):
    model, _ = make()
    found = model.evaluate(X, Y, SIZE, verbose=0)
    np.testing.assert_allclose(found, _unfilled(model, "evaluate", X, Y, SIZE), rtol=1e-5)


def test_steps_of_the_users_own_get_short_batches(engine):
    seen = []

    class Own(lamina.Model):
        def call(self, x):
            return x * 2

        def test_step(self, data):
            seen.append(ops.shape(data[0])[0])
            return {"sum": ops.sum(self(data[0]))}

        def predict_step(self, data):
            seen.append(ops.shape(data)[0])
            return self(data)

    model = Own()
    model.compile()
    model.evaluate(X, Y, SIZE, verbose=0)
    assert set(seen) == {SIZE, N % SIZE}
    seen.clear()
    model.predict(X, SIZE, verbose=0)
    assert set(seen) == {SIZE, N % SIZE}


@pytest.mark.parametrize("trains", ["jax"])
def test_validation_in_fit_is_filled(trains):
    with lamina.config.using_backend(trains):
        model, traces = _model()
        model.evaluate(X[:SIZE], Y[:SIZE], verbose=0)
        traces.clear()
        model.fit(X[:3], Y[:3], 3, validation_data=(X, Y), validation_batch_size=SIZE, verbose=0)
        assert traces == [SIZE]
