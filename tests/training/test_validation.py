"""Validation data and splits."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.feeds.arrays import split
from tests.training.nets import (
    dense,
    draw,
    labels,
    mlp,
    two_data,
    two_outputs,
)


def test_validation_data_and_split_agree(trains):
    x, y = draw((50, 4)), labels(50)
    found = []
    for said in ({"validation_split": 0.2}, {"validation_data": (x[40:], y[40:])}):
        lamina.utils.set_random_seed(1)
        model = mlp()
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        data = (x, y) if "validation_split" in said else (x[:40], y[:40])
        found.append(model.fit(*data, epochs=2, verbose=0, batch_size=8, **said).history)
    assert list(found[0]) == ["loss", "accuracy", "val_loss", "val_accuracy"] or sorted(
        found[0]
    ) == sorted(["accuracy", "loss", "val_accuracy", "val_loss"])
    for name in found[0]:
        assert found[0][name] == pytest.approx(found[1][name], rel=1e-6)
    assert found[0]["val_loss"][-1] == pytest.approx(
        model.evaluate(x[40:], y[40:], verbose=0)[0], rel=1e-5
    )


def test_validation_with_weights_in_lists_and_by_frequency(trains):
    x, y = draw((30, 4)), draw((30, 3))
    model = dense()
    model.compile("sgd", "mse")
    weight = np.arange(10.0)
    seen = model.fit(
        x, y, epochs=4, verbose=0, validation_freq=2, validation_data=[x[:10], y[:10], weight]
    ).history
    assert len(seen["loss"]) == 4 and len(seen["val_loss"]) == 2
    assert seen["val_loss"][-1] == pytest.approx(
        model.evaluate(x[:10], y[:10], sample_weight=weight, verbose=0)
    )
    seen = model.fit(
        x, y, epochs=4, verbose=0, validation_freq=[1, 4], validation_data=(x, y)
    ).history
    assert len(seen["val_loss"]) == 2
    seen = model.fit(
        x, y, verbose=0, validation_data=(x, y), validation_steps=1, validation_batch_size=5
    ).history
    assert seen["val_loss"][0] == pytest.approx(model.evaluate(x[:5], y[:5], verbose=0), rel=1e-5)


def test_the_split_takes_the_last_samples_of_structures(trains):
    x, y = two_data(20)
    model = two_outputs()
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    history = model.fit(x, y, validation_split=0.25, verbose=0).history
    tail = model.evaluate(
        [part[15:] for part in x], [part[15:] for part in y], verbose=0, return_dict=True
    )
    assert history["val_loss"][0] == pytest.approx(tail["loss"], rel=1e-5)


@pytest.mark.parametrize("tenths", range(1, 10))
def test_splits_are_exact(tenths):
    """In floats 10 * (1 - 0.9) is below 1: nothing would be left to train with."""
    for samples in range(10, 100):
        x = np.arange(samples, dtype="float32")
        (train, *_), (validation, *_) = split((x, None, None), tenths / 10)
        assert len(train) == samples * (10 - tenths) // 10
        np.testing.assert_array_equal(np.concatenate([train, validation]), x)


@pytest.mark.parametrize(
    ("samples", "fraction", "part"), [(3, 0.8, "training"), (1, 0.5, "training")]
)
def test_splits_that_leave_nothing_are_refused(samples, fraction, part):
    with pytest.raises(ValueError, match=f"{samples} samples leaves no samples for {part}"):
        split((np.ones(samples), None, None), fraction)
