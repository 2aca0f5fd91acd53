"""Engines are parts: one start, one course of training, and a change in the middle of it."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import lamina
from lamina import layers, models, optimizers

TRAIN = ("jax", "torch", "tensorflow")


@pytest.fixture(autouse=True)
def _engine_of_the_process_stays():
    before = lamina.config.backend()
    yield
    lamina.config.set_backend(before)


def _mlp():
    return models.Sequential(
        [
            layers.Dense(32, activation="relu", input_shape=(20,)),
            layers.Dense(4, activation="softmax"),
        ]
    )


def _cnn():
    return models.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )


def _lstm():
    return models.Sequential(
        [layers.LSTM(8, input_shape=(6, 5)), layers.Dense(4, activation="softmax")]
    )


def _data(shape, n=400):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, *shape)).astype("float32")
    return x, (x.reshape(n, -1)[:, :4].argmax(-1)).astype("int32")


NETS = {"mlp": (_mlp, (20,)), "cnn": (_cnn, (8, 8, 1)), "lstm": (_lstm, (6, 5))}


class _Losses(lamina.callbacks.Callback):
    """The loss of every single batch: metrics start again at each."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])


@pytest.mark.parametrize("net", NETS)
def test_initial_weights_are_equal_bit_for_bit(net):
    make, _ = NETS[net]
    found = []
    for name in (*TRAIN, "numpy"):
        with lamina.config.using_backend(name):
            lamina.utils.set_random_seed(7)
            found.append(make().get_weights())
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            assert a.dtype == b.dtype
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: optimizers.SGD(0.05, momentum=0.9),
        lambda: optimizers.RMSprop(lr=0.001),
        lambda: "adam",
    ],
    ids=["sgd", "rmsprop", "adam"],
)
def test_fifty_steps_agree(net, optimizer):
    """One seed on every engine: the losses of 50 steps within 1e-4, shuffled batches included."""
    make, shape = NETS[net]
    x, y = _data(shape)
    courses = {}
    for name in TRAIN:
        with lamina.config.using_backend(name):
            lamina.utils.set_random_seed(7)
            model = make()
            model.compile(optimizer(), "sparse_categorical_crossentropy")
            watch = _Losses()
            model.fit(x, y, batch_size=32, epochs=4, verbose=0, callbacks=[watch])
            courses[name] = watch.losses[:50]
    assert len(courses["jax"]) == 50
    for name in TRAIN:
        np.testing.assert_allclose(courses[name], courses["jax"], rtol=1e-4, err_msg=name)
    assert courses["jax"][-1] < courses["jax"][0]


def test_training_goes_on_when_the_engine_changes():
    """Two epochs here, two there, and back: the same course as on one engine all along."""
    x, y = _data((20,))

    def train(engines):
        lamina.utils.set_random_seed(7)
        lamina.config.set_backend(engines[0])
        model = _mlp()
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        course = []
        for name in engines:
            lamina.config.set_backend(name)
            history = model.fit(x, y, batch_size=32, epochs=2, verbose=0)
            course += history.history["loss"]
        return model, course

    alone, expected = train(["jax"] * 3)
    changing, found = train(["jax", "torch", "tensorflow"])
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert found == sorted(found, reverse=True)  # it continues: nothing started again
    assert int(changing.optimizer.iterations) == int(alone.optimizer.iterations) == 6 * 13
    for a, b in zip(changing.optimizer.variables, alone.optimizer.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-2, atol=1e-5)


def test_variables_lie_where_they_are_used():
    with lamina.config.using_backend("jax"):
        model = _mlp()
        x = np.ones((2, 20), "float32")
        on_jax = model.predict(x, verbose=0)
    with lamina.config.using_backend("torch"):
        import torch

        assert isinstance(model(x), torch.Tensor)
        assert isinstance(model.weights[0].value, torch.Tensor)
        np.testing.assert_allclose(model.predict(x, verbose=0), on_jax, rtol=1e-5)
    with lamina.config.using_backend("tensorflow"):
        import tensorflow as tf

        assert isinstance(model(x), tf.Tensor)
        assert isinstance(model.weights[0].value, tf.Tensor)
        np.testing.assert_allclose(model.predict(x, verbose=0), on_jax, rtol=1e-5)
    with lamina.config.using_backend("numpy"):
        assert type(model(x)) is np.ndarray
        np.testing.assert_allclose(model.predict(x, verbose=0), on_jax, rtol=1e-5)


def test_a_call_on_torch_tracks_no_gradient():
    with lamina.config.using_backend("torch"):
        outputs = _mlp()(np.ones((2, 20), "float32"))
        assert not outputs.requires_grad
        assert np.asarray(outputs).shape == (2, 4)


def test_dropout_draws_differ_from_step_to_step_and_repeat_with_the_seed(backend):
    lamina.utils.set_random_seed(3)
    layer, x = layers.Dropout(0.5), np.ones((1, 1000), "float32")
    first, second = (lamina.ops.convert_to_numpy(layer(x, training=True)) for _ in range(2))
    assert np.any(first != second)
    assert abs(first.mean() - 1) < 0.15
    lamina.utils.set_random_seed(3)
    again = lamina.ops.convert_to_numpy(layers.Dropout(0.5)(x, training=True))
    np.testing.assert_array_equal(again, first)


def _dropping_losses(seconds_before, monkeypatch):
    """Losses of an MLP with dropout on TensorFlow, and how its steps were run in the end."""
    from lamina.engine import current

    current.load("tensorflow")
    from lamina.engine.repeating import Repeater
    from lamina.engine.tensorflow import repeat
    from lamina.training import runner

    monkeypatch.setattr(repeat, "_SECONDS_BEFORE", seconds_before)
    monkeypatch.setattr(runner, "_SECONDS_PER_CALL", 1e9)  # whole calls, however slow the machine
    used = []
    run = Repeater.__call__
    monkeypatch.setattr(
        Repeater, "__call__", lambda self, *a: (used.append(self), run(self, *a))[1]
    )
    x, y = _data((20,), n=2000)
    with lamina.config.using_backend("tensorflow"):
        lamina.utils.set_random_seed(7)
        model = models.Sequential(
            [
                layers.Dense(32, activation="relu", input_shape=(20,)),
                layers.Dropout(0.3),
                layers.Dense(4, activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        losses = model.fit(x, y, batch_size=24, epochs=5, verbose=0).history["loss"]
        return losses, used[0]._use_loop


def test_a_loop_compiled_by_xla_learns_the_same(monkeypatch):
    """On TensorFlow time decides whether steps run one by one or in a loop: draws must not tell."""
    one_by_one, runs = _dropping_losses(1e9, monkeypatch)
    assert runs is None
    looped, runs = _dropping_losses(0.0, monkeypatch)
    assert runs is not None  # it was tried at least
    np.testing.assert_allclose(looped, one_by_one, rtol=1e-4)


def test_a_model_that_is_gone_leaves_no_graph_of_tensorflows():
    import tensorflow as tf

    def graphs():
        gc.collect()
        return sum(issubclass(type(found), tf.Graph) for found in gc.get_objects())

    def learned():
        model = models.Sequential(
            [layers.Input((3,)), layers.Dense(4, "relu"), layers.Dense(1, "sigmoid")]
        )
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])  # clips, which has ties
        model.fit(np.ones((8, 3), "float32"), np.arange(8) % 2, verbose=0, preflight=False)

    with lamina.config.using_backend("tensorflow"):
        learned()
        before = graphs()
        learned()
        assert graphs() <= before
