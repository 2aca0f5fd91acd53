"""Callbacks in the real loop."""

import csv
import warnings

import numpy as np
import pytest

import lamina
from lamina.callbacks import (
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)


def fitted(callbacks, **kwargs):
    lamina.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(4,))])
    model.compile(lamina.optimizers.SGD(0.1), "mse", metrics=["mae"])
    arguments = {"batch_size": 16, "epochs": 3, "verbose": 0, "validation_split": 0.25} | kwargs
    model.fit(x, x.sum(1, keepdims=True), callbacks=callbacks, **arguments)
    return model


def test_fit_drives_callbacks(engine, tmp_path):
    if "differentiates" not in engine.capabilities:
        pytest.skip("no gradients")
    seen = []
    path = tmp_path / "log.csv"
    model = fitted(
        [
            LambdaCallback(
                on_train_batch_end=lambda batch, logs: seen.append((batch, logs["loss"]))
            ),
            CSVLogger(path),
            TerminateOnNaN(),
            ReduceLROnPlateau("loss", min_delta=1e9, patience=1, factor=0.5),
        ]
    )
    assert [batch for batch, _ in seen] == [0, 1, 2] * 3
    assert all(isinstance(loss, float) for _, loss in seen)
    history = model.history.history
    assert set(history) == {"loss", "mae", "val_loss", "val_mae", "learning_rate"}
    assert np.allclose(history["learning_rate"], [0.1, 0.1, 0.05])
    with path.open() as file:
        assert [float(row["val_mae"]) for row in csv.DictReader(file)] == history["val_mae"]


def test_fit_gives_equal_results_with_and_without_batch_hooks():
    plain = fitted([]).history.history
    watched = fitted([LambdaCallback(on_train_batch_end=lambda batch, logs: None)]).history.history
    for name, values in plain.items():
        assert np.allclose(values, watched[name], rtol=1e-5), name


def test_fit_stops_early_and_restores():
    kept = []
    stop = EarlyStopping("val_loss", patience=1, mode="max", restore_best_weights=True)
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(keep.model.get_weights()))
    model = fitted([keep, stop], epochs=10)
    assert len(model.history.epoch) == 2 and stop.best_epoch == 0
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), kept[0], strict=True))


def test_fit_writes_checkpoints(tmp_path):
    path = tmp_path / "{epoch:02d}-{val_loss:.3f}.weights.h5"
    model = fitted([ModelCheckpoint(path, save_weights_only=True)])
    names = [
        f"{i + 1:02d}-{loss:.3f}.weights.h5"
        for i, loss in enumerate(model.history.history["val_loss"])
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    last = model.get_weights()
    model.set_weights([np.zeros_like(w) for w in last])
    model.load_weights(tmp_path / names[-1])
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), last, strict=True))


def test_fit_refuses_what_is_no_callback():
    with pytest.raises(TypeError, match="not a Callback"):
        fitted([EarlyStopping])


def test_plateau_refuses_a_real_schedule_before_training():
    model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(4,))])
    model.compile(lamina.optimizers.SGD(lambda step: 0.1), "mse")
    with pytest.raises(ValueError, match="follows a schedule"), warnings.catch_warnings():
        model.fit(
            np.ones((4, 4)), np.ones((4, 1)), callbacks=[ReduceLROnPlateau("loss")], verbose=0
        )
