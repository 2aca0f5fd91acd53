"""Steps and epochs: how many there are, and what callbacks see and change; single batches."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops, optimizers
from tests.training.nets import (
    Seen,
    assert_same_weights,
    dense,
    draw,
    labels,
    mlp,
    numpy_mse,
    weights_differ,
)


def test_steps_per_epoch_and_initial_epoch(trains):
    model, seen = mlp(), Seen()
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(
        draw((40, 4)),
        labels(40),
        batch_size=10,
        epochs=5,
        initial_epoch=3,
        steps_per_epoch=2,
        verbose=0,
        callbacks=[seen],
    )
    assert history.epoch == [3, 4]
    assert seen.calls == [
        *[("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("epoch", 3)],
        *[("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("epoch", 4)],
    ]
    assert int(model.optimizer.iterations) == 4


@pytest.mark.parametrize("together", [1, 2, 3, 100])
def test_steps_per_execution_change_nothing_but_the_calls(together, trains):
    lamina.utils.set_random_seed(1)
    model, seen = mlp(), Seen()
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=together)
    model.fit(draw((73, 4)), labels(73), batch_size=10, epochs=2, verbose=0, callbacks=[seen])
    if together > 1:
        lamina.utils.set_random_seed(1)
        plain = mlp()
        plain.compile("adam", "sparse_categorical_crossentropy")
        plain.fit(draw((73, 4)), labels(73), batch_size=10, epochs=2, verbose=0)
        for one, other in zip(model.get_weights(), plain.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        assert len(seen.batches) < 16
    else:
        assert len(seen.batches) == 16
    assert int(model.optimizer.iterations) == 16


def test_batch_callbacks_see_every_batch(trains):
    model, seen = dense(), Seen()
    model.compile(optimizers.SGD(0.0), "mse")
    x, y = draw((12, 4)), draw((12, 3))
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[seen])
    each = numpy_mse(y, model.predict(x, verbose=0)).reshape(3, 4).mean(1)
    running = np.cumsum(each) / np.arange(1, 4)
    assert [logs["loss"] for logs in seen.batches] == pytest.approx(running, rel=1e-5)


def test_stop_training_stops(trains):
    class Stop(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                self.model.stop_training = True

    model = mlp()
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(
        draw((40, 4)), labels(40), batch_size=4, epochs=5, verbose=0, callbacks=[Stop()]
    )
    assert int(model.optimizer.iterations) == 2 and history.epoch == [0]
    model.fit(draw((40, 4)), labels(40), batch_size=4, verbose=0)  # and the next fit goes on
    assert int(model.optimizer.iterations) == 12


def test_what_ended_training_ends_nothing_else(trains):
    """A model that early stopping has stopped still evaluates and predicts all that it is given."""

    class Stop(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    model = dense()
    model.compile(optimizers.SGD(0.0), "mse")
    x, y = draw((12, 4)), draw((12, 3))
    expected = numpy_mse(y, model.predict(x, verbose=0)).mean()
    history = model.fit(
        *(x, y), batch_size=4, verbose=0, callbacks=[Stop()], validation_data=(x, y)
    ).history
    assert history["val_loss"] == pytest.approx([expected], rel=1e-5) and model.stop_training
    assert model.evaluate(x, y, batch_size=4, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert len(model.predict(x, batch_size=4, verbose=0)) == 12


@pytest.mark.parametrize(("phase", "method"), [("test", "evaluate"), ("predict", "predict")])
def test_a_hook_ends_evaluating_or_predicting(backend, phase, method):
    batches = []

    def stop(batch, logs):
        batches.append(batch)
        setattr(model, "stop_evaluating" if phase == "test" else "stop_predicting", batch == 1)

    model = dense()
    model.compile("sgd", "mse")
    data = (draw((12, 4)), draw((12, 3)))[: 1 + (phase == "test")]
    hook = lamina.callbacks.LambdaCallback(**{f"on_{phase}_batch_end": stop})
    for _ in range(2):  # the next call goes on
        getattr(model, method)(*data, batch_size=3, verbose=0, callbacks=[hook])
    assert batches == [0, 1, 0, 1]


def test_a_learning_rate_set_between_epochs_acts(trains):
    x, y = draw((20, 4)), draw((20, 3))

    class Halt(lamina.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.after = []

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate = 0.0

        def on_epoch_end(self, epoch, logs=None):
            self.after.append(self.model.get_weights())

    model, halt = dense(), Halt()
    model.compile(optimizers.SGD(0.1), "mse")
    before = model.get_weights()
    model.fit(x, y, epochs=3, verbose=0, callbacks=[halt])
    assert weights_differ(before, halt.after[0])
    assert_same_weights(halt.after[0], halt.after[2])


def test_a_schedule_as_learning_rate(trains):
    model = dense()
    model.compile(optimizers.SGD(lambda step: ops.where(step < 2, 0.1, 0.0)), "mse")
    x, y = draw((40, 4)), draw((40, 3))
    model.fit(x, y, batch_size=20, verbose=0)
    before = model.get_weights()
    model.fit(x, y, batch_size=20, verbose=0)
    assert_same_weights(before, model)


def test_methods_for_one_batch(trains):
    model, x, y = mlp(), draw((16, 4)), labels(16)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.train_on_batch(x, y)
    logs = model.train_on_batch(x, y, return_dict=True)
    assert sorted(logs) == ["accuracy", "loss"] and np.isfinite(loss) and 0 <= accuracy <= 1
    assert int(model.optimizer.iterations) == 2
    model.reset_metrics()
    assert model.test_on_batch(x, y) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-5)
    assert model.predict_on_batch(x).shape == (16, 3)
    weight = np.ones(16)
    assert model.train_on_batch(x, y, sample_weight=weight)[0] > 0
    assert model.metrics_names == ["loss", "accuracy"]


def test_train_on_batch_is_fit_by_hand(trains):
    x, y = draw((40, 4)), labels(40)
    models_ = []
    for by_hand in (False, True):
        lamina.utils.set_random_seed(6)
        model = mlp()
        model.compile("adam", "sparse_categorical_crossentropy")
        if by_hand:
            for _ in range(2):
                for start in range(0, 40, 10):
                    model.train_on_batch(x[start : start + 10], y[start : start + 10])
        else:
            model.fit(x, y, batch_size=10, epochs=2, shuffle=False, verbose=0)
        models_.append(model)
    for one, other in zip(*(m.get_weights() for m in models_), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
