"""What layers say of wrong arguments and wrong inputs, and the ways in which they are called."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from tests.layers.checks import draw, raises_with


@pytest.mark.parametrize(
    "make, parts",
    [
        (
            lambda: layers.Conv2D(4, 3, strides=2, dilation_rate=2),
            ["Conv2D", "strides", "dilation"],
        ),
        (lambda: lamina.Layer(name="l").add_weight("w", (3, 3)), ["'l'", "name='w'"]),  # Keras 2
        (lambda: layers.Conv2D(4, 3, groups=3), ["Conv2D", "4 filters", "3 groups"]),
        (lambda: layers.Conv2D(0, 3), ["Conv2D", "filters", "0"]),
        (lambda: layers.Conv2D(4, (3, 3, 3)), ["Conv2D", "kernel_size", "(3, 3, 3)"]),
        (lambda: layers.Conv2D(4, 2.5), ["Conv2D", "kernel_size", "2.5"]),
        (lambda: layers.Conv2D(4, 3, padding="causal"), ["Conv2D", "padding", "causal"]),
        (lambda: layers.Conv2D(4, 3, data_format="NHWC"), ["Conv2D", "data_format", "NHWC"]),
        (lambda: layers.MaxPooling2D(0), ["MaxPooling2D", "pool_size", "0"]),
        (lambda: layers.AdaptiveMaxPooling2D(0), ["AdaptiveMaxPooling2D", "output_size", "0"]),
        (
            lambda: layers.Conv2DTranspose(4, 3, strides=2, output_padding=2),
            ["Conv2DTranspose", "output_padding", "strides (2, 2)"],
        ),
        (
            lambda: layers.Conv1DTranspose(4, 3, strides=2, dilation_rate=2),
            ["Conv1DTranspose", "strides", "dilation"],
        ),
        (lambda: layers.DepthwiseConv1D(3, padding="causal"), ["DepthwiseConv1D", "causal"]),
        (lambda: layers.SeparableConv2D(4, 3, depth_multiplier=0), ["SeparableConv2D", "0"]),
        (
            lambda: layers.AveragePooling1D(2, padding="full"),
            ["AveragePooling1D", "padding", "full"],
        ),
        (lambda: layers.Embedding(0, 3), ["Embedding", "input_dim", "0"]),
        (lambda: layers.Dropout(1.5), ["Dropout", "rate", "1.5"]),
        (lambda: layers.Dropout("a"), ["Dropout", "rate", "'a'"]),
        (lambda: layers.GaussianNoise(-1), ["GaussianNoise", "stddev", "-1"]),
        (lambda: layers.ReLU(negative_slope=-1), ["ReLU", "negative_slope", "-1"]),
        (lambda: layers.Permute((1, 3)), ["Permute", "dims", "(1, 3)"]),
        (lambda: layers.Cropping1D((1, 2, 3)), ["Cropping1D", "cropping", "(1, 2, 3)"]),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), ["ZeroPadding2D", "padding", "(1, 2, 3)"]),
        (lambda: layers.Cropping3D(-1), ["Cropping3D", "cropping", "-1"]),
        (lambda: layers.UpSampling2D(0), ["UpSampling2D", "size", "0"]),
        (lambda: layers.UpSampling2D(interpolation="area"), ["UpSampling2D", "lanczos5", "area"]),
        (lambda: layers.Reshape((-1, -1)), ["Reshape", "at most one"]),
        (lambda: layers.Activation("rleu"), ["rleu", "relu"]),
        (lambda: layers.Dense(3, kernel_initializer="glorot"), ["glorot"]),
        (lambda: layers.deserialize({"class_name": "Dens", "config": {}}), ["Dens", "Dense"]),
        (lambda: layers.Lambda(3), ["Lambda", "3"]),
        (lambda: layers.Wrapper(3), ["Wrapper", "3"]),
    ],
)
def test_wrong_arguments(make, parts):
    with raises_with(ValueError, *parts):
        make()


@pytest.mark.parametrize(
    "layer, shape, parts",
    [
        (layers.Conv2D(4, 3), (5, 5, 3), ["conv2d", "4 axes", "(5, 5, 3)"]),
        (layers.Conv2D(4, 3), (1, 2, 2, 1), ["window", "(3, 3)", "(2, 2)"]),
        (layers.Conv2D(4, 3, groups=2), (1, 5, 5, 3), ["3 channels", "2 groups"]),
        (layers.MaxPooling2D(3), (1, 2, 2, 1), ["window", "(3, 3)", "(2, 2)"]),
        (layers.Reshape((5,)), (2, 4), ["Reshape", "4 elements", "(5,)"]),
        (layers.Reshape((3, -1)), (2, 4), ["Reshape", "4 elements", "(3, -1)"]),
        (layers.Permute((2, 1)), (2, 4), ["permute", "3 axes", "(2, 4)"]),
        (layers.Cropping2D((1, 2)), (1, 4, 4, 3), ["cropping2d", "((1, 1), (2, 2))", "(4, 4)"]),
        (layers.RepeatVector(2), (2, 4, 4), ["repeat_vector", "2 axes"]),
        (layers.BatchNormalization(axis=4), (2, 4), ["axis 4", "(2, 4)"]),
        (layers.LayerNormalization(axis=4), (2, 4), ["axis 4", "(2, 4)"]),
        (layers.PReLU(shared_axes=[3]), (2, 4), ["shared_axes", "(2, 4)"]),
        (layers.Add(), (2, 4), ["Add", "list", "(2, 4)"]),
        (layers.Add(), [(2, 3), (2, 4)], ["Add", "(2, 3)", "(2, 4)", "sizes [3, 4]"]),
        (layers.Add(), [(2, 3), (1, 3)], ["Add", "batch size"]),
        (layers.Subtract(), [(2, 3)] * 3, ["Subtract", "exactly 2", "3"]),
        (layers.Concatenate(), [(2, 3), (3, 3)], ["Concatenate", "(2, 3)", "(3, 3)"]),
        (layers.Concatenate(axis=2), [(2, 3), (2, 3)], ["Concatenate", "axis 2"]),
    ],
    ids=lambda x: getattr(x, "name", None),
)
def test_wrong_inputs(layer, shape, parts):
    with raises_with(ValueError, *parts):
        layer(draw(shape))
    shapes = shape if isinstance(shape, list) else [shape]
    symbolic = [lamina.Input(batch_shape=one) for one in shapes]
    with pytest.raises(ValueError):
        layer(symbolic if isinstance(shape, list) else symbolic[0])


def test_functional_forms_of_merging(engine):
    x, y = draw((2, 3)), draw((2, 3), 1)
    for name, wanted in {
        "add": x + y,
        "subtract": x - y,
        "multiply": x * y,
        "average": (x + y) / 2,
        "maximum": np.maximum(x, y),
        "minimum": np.minimum(x, y),
        "concatenate": np.concatenate([x, y], -1),
    }.items():
        found = ops.convert_to_numpy(getattr(layers, name)([x, y], name=f"my_{name}"))
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_embedding_takes_rows_of_ones_own(engine):
    rows = draw((5, 3))
    layer = layers.Embedding(5, 3, weights=[rows], input_length=2)
    assert layer.batch_input_shape == (None, 2)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(np.array([[4, 0]])))[0], rows[[4, 0]])
    assert "weights" not in layer.get_config()


def test_embedding_finds_large_integers_in_half_size_floats(engine):
    layer = layers.Embedding(3000, 2, dtype="mixed_float16")
    x = np.array([[2049.0]], "float32")  # float16 has no 2049
    y = ops.convert_to_numpy(layer(x))[0, 0]
    np.testing.assert_allclose(y, layer.embeddings.numpy()[2049], rtol=1e-2)


def test_an_unknown_sample_may_fit_the_target_of_a_reshape():
    assert layers.Reshape((4,))(lamina.Input((None,))).shape == (None, 4)
    assert layers.Reshape((-1, 3))(lamina.Input((None,))).shape == (None, None, 3)
    assert layers.Reshape((-1,))(lamina.Input((2, 3))).shape == (None, 6)


def test_an_empty_batch_stays_empty(engine):
    for layer, shape in [
        (layers.Flatten(), (0, 2, 3)),
        (layers.Reshape((-1, 2)), (0, 6)),
        (layers.Dense(4), (0, 3)),
        (layers.Conv2D(4, 3), (0, 5, 5, 1)),
    ]:
        assert layer(np.zeros(shape, "float32")).shape[0] == 0


def test_frozen_batch_normalization_is_inference(engine):
    x = draw((8, 3))
    layer = layers.BatchNormalization()
    layer(x, training=True)
    layer.trainable = False
    moving = layer.moving_mean.numpy()
    one, other = layer(x, training=True), layer(x)
    np.testing.assert_array_equal(ops.convert_to_numpy(one), ops.convert_to_numpy(other))
    np.testing.assert_array_equal(layer.moving_mean.numpy(), moving)


@pytest.mark.parametrize("bounds", [{"rmaxx": 1}, {"rmin": 2, "rmax": 1}, {"dmax": -1}])
def test_bounds_of_renormalization(bounds):
    with raises_with(ValueError, "renorm_clipping", "rm", "dmax"):
        layers.BatchNormalization(renorm=True, renorm_clipping=bounds)


def test_batch_normalization_in_half_size_floats_sums_in_float32(engine):
    x = 1000 + draw((512, 1))
    layer = layers.BatchNormalization(dtype="mixed_float16", momentum=0.0)
    layer(x, training=True)
    assert layer.moving_mean.dtype == "float32"
    wanted = x.var()
    np.testing.assert_allclose(layer.moving_variance.numpy()[0], wanted, rtol=1e-3)


def test_dropout_shares_draws_along_axes(engine):
    x = np.ones((4, 5, 6), "float32")
    y = ops.convert_to_numpy(
        layers.Dropout(0.5, noise_shape=(None, 1, 6), seed=3)(x, training=True)
    )
    assert (y == y[:, :1]).all() and set(np.unique(y)) == {0.0, 2.0}
    assert not ops.convert_to_numpy(layers.Dropout(1.0)(x, training=True)).any()


def test_lambda_is_told_what_it_asks_for(engine):
    layer = layers.Lambda(
        lambda x, training, factor: x * factor if training else x, arguments={"factor": 3}
    )
    x = np.ones((1, 2), "float32")
    assert ops.convert_to_numpy(layer(x, training=True)).tolist() == [[3.0, 3.0]]
    assert ops.convert_to_numpy(layer(x)).tolist() == [[1.0, 1.0]]


def test_a_lambda_is_written_as_a_name_and_given_again_by_the_loader():
    layer = layers.Lambda(lambda x: 2 * x, name="twice")
    with pytest.warns(UserWarning, match=r"custom_objects=\{'twice'.*register_keras_serializable"):
        config = layers.serialize(layer)
    assert config["config"]["function"]["config"] == "twice"
    with raises_with(ValueError, "config.config.function", "custom_objects={'twice': ...}"):
        layers.deserialize(config)
    again = layers.deserialize(config, custom_objects={"twice": lambda x: 3 * x})
    assert again(np.ones((1, 1), "float32")).tolist() == [[3.0]]


def test_a_clone_of_a_lambda_has_its_function():
    model = lamina.Sequential([layers.Lambda(lambda x: 2 * x, name="twice")])
    with warnings.catch_warnings(action="error"):
        twin = lamina.models.clone_model(model)
    assert twin.layers[0].function is model.layers[0].function


def test_aliases_are_the_same_classes():
    assert layers.MaxPool2D is layers.MaxPooling2D
    assert layers.AvgPool1D is layers.AveragePooling1D
    assert layers.GlobalAvgPool3D is layers.GlobalAveragePooling3D
    assert layers.Convolution2D is layers.Conv2D
