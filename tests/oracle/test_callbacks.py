"""The same logs given to Keras' callbacks and to ours: equal epochs, rates, file names, tables."""

import warnings

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lamina import callbacks as ours, metrics

theirs = keras.callbacks

# Few different values, so that ties and plateaus are frequent.
VALUES = st.lists(st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.5, 0.9]), min_size=1, max_size=15)
COUNTS = st.integers(0, 3)
MODES = st.sampled_from(["min", "max"])
DELTAS = st.sampled_from([0, 0.05, -0.05, 0.1])


class Optimizer:
    def __init__(self):
        self.learning_rate = np.float32(0.1)


class Model:
    def __init__(self):
        self.stop_training = False
        self.optimizer = Optimizer()
        self.saved = []
        self.weights = None
        self.metrics = []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def save_weights(self, path, overwrite):
        self.saved.append(path)

    def save(self, path, overwrite):
        self.saved.append(path)


def run(callback, epochs, batches=0, per_call=1, fits=1):
    """The state of a model and its rate after each epoch."""
    model, trace = Model(), []
    callback.set_model(model)
    for _ in range(fits):
        fit(
            callback,
            model,
            trace,
            epochs,
            [*range(per_call - 1, batches - 1, per_call), batches - 1],
        )
    return trace, model.weights


def fit(callback, model, trace, epochs, ends):
    """One `fit`: `ends` are the numbers of the batches after which a call of the step returns."""
    callback.on_train_begin()
    for epoch, given_logs in enumerate(epochs):
        logs = dict(given_logs)
        callback.on_epoch_begin(epoch)
        for batch in ends if ends != [-1] else ():
            callback.on_train_batch_end(batch, logs)
        model.weights = [epoch]
        callback.on_epoch_end(epoch, logs)
        trace.append((epoch, float(model.optimizer.learning_rate), list(model.saved), sorted(logs)))
        if model.stop_training:
            break
    callback.on_train_end()


def both(name, epochs, batches=0, per_call=1, fits=1, **arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (
            run(getattr(ours, name)(**arguments), epochs, batches, per_call, fits),
            run(getattr(theirs, name)(**arguments), epochs, batches, per_call, fits),
        )


@settings(deadline=None, max_examples=300)
@given(
    values=VALUES,
    patience=COUNTS,
    min_delta=DELTAS,
    mode=MODES,
    baseline=st.sampled_from([None, 0.2, 0.4]),
    restore=st.booleans(),
    start=COUNTS,
)
def test_early_stopping(values, patience, min_delta, mode, baseline, restore, start):
    mine, keras_ = both(
        "EarlyStopping",
        [{"val_loss": v} for v in values],
        patience=patience,
        min_delta=min_delta,
        mode=mode,
        baseline=baseline,
        restore_best_weights=restore,
        start_from_epoch=start,
    )
    assert mine == keras_


@settings(deadline=None, max_examples=300)
@given(
    values=VALUES,
    factor=st.sampled_from([0.5, 0.1]),
    patience=COUNTS,
    min_delta=DELTAS,
    mode=MODES,
    cooldown=COUNTS,
    min_lr=st.sampled_from([0, 0.02, 0.1]),
)
def test_reduce_lr_on_plateau(values, factor, patience, min_delta, mode, cooldown, min_lr):
    mine, keras_ = both(
        "ReduceLROnPlateau",
        [{"val_loss": v} for v in values],
        factor=factor,
        patience=patience,
        min_delta=min_delta,
        mode=mode,
        cooldown=cooldown,
        min_lr=min_lr,
    )
    assert mine == keras_


@settings(deadline=None, max_examples=200)
@given(
    values=VALUES,
    batches=st.integers(1, 7),
    freq=st.one_of(st.just("epoch"), st.integers(1, 9)),
    best=st.booleans(),
    mode=MODES,
    threshold=st.sampled_from([None, 0.25]),
    weights=st.booleans(),
    per_call=st.integers(1, 8),
    fits=st.integers(1, 2),
)
def test_model_checkpoint(values, batches, freq, best, mode, threshold, weights, per_call, fits):
    best = best and freq == "epoch"  # Keras 3.15 raises a TypeError of its own for batches
    ending = "weights.h5" if weights else "keras"
    name = "{epoch:02d}-{val_loss:.2f}" if freq == "epoch" else "{epoch:03d}-{batch}-{val_loss:.1e}"
    mine, keras_ = both(
        "ModelCheckpoint",
        [{"val_loss": v} for v in values],
        batches,
        min(per_call, batches),
        fits,
        filepath=f"{name}.{ending}",
        save_best_only=best,
        save_weights_only=weights,
        mode=mode,
        save_freq=freq,
        initial_value_threshold=threshold,
    )
    assert mine == keras_


@pytest.mark.parametrize("name", ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"])
def test_a_monitor_that_is_not_there(name):
    extra = {"filepath": "m.keras", "save_best_only": True} if name == "ModelCheckpoint" else {}
    mine, keras_ = both(name, [{"loss": 1.0}] * 4, **extra)
    assert mine == keras_


@settings(deadline=None, max_examples=50)
@given(values=VALUES)
def test_learning_rate_scheduler(values):
    epochs = [{"loss": v} for v in values]
    mine, keras_ = both("LearningRateScheduler", epochs, schedule=lambda epoch, rate: rate * 0.9)
    assert mine == keras_


@pytest.mark.parametrize(
    "epochs",
    [
        [{"loss": 0.5, "acc": 1 / 3}, {"loss": 1e-9, "acc": 1.0}],
        [{"loss": 0.5, "val_loss": 2.0}, {"loss": 0.25}],
        [{"loss": 0.5}, {"loss": 0.25, "val_loss": 2.0}],
        [{"loss": np.float32(0.1), "b": np.array([1.0, 2.0])}],
    ],
)
@pytest.mark.parametrize("append", [False, True])
def test_csv_logger(tmp_path, epochs, append):
    tables = []
    for module in (ours, theirs):
        path = tmp_path / f"{module.__name__}.csv"
        for _ in range(2):
            callback = module.CSVLogger(str(path), append=append)
            run(callback, epochs)
        tables.append(path.read_text())
    assert tables[0] == tables[1]


@pytest.mark.parametrize("kind", ["EarlyStopping", "ReduceLROnPlateau"])
def test_direction_of_every_metric_that_keras_knows(kind):
    for name in dir(keras.metrics):
        metric = getattr(keras.metrics, name)
        for arguments in ((), (2,), (0.5,), (2, [0])):
            try:
                made = metric(*arguments, name="this")
                break
            except Exception:
                made = None
        direction = getattr(made, "_direction", None)
        if direction is None:
            continue
        model = Model()
        model.metrics = [getattr(metrics, name)(*arguments, name="this")]
        callback = getattr(ours, kind)("val_this")
        callback.set_model(model)
        assert callback.get_monitor_value({"val_this": 1.0}) == 1.0
        assert callback.is_improvement(2.0, 1.0) == (direction == "up"), name
