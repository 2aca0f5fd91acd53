"""The study note of chapter 3 of the Keras book: its code blocks, and what it claims, one test each."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina import layers, models, optimizers


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(1)


@pytest.fixture
def trains(backend):
    """The engine's name, if it trains."""
    if backend == "numpy":
        pytest.skip(
            "NumPy computes no gradients: `fit` says so (tests/training/test_wrong_input.py)"
        )
    return backend


# The note's code blocks, unchanged.


def test_a_layer_with_an_input_shape(backend):
    layer = layers.Dense(32, input_shape=(784,))  # batch axis free; output feature size 32
    for batch in (1, 7):
        assert layer(np.zeros((batch, 784), "float32")).shape == (batch, 32)


def test_the_second_layer_infers_its_input(backend):
    model = models.Sequential()
    model.add(layers.Dense(32, input_shape=(784,)))
    model.add(layers.Dense(10))
    assert model.layers[1].kernel.shape == (32, 10)


def test_sequential_definition(backend):
    model = models.Sequential()
    model.add(layers.Dense(32, activation="relu", input_shape=(784,)))
    model.add(layers.Dense(10, activation="softmax"))
    assert model.output_shape == (None, 10)
    assert model.count_params() == 784 * 32 + 32 + 32 * 10 + 10


def test_functional_definition_compile_and_fit(trains):
    input_array, target_array = _learnable(1000)

    input_tensor = layers.Input(shape=(784,))
    x = layers.Dense(32, activation="relu")(input_tensor)
    output_tensor = layers.Dense(10, activation="softmax")(x)
    model = models.Model(inputs=input_tensor, outputs=output_tensor)
    model.compile(optimizer=optimizers.RMSprop(lr=0.001), loss="mse", metrics=["accuracy"])
    history = model.fit(input_array, target_array, batch_size=128, epochs=10, verbose=0)

    assert history.history["loss"][-1] < 0.8 * history.history["loss"][0]
    assert history.history["accuracy"][-1] > 0.5


def _learnable(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten noisy prototypes of 784 numbers, and which one each sample is."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, samples)
    images = rng.random((10, 784))[labels] + 0.3 * rng.normal(size=(samples, 784))
    return images.astype("float32"), np.eye(10, dtype="float32")[labels]


# What the note claims.


def test_sequential_and_functional_are_the_same_model(trains):
    """The two ways of defining it give equal outputs, and train to equal weights."""
    x, y = _learnable(256)
    trained = []
    for make in (_sequential, _functional):
        keras.utils.set_random_seed(3)
        model = make()
        model.compile(optimizer=optimizers.RMSprop(lr=0.001), loss="mse")
        before = model.predict(x, verbose=0)
        model.fit(x, y, batch_size=64, epochs=2, verbose=0)
        trained.append((before, model.get_weights()))
    (before_a, weights_a), (before_b, weights_b) = trained
    np.testing.assert_array_equal(before_a, before_b)
    for a, b in zip(weights_a, weights_b, strict=True):
        np.testing.assert_array_equal(a, b)


def _sequential():
    return models.Sequential(
        [
            layers.Dense(32, activation="relu", input_shape=(784,)),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _functional():
    inputs = layers.Input(shape=(784,))
    hidden = layers.Dense(32, activation="relu")(inputs)
    return models.Model(inputs, layers.Dense(10, activation="softmax")(hidden))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: layers.Dense(4), (3, 5)),  # 2D: vectors
        (lambda: layers.LSTM(4), (3, 6, 5)),  # 3D: sequences
        (lambda: layers.Conv2D(4, 3), (3, 8, 8, 2)),  # 4D: images
    ],
    ids=["dense-2d", "lstm-3d", "conv2d-4d"],
)
def test_layers_take_tensors_of_their_rank(backend, layer, shape):
    assert layer()(np.zeros(shape, "float32")).shape[0] == 3


def test_incompatible_layers_are_refused_when_connected(backend):
    """Bricks only fit where shapes agree: the second layer was built for 32 features."""
    second = layers.Dense(10)
    second(layers.Input((32,)))
    with pytest.raises(ValueError, match=r"dense.*size 32 along axis -1.*\(None, 16\)"):
        second(layers.Input((16,)))


def test_networks_are_directed_acyclic_graphs_with_branches(trains):
    """Two branches that join, two outputs, two losses: one scalar is minimized."""
    text, image = layers.Input((6,), name="text"), layers.Input((6,), name="image")
    shared = layers.Dense(8, activation="relu", name="shared")
    joined = layers.Concatenate()([shared(text), shared(image)])
    score = layers.Dense(1, name="score")(joined)
    kind = layers.Dense(3, activation="softmax", name="kind")(joined)
    model = models.Model({"text": text, "image": image}, {"score": score, "kind": kind})
    model.compile(
        optimizer="rmsprop",
        loss={"score": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"score": 0.25, "kind": 2.0},
    )
    rng = np.random.default_rng(0)
    x = {name: rng.normal(size=(64, 6)).astype("float32") for name in ("image", "text")}
    y = {"score": rng.normal(size=(64, 1)).astype("float32"), "kind": rng.integers(0, 3, 64)}
    first = model.evaluate(x, y, verbose=0, return_dict=True)
    assert first["loss"] == pytest.approx(
        0.25 * first["score_loss"] + 2 * first["kind_loss"], rel=1e-5
    )
    model.fit(x, y, epochs=5, verbose=0)
    assert model.evaluate(x, y, verbose=0, return_dict=True)["loss"] < first["loss"]
    assert (
        len([v for v in model.weights if "shared" in v.path]) == 2
    )  # shared: one kernel, one bias


def test_inception_like_blocks(backend):
    """Branches of different receptive fields, concatenated along the channels."""
    inputs = layers.Input((16, 16, 3))
    branches = [
        layers.Conv2D(4, 1, activation="relu")(inputs),
        layers.Conv2D(4, 3, padding="same", activation="relu")(layers.Conv2D(2, 1)(inputs)),
        layers.Conv2D(4, 1)(layers.MaxPooling2D(3, strides=1, padding="same")(inputs)),
    ]
    model = models.Model(inputs, layers.Concatenate()(branches))
    assert model.output_shape == (None, 16, 16, 12)
    assert model(np.zeros((2, 16, 16, 3), "float32")).shape == (2, 16, 16, 12)


def test_a_model_is_a_layer(backend):
    """A whole model called twice shares its weights: a Siamese network."""
    body = models.Sequential(
        [layers.Dense(4, activation="relu", input_shape=(6,)), layers.Dense(2)]
    )
    left, right = layers.Input((6,)), layers.Input((6,))
    model = models.Model([left, right], layers.Concatenate()([body(left), body(right)]))
    x = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")
    both = model.predict([x, x], verbose=0)
    np.testing.assert_array_equal(both[:, :2], both[:, 2:])
    assert len(model.weights) == 4


@pytest.mark.parametrize(
    ("loss", "activation", "units", "targets"),
    [
        (
            "binary_crossentropy",
            "sigmoid",
            1,
            lambda rng: rng.integers(0, 2, (60, 1)).astype("float32"),
        ),
        (
            "categorical_crossentropy",
            "softmax",
            3,
            lambda rng: np.eye(3, dtype="float32")[rng.integers(0, 3, 60)],
        ),
        ("mse", None, 1, lambda rng: rng.normal(size=(60, 1)).astype("float32")),
    ],
    ids=["two classes", "many classes", "regression"],
)
def test_the_loss_goes_with_the_task(trains, loss, activation, units, targets):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 5)).astype("float32"), targets(rng)
    model = models.Sequential(
        [layers.Dense(16, activation="relu"), layers.Dense(units, activation=activation)]
    )
    model.compile(optimizer=optimizers.Adam(0.01), loss=loss)
    losses = model.fit(x, y, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_the_same_code_runs_on_every_engine():
    """One program, several engines, the same start: predictions agree."""
    x = np.random.default_rng(0).normal(size=(4, 784)).astype("float32")
    predictions = []
    for name in ("jax", "torch", "numpy"):
        with keras.config.using_backend(name):
            keras.utils.set_random_seed(5)
            predictions.append(_functional().predict(x, verbose=0))
    for other in predictions[1:]:
        np.testing.assert_allclose(other, predictions[0], rtol=1e-4, atol=1e-6)
