"""Data that come in batches: generators, data sets, data loaders, batches by number."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers
from tests.layers.checks import raises_with
from tests.training.nets import draw, labels, mlp

N, SIZE = 22, 4  # the last batch is smaller
X, Y = draw((N, 4)), labels(N)
WEIGHT = np.linspace(0.5, 2, N).astype("float32")


def _cut(*arrays):
    return [tuple(a[i : i + SIZE] for a in arrays) for i in range(0, N, SIZE)]


class _ByNumber:
    def __init__(self, *arrays):
        self.batches, self.told = _cut(*arrays), []

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        self.told.append(i)
        return self.batches[i]

    def on_epoch_end(self):
        self.told.append("end")


class _Again:
    """A generator that can be started again, and does not know its length."""

    def __init__(self, *arrays):
        self.arrays = arrays

    def __iter__(self):
        yield from _cut(*self.arrays)


def _data_set(*arrays):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(arrays).batch(SIZE)


def _loader(*arrays):
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    return DataLoader(TensorDataset(*map(torch.from_numpy, arrays)), batch_size=SIZE)


SOURCES = {"tf.data": _data_set, "loader": _loader, "number": _ByNumber, "again": _Again}


def _model(**options):
    lamina.utils.set_random_seed(5)
    model = mlp()
    model.compile("sgd", "sparse_categorical_crossentropy", **options)
    return model


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("weighted", [False, True])
def test_batches_train_as_arrays_do(trains, source, weighted):
    arrays = (X, Y, WEIGHT) if weighted else (X, Y)
    expected, found = _model(metrics=["accuracy"]), _model(metrics=["accuracy"])
    options = {"epochs": 2, "verbose": 0, "shuffle": False, "class_weight": {0: 1, 1: 3, 2: 1}}
    one = expected.fit(X, Y, SIZE, sample_weight=WEIGHT if weighted else None, **options)
    other = found.fit(SOURCES[source](*arrays), **options)
    for a, b in zip(expected.get_weights(), found.get_weights(), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-6)
    assert one.history.keys() == other.history.keys()
    np.testing.assert_allclose(other.history["loss"], one.history["loss"], rtol=1e-5)
    assert len(other.history["accuracy"]) == 2


@pytest.mark.parametrize("source", SOURCES)
def test_batches_evaluate_and_predict_as_arrays_do(engine, source):
    model = _model(metrics=["accuracy"])
    batches = SOURCES[source](X, Y)
    np.testing.assert_allclose(
        model.evaluate(batches, verbose=0), model.evaluate(X, Y, SIZE, verbose=0), rtol=1e-5
    )
    np.testing.assert_allclose(
        model.predict(batches, verbose=0), model.predict(X, verbose=0), rtol=1e-5, atol=1e-6
    )
    assert model.predict(batches, steps=2, verbose=0).shape == (2 * SIZE, 3)
    only_inputs = (x for x, _ in _cut(X, Y))
    assert model.predict(only_inputs, verbose=0).shape == (N, 3)


def test_a_model_is_built_by_the_first_batch(engine):
    model = lamina.models.Sequential([layers.Dense(2)])
    assert model.predict(_Again(X), verbose=0).shape == (N, 2)
    assert model.built


class _Count(lamina.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.steps = []

    def on_epoch_begin(self, epoch, logs=None):
        self.steps.append(0)

    def on_train_batch_end(self, batch, logs=None):
        self.steps[-1] += 1


def _steps(source, **options):
    count = _Count()
    _model().fit(source, verbose=0, callbacks=[count], **options)
    return count.steps


@pytest.mark.filterwarnings("ignore:.*ended after")
def test_steps_in_an_epoch(trains):
    """As in Keras: with `steps_per_epoch` an epoch goes on where the last one stopped."""
    assert _steps(_data_set(X, Y), epochs=2) == [6, 6]
    assert _steps(_data_set(X, Y), epochs=4, steps_per_epoch=4) == [4, 2, 4, 2]
    assert _steps(_data_set(X, Y).repeat(), epochs=2, steps_per_epoch=4) == [4, 4]
    assert _steps(_data_set(X, Y), epochs=2, steps_per_epoch=9) == [6, 6]
    assert _steps(iter(_cut(X, Y)), epochs=2, steps_per_epoch=3) == [3, 3]
    with pytest.warns(UserWarning, match="epochs 2 to 5 do not run"):
        assert _steps(iter(_cut(X, Y)), epochs=5) == [6]


def test_too_few_batches_are_said(trains):
    with pytest.warns(UserWarning, match="ended after 6 of the 9 batches"):
        _model().fit(_Again(X, Y), verbose=0, steps_per_epoch=9)


def test_validation_starts_from_the_beginning(trains):
    model = _model()
    seen = _ByNumber(X, Y)
    history = model.fit(
        X, Y, SIZE, epochs=2, validation_data=seen, validation_steps=2, verbose=0
    ).history
    assert seen.told == [0, 1, "end", 0, 1, "end"]
    model.evaluate(X[:8], Y[:8], verbose=0)
    expected = model.evaluate(X[:8], Y[:8], verbose=0)
    np.testing.assert_allclose(history["val_loss"][-1], expected, rtol=1e-5)


def test_batches_by_number_are_shuffled_whole(trains):
    source = _ByNumber(X, Y)
    _model().fit(source, epochs=2, verbose=0)
    one, other = source.told[:6], source.told[7:13]
    assert source.told[6] == source.told[13] == "end"
    assert sorted(one) == sorted(other) == list(range(6))
    assert one != other


def test_what_does_not_go_with_batches(trains):
    model = _model()
    for name, value in {"y": Y, "sample_weight": WEIGHT, "validation_split": 0.5}.items():
        with raises_with(ValueError, "gives batches", f"`{name}`"):
            model.fit(_Again(X, Y), verbose=0, **{name: value})
    with raises_with(ValueError, "has no end", "steps_per_epoch"):
        model.fit(_data_set(X, Y).repeat(), verbose=0)
    with raises_with(ValueError, "gives no batches"):
        model.fit(iter(()), verbose=0)


def test_a_wrong_batch_is_named(trains):
    batches = _cut(X, Y)
    batches[2] = (X[:3], Y[:4])
    with pytest.raises(ValueError, match="same number of samples") as caught:
        _model().fit(iter(batches), verbose=0)
    assert "batch 2" in caught.value.__notes__[-1]


def test_one_trace_for_each_size_of_batch(trains):
    calls = []

    class Counting(layers.Layer):
        def call(self, inputs):
            calls.append(inputs.shape)
            return inputs

    model = lamina.models.Sequential([layers.Input((4,)), Counting(), layers.Dense(3)])
    model.compile("sgd", "mse")
    targets = draw((N, 3))
    model.fit(_data_set(X, targets), epochs=1, verbose=0)
    before = len(calls)
    model.fit(_data_set(X, targets), epochs=3, verbose=0)
    assert not trains.compiles_by_shape or len(calls) == before
