"""Sizes that are known only when a graph of the user's own runs: `tf.function`, `tf.data.Dataset.map`."""

from __future__ import annotations

import inspect
import itertools

import numpy as np
import pytest

import lamina
from lamina import layers, losses, ops

tf = pytest.importorskip("tensorflow")
RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 8, 8, 3), "float32")
SEQUENCES = RNG.random((5, 6, 4), "float32")
VECTORS = RNG.random((5, 6), "float32")
INTEGERS = RNG.integers(1, 9, (5, 6))


def twice(layer):
    return lambda x: layer([x, x])


def looking_at_itself(layer):
    return lambda x: layer(x, x)


CASES = {
    "Flatten": (layers.Flatten, IMAGES),
    "Dense": (lambda: layers.Dense(2, "relu"), VECTORS),
    "Dense on sequences": (lambda: layers.Dense(2), SEQUENCES),
    "EinsumDense": (lambda: layers.EinsumDense("abc,cd->abd", (None, 3)), SEQUENCES),
    "Reshape": (lambda: layers.Reshape((4, 6)), SEQUENCES),
    "Reshape to -1": (lambda: layers.Reshape((-1,)), SEQUENCES),
    "Permute": (lambda: layers.Permute((2, 1)), SEQUENCES),
    "RepeatVector": (lambda: layers.RepeatVector(3), VECTORS),
    "ZeroPadding2D": (lambda: layers.ZeroPadding2D(1), IMAGES),
    "Cropping2D": (lambda: layers.Cropping2D(1), IMAGES),
    "UpSampling2D": (lambda: layers.UpSampling2D(2), IMAGES),
    "MaxPooling2D": (lambda: layers.MaxPooling2D(2), IMAGES),
    "AveragePooling2D": (lambda: layers.AveragePooling2D(2), IMAGES),
    "GlobalAveragePooling2D": (layers.GlobalAveragePooling2D, IMAGES),
    "GlobalMaxPooling1D": (layers.GlobalMaxPooling1D, SEQUENCES),
    "Conv1D": (lambda: layers.Conv1D(4, 3, padding="causal"), SEQUENCES),
    "Conv2D": (lambda: layers.Conv2D(4, 3, padding="same"), IMAGES),
    "Conv2D in strides": (lambda: layers.Conv2D(4, 3, strides=2), IMAGES),
    "Conv2D dilated": (lambda: layers.Conv2D(4, 3, dilation_rate=2), IMAGES),
    "Conv2D in groups": (lambda: layers.Conv2D(6, 3, groups=3), IMAGES),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(3), IMAGES),
    "Conv2DTranspose": (lambda: layers.Conv2DTranspose(4, 3, strides=2), IMAGES),
    "BatchNormalization": (layers.BatchNormalization, IMAGES),
    "LayerNormalization": (layers.LayerNormalization, SEQUENCES),
    "GroupNormalization": (lambda: layers.GroupNormalization(1), IMAGES),
    "Embedding": (lambda: layers.Embedding(9, 4, mask_zero=True), INTEGERS),
    "LSTM": (lambda: layers.LSTM(3), SEQUENCES),
    "GRU": (lambda: layers.GRU(3, return_sequences=True), SEQUENCES),
    "Bidirectional": (lambda: layers.Bidirectional(layers.SimpleRNN(3)), SEQUENCES),
    "ConvLSTM1D": (lambda: layers.ConvLSTM1D(2, 3), RNG.random((5, 3, 6, 2), "float32")),
    "TimeDistributed": (lambda: layers.TimeDistributed(layers.Dense(2)), SEQUENCES),
    "MultiHeadAttention": (lambda: looking_at_itself(layers.MultiHeadAttention(2, 3)), SEQUENCES),
    "Attention": (lambda: twice(layers.Attention()), SEQUENCES),
    "AdditiveAttention": (lambda: twice(layers.AdditiveAttention()), SEQUENCES),
    "Dot": (lambda: twice(layers.Dot(axes=2)), SEQUENCES),
    "Concatenate": (lambda: twice(layers.Concatenate()), SEQUENCES),
    "Masking": (layers.Masking, SEQUENCES),
    "Softmax": (layers.Softmax, VECTORS),
    "Sequential": (
        lambda: lamina.Sequential(
            [layers.Conv2D(4, 3), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(2)]
        ),
        IMAGES,
    ),
    "ops.shape": (lambda: lambda x: ops.reshape(x, (ops.shape(x)[0], -1)), SEQUENCES),
    "ops.ones_like": (lambda: ops.ones_like, SEQUENCES),
    "ops.one_hot": (lambda: lambda x: ops.one_hot(x, 9), INTEGERS),
    "ops.tile": (lambda: lambda x: ops.tile(x, (1, 2)), VECTORS),
    "ops.repeat": (lambda: lambda x: ops.repeat(x, 2, axis=1), VECTORS),
    "ops.image.resize": (lambda: lambda x: ops.image.resize(x, (4, 4)), IMAGES),
    "loss function": (lambda: lambda x: losses.mean_squared_error(x, x * 2), VECTORS),
}


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with lamina.config.using_backend("tensorflow"):
        yield


@pytest.mark.parametrize("name", CASES)
def test_batches_of_unknown_size_give_what_known_ones_give(name):
    make, data = CASES[name]
    call = make()
    expected = np.asarray(call(data))
    unknown = tf.TensorSpec([None, *data.shape[1:]], data.dtype)
    function = tf.function(call, autograph=False, input_signature=[unknown])
    for part in (data, data[:2]):
        np.testing.assert_allclose(function(part), expected[: len(part)], rtol=1e-4, atol=1e-5)


def over_space():
    """Layers over a space whose size only a run tells, for both paddings and several strides."""
    x = {1: SEQUENCES, 2: IMAGES, 3: RNG.random((2, 5, 6, 4, 3), "float32")}
    for rank, padding in itertools.product((1, 2, 3), ("same", "valid")):
        for strides in (1, 2):
            for kind in ("Conv", "MaxPooling", "AveragePooling"):
                yield x[rank], f"{kind}{rank}D", (3,) * (1 + (kind == "Conv")), strides, padding
            yield x[rank], f"Conv{rank}DTranspose", (2, 3), strides, padding
        if rank < 3:
            yield x[rank], f"DepthwiseConv{rank}D", (3,), 2, padding
    for rank in (1, 2, 3):
        for kind, size in (("UpSampling", 2), ("ZeroPadding", 1), ("Cropping", 1)):
            yield x[rank], f"{kind}{rank}D", (size,), None, None


@pytest.mark.parametrize(
    ("x", "kind", "sizes", "strides", "padding"),
    [*over_space()],
    ids=lambda each: str(each) if not isinstance(each, np.ndarray) else "x",
)
def test_spaces_of_unknown_size_give_what_known_ones_give(x, kind, sizes, strides, padding):
    options = {} if strides is None else {"strides": strides, "padding": padding}
    layer = getattr(layers, kind)(*sizes, **options)
    expected = np.asarray(layer(x))
    unknown = tf.TensorSpec([None] * (x.ndim - 1) + [x.shape[-1]], x.dtype)
    result = tf.function(layer, autograph=False, input_signature=[unknown])(x)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("x", [SEQUENCES, IMAGES], ids=["1", "2"])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_dilated_windows_over_spaces_of_unknown_size(x, padding):
    layer = getattr(layers, f"Conv{x.ndim - 2}D")(2, 3, padding=padding, dilation_rate=2)
    expected = np.asarray(layer(x))
    unknown = tf.TensorSpec([None] * (x.ndim - 1) + [x.shape[-1]], x.dtype)
    result = tf.function(layer, autograph=False, input_signature=[unknown])(x)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


def test_a_sample_of_unknown_size_is_reshaped():
    unknown = tf.TensorSpec([None, None, 4], "float32")
    function = tf.function(layers.Reshape((-1, 2)), autograph=False, input_signature=[unknown])
    np.testing.assert_array_equal(function(SEQUENCES), SEQUENCES.reshape(5, -1, 2))


def losses_by_name():
    others = ("Loss", "LossFunctionWrapper", "CTC", "Circle")  # abstract, or of other shapes
    names = [name for name in dir(losses) if inspect.isclass(getattr(losses, name))]
    return [name for name in names if name[0] != "_" and name not in others]


@pytest.mark.parametrize("name", losses_by_name())
def test_losses_of_batches_of_unknown_size(name):
    loss, predicted = getattr(losses, name)(), tf.nn.softmax(VECTORS)
    classes = INTEGERS[:, 0] % 6
    takes_classes = name.startswith("Sparse") or "Generalized" in name
    targets = classes if takes_classes else np.eye(6, dtype="float32")[classes]
    weights = np.linspace(0, 1, len(classes), dtype="float32")
    specs = [tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in (targets, predicted, weights)]
    weighted = tf.function(loss, autograph=False, input_signature=specs)
    plain = tf.function(loss, autograph=False, input_signature=specs[:2])
    calls = [(plain, targets, predicted)]
    if name not in ("Dice", "Tversky"):  # which give one number for a batch
        calls.append((weighted, targets, predicted, weights))
    for function, *data in calls:
        np.testing.assert_allclose(function(*data), loss(*data), rtol=1e-5, atol=1e-6)


def test_layers_prepare_data_sets(capfd):
    layer = layers.Flatten()
    batches = (
        tf.data.Dataset.from_tensor_slices(IMAGES)
        .batch(2)
        .map(layer)
        .map(layers.Lambda(lambda x: 2 * x))
    )
    found = np.concatenate([np.asarray(batch) for batch in batches])
    np.testing.assert_allclose(found, 2 * IMAGES.reshape(5, -1), rtol=1e-6)
    assert "AutoGraph" not in capfd.readouterr().err


def test_an_input_without_features_trains():
    model = lamina.Sequential([layers.Dense(3, "relu"), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 0), "float32"), np.ones((4, 2)), verbose=0)
    assert model.predict(np.ones((4, 0), "float32"), verbose=0).shape == (4, 2)


def test_a_first_use_after_jax_prints_nothing():
    import os
    import subprocess
    import sys

    # In this process JAX has set it already: a new process would take that for the user's wish.
    environment = {n: v for n, v in os.environ.items() if n != "TF_CPP_MIN_LOG_LEVEL"}
    program = (
        "import jax, lamina; jax.devices(); lamina.config.set_backend('tensorflow');"
        "lamina.ops.matmul(lamina.ops.ones((2, 3)), lamina.ops.ones((3, 2)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_patches_of_a_space_of_unknown_size_say_what_is_missing():
    unknown = tf.TensorSpec([None, None, None, 3], "float32")
    cut = tf.function(
        lambda x: ops.image.extract_patches(x, 2, padding="same"),
        autograph=False,
        input_signature=[unknown],
    )
    with pytest.raises(ValueError, match="which is not known here"):
        cut(IMAGES)
