"""Feeds: one loop for everything that gives batches, positions that can be set, data as users have them."""

from __future__ import annotations

import copy
import itertools
import pickle
import threading

import numpy as np
import pandas as pd
import pytest

import lamina
from lamina import callbacks, layers, ops
from lamina.core.seeds import Cursor
from lamina.feeds.arrays import ArrayFeed, as_arrays
from lamina.feeds.batches import StreamFeed
from lamina.feeds.sources import source_of

rng = np.random.default_rng(0)
X, Y = rng.random((40, 4), "float32"), rng.random((40, 1), "float32")


def model(*more, **options):
    net = lamina.Sequential([layers.Dense(4, "relu", input_shape=(4,)), *more, layers.Dense(1)])
    net.compile(lamina.optimizers.SGD(0.01), "mse", **options)
    return net


def batches(size=8):
    for i in range(0, 40, size):
        yield X[i : i + size], Y[i : i + size]


class Numbered:
    """Batches by number, as Keras' PyDataset gives them."""

    def __len__(self):
        return 5

    def __getitem__(self, i):
        return X[8 * i : 8 * i + 8], Y[8 * i : 8 * i + 8]


SOURCES = {
    "arrays": lambda: (X, Y, 8),
    "a generator": lambda: (batches(),),
    "a list that is iterated": lambda: (iter([*batches()]),),
    "numbered batches": lambda: (Numbered(),),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_steps_per_execution_holds_for_every_source(source):
    seen = []
    watch = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    net = model(steps_per_execution=3)
    net.fit(*source(), verbose=0, callbacks=[watch], shuffle=False)
    assert seen == [2, 4]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_predict_in_calls_of_several_batches(source):
    net = model(steps_per_execution=2)
    ends = []
    watch = callbacks.LambdaCallback(
        on_predict_batch_end=lambda batch, logs: ends.append((batch, logs["outputs"].shape))
    )
    x, _, size = (*source(), None, None)[:3]
    found = net.predict(x, batch_size=size, verbose=0, callbacks=[watch])
    np.testing.assert_allclose(found, net(X), rtol=1e-5)
    assert ends == [(1, (16, 1)), (3, (16, 1)), (4, (8, 1))]


def rows(feed, limit=None):
    """The samples of a pass, by batch; the cursor is counted up as the loop does it."""
    found = []
    for chunk in feed.chunks(limit, lambda: 1, at_most=1):
        found.append(chunk.batches[0].reshape(-1).tolist())
        feed.cursor.step += chunk.count
    return found


@pytest.mark.parametrize("step", [0, 2, 4])
@pytest.mark.parametrize("shuffle", [True, False, "batch"])
def test_a_pass_begins_where_the_cursor_stands(shuffle, step):
    feed = ArrayFeed(np.arange(10), batch_size=2, shuffle=shuffle)
    feed.open()
    start = vars(feed.cursor).copy()
    whole = [rows(feed), rows(feed)]
    again = ArrayFeed(np.arange(10), batch_size=2, shuffle=shuffle)
    again.open()
    again.go_to(Cursor(**{**start, "step": step}))
    assert [rows(again), rows(again)] == [whole[0][step:], whole[1]]


def test_a_stream_begins_where_the_cursor_stands():
    class Again:
        def __iter__(self):
            return iter([(np.array([i]),) for i in range(5)])

    feed = StreamFeed(source_of(Again()), lambda *data: (data, True))
    feed.open()
    feed.go_to(Cursor(0, 0, epoch=1, step=3))
    assert rows(feed) == [[3], [4]]
    assert rows(feed) == [[0], [1], [2], [3], [4]]


def test_a_generator_that_ends_ends_training_with_a_warning():
    with pytest.warns(UserWarning, match="`x` can be iterated only once.*epochs 2 to 3 do not run"):
        history = model().fit(batches(), epochs=3, verbose=0).history
    assert len(history["loss"]) == 1


def test_validation_data_that_can_be_iterated_once_serve_every_epoch():
    history = model().fit(X, Y, epochs=3, validation_data=batches(), verbose=0).history
    assert len(history["loss"]) == len(history["val_loss"]) == 3


def test_every_epoch_is_validated_on_the_same_samples():
    def endless():
        for i in itertools.count():
            yield X[i % 40 :][:8], Y[i % 40 :][:8]

    net = model()
    net.optimizer.learning_rate = 0.0
    history = net.fit(
        X, Y, epochs=3, validation_data=endless(), validation_steps=2, verbose=0, preflight=False
    ).history
    assert len(set(history["val_loss"])) == 1


REFUSED = {
    "a function": (lambda net: net.fit(batches), "`x` is the function 'batches'.*call it"),
    "a batch size for batches": (lambda net: net.fit(batches(), batch_size=4), "`batch_size`"),
    "a misspelt argument": (lambda net: net.fit(X, Y, epoch=3), "'epoch'. Did you mean 'epochs'"),
    "one sample": (lambda net: net.predict(X[0], verbose=0), "batch axis"),
    "validation without targets": (
        lambda net: net.fit(X, Y, validation_data=X),
        r"`validation_data` must be \(x, y\)",
    ),
    "too many parts": (
        lambda net: net.fit(X, Y, validation_data=(X, Y, X, Y)),
        "`validation_data`: Data must be",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_data_that_cannot_be_meant(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call(model())


def test_evaluate_within_an_epoch_leaves_its_running_means_alone():
    class Evaluate(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.evaluate(X[:8] * 100, Y[:8], verbose=0)
            self.model.test_on_batch(X[:8] * 100, Y[:8])

    net = model()
    net.optimizer.learning_rate = 0.0
    history = net.fit(X, Y, 8, verbose=0, callbacks=[Evaluate()], preflight=False).history
    np.testing.assert_allclose(history["loss"], net.evaluate(X, Y, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("trains", ["jax", "torch", "tensorflow"])
def test_a_trained_model_can_be_copied_and_goes_on_alike(trains, again):
    with lamina.config.using_backend(trains):
        net = model(metrics=["mae"])
        net.fit(X, Y, verbose=0)
        net.predict(X, verbose=0)
        twin = again(net)
        again(net.history)
        assert net.train_on_batch(X, Y) == twin.train_on_batch(X, Y)
        assert twin.optimizer.iterations.numpy() == net.optimizer.iterations.numpy()


def test_a_reader_sees_the_weights_of_one_step():
    """All weights are equal after every step; no reader may see two steps mixed."""
    net = lamina.Sequential([layers.Dense(1, use_bias=False, kernel_initializer="zeros")] * 1)
    net = lamina.Model(
        x := lamina.Input((1,)),
        layers.Add()(
            [layers.Dense(1, use_bias=False, kernel_initializer="zeros")(x) for _ in range(30)]
        ),
    )
    net.compile(lamina.optimizers.SGD(1e-4), "mae")
    ones, mixed, stop = np.ones((64, 1), "float32"), [], threading.Event()

    def read():
        while not stop.is_set():
            values = {float(w[0, 0]) for w in net.get_weights()}
            if len(values) > 1:
                mixed.append(values)

    reader = threading.Thread(target=read)
    reader.start()
    net.fit(ones, ones * 1000, 1, epochs=5, verbose=0, preflight=False)
    stop.set()
    reader.join()
    assert mixed == []


# Models of the user's own.


def test_a_step_of_the_users_own_needs_no_call():
    class Own(lamina.Model):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(2)
            self.inner.build((None, 4))

        def train_step(self, data):
            loss, grads = lamina.autodiff.value_and_grad(
                lambda: ops.mean(self.inner(data) ** 2), variables=self.trainable_variables
            )()
            self.optimizer.apply(grads, self.trainable_variables)
            return {"own": loss}

    net = Own()
    net.compile("sgd")
    own = net.fit(X, epochs=2, verbose=0).history["own"]
    assert own[1] < own[0]


SIGNATURES = [
    lambda self, x=None, y=None, y_pred=None, sample_weight=None: ops.mean((y - y_pred) ** 2),
    lambda self, y, y_pred: ops.mean((y - y_pred) ** 2),
    lambda self, **given: ops.mean((given["y"] - given["y_pred"]) ** 2),
]


@pytest.mark.parametrize("compute_loss", SIGNATURES)
def test_compute_loss_gets_the_arguments_that_it_takes(compute_loss):
    kind = type("Own", (lamina.Sequential,), {"compute_loss": compute_loss})
    net = kind([layers.Dense(1, input_shape=(4,))])
    net.compile("sgd", "mse")
    first = net.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(first, np.mean((net(X) - Y) ** 2), rtol=1e-5)
    assert np.isfinite(net.train_on_batch(X, Y))


def test_compute_metrics_without_sample_weight():
    def compute_metrics(self, x, y, y_pred):
        return {"own": ops.mean(y_pred)}

    net = type("Own", (lamina.Sequential,), {"compute_metrics": compute_metrics})(
        [layers.Dense(1, input_shape=(4,))]
    )
    net.compile("sgd", "mse")
    assert set(net.evaluate(X, Y, verbose=0, return_dict=True)) == {"own"}


def test_a_model_without_weights_runs():
    class Penalty(lamina.Layer):
        def call(self, x):
            self.add_loss(ops.mean(x))
            return x

    net = lamina.Sequential([Penalty()])
    net.compile("sgd")
    with pytest.warns(UserWarning, match="no weights to train"):
        np.testing.assert_allclose(net.fit(X, verbose=0).history["loss"], X.mean(), rtol=1e-5)


def test_a_loss_of_the_users_own_is_checked_on_batches_of_the_real_size():
    net = lamina.Sequential([layers.Dense(4, input_shape=(4,))])
    net.compile("sgd", lambda y, p: ops.sum(ops.square(p - y), axis=-1))
    assert np.isfinite(net.fit(X[:4], Y[:4], verbose=0, preflight=False).history["loss"][0])


def test_predict_of_an_uncompiled_model_obeys_jit_compile():
    calls = []

    class Count(lamina.Layer):
        def call(self, x):
            calls.append(1)
            return x

    net = lamina.Sequential([layers.Input((4,)), Count()])
    for eager in (False, True):
        net.jit_compile = not eager
        net.predict(X[:8], verbose=0)
        calls.clear()
        net.predict(X[:8], verbose=0)
        assert bool(calls) is eager


def test_another_optimizer_may_be_set():
    net = model()
    net.fit(X, Y, verbose=0)
    net.optimizer = lamina.optimizers.Adam(0.1)
    before = net.get_weights()[0]
    net.fit(X, Y, verbose=0)
    assert int(net.optimizer.iterations.numpy()) == 2
    assert np.abs(net.get_weights()[0] - before).max() > 0.05


# Data as users have them.

FRAME = pd.DataFrame({"a": [True, False, True], "b": [1.5, 2.5, 3.5], "c": [1, 2, 3]})


def test_a_frame_of_truths_and_numbers():
    np.testing.assert_array_equal(as_arrays(FRAME, "x"), [[1, 1.5, 1], [0, 2.5, 2], [1, 3.5, 3]])
    assert as_arrays(FRAME[["a"]], "x").dtype == bool


def test_a_frame_of_nullable_columns():
    frame = pd.DataFrame({"a": pd.array([1, None, 3], "Int64"), "b": pd.array([True, None, False])})
    np.testing.assert_array_equal(as_arrays(frame, "x"), [[1, 1], [np.nan, np.nan], [3, 0]])


def test_the_column_that_is_not_of_numbers_is_named():
    with pytest.raises(ValueError, match=r"Column 'town' of `x` holds strings"):
        as_arrays(FRAME.assign(town=["a", "b", "c"]), "x")


def test_a_frame_binds_to_named_inputs_by_column():
    a, b = lamina.Input((1,), name="a"), lamina.Input((1,), name="b")
    net = lamina.Model({"a": a, "b": b}, layers.Subtract()([b, a]))
    np.testing.assert_array_equal(net.predict(FRAME, verbose=0)[:, 0], [0.5, 2.5, 2.5])


def test_an_input_that_is_none_is_named():
    a, b = lamina.Input((4,), name="a"), lamina.Input((4,), name="b")
    net = lamina.Model({"a": a, "b": b}, layers.Add()([a, b]))
    with pytest.raises(ValueError, match="input 'a' is None"):
        net({"a": None, "b": X})


@pytest.mark.parametrize("dtype", ["float64", "float16", ">f4"])
def test_floats_are_taken_in_floatx_batch_by_batch(dtype):
    net = model()
    expected = net.predict(X.astype(dtype).astype("float32"), 8, verbose=0)
    np.testing.assert_array_equal(net.predict(X.astype(dtype), 8, verbose=0), expected)
    feed = ArrayFeed(X.astype(dtype), batch_size=8, shuffle=True)
    feed.open()
    assert {c.batches[0].dtype.str for c in feed.chunks(None, lambda: 2)} == {"<f4"}
