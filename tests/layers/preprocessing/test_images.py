"""What holds for every layer of images."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import tree
from lamina.engine import current
from lamina.layers.preprocessing.image.base import BaseImagePreprocessingLayer
from tests.layers.preprocessing.image_cases import ALL, RANDOM, data, images, made


def numpy(x):
    return tree.map_structure(ops.convert_to_numpy, x)


@pytest.mark.parametrize("name", ALL)
def test_numbers_are_those_of_every_other_engine(engine, name):
    """Images, labels, boxes and masks of one seed are the same on each engine."""
    found = numpy(made(name)(data(), training=True))
    with current.using("numpy"):
        expected = numpy(made(name)(data(), training=True))
    assert found.keys() == expected.keys()
    for one, other in zip(tree.flatten(found), tree.flatten(expected), strict=True):
        assert one.shape == other.shape
        # A value at the edge between two levels may fall to either side.
        assert np.mean(np.abs(one - other) > 1e-2) < 0.005


@pytest.fixture
def numpy_engine():
    with current.using("numpy"):
        yield


@pytest.mark.parametrize("name", ALL)
def test_a_configuration_makes_an_equal_layer(numpy_engine, name):
    layer = made(name)
    config = json.loads(json.dumps(layers.serialize(layer)))
    twin = layers.deserialize(config)
    assert json.loads(json.dumps(layers.serialize(twin))) == config
    np.testing.assert_array_equal(layer(images()), twin(images()))


@pytest.mark.parametrize("name", RANDOM)
def test_inference_changes_nothing(numpy_engine, name):
    found, expected = made(name)(data(), training=False), data()
    for one, other in zip(tree.flatten(found), tree.flatten(expected), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", RANDOM)
def test_images_of_a_batch_change_differently(numpy_engine, name):
    same = np.tile(images(1), (16, 1, 1, 1))
    if name in ("MixUp", "CutMix"):  # an image with itself is itself
        same = same * np.linspace(0.1, 1, 16, dtype="float32").reshape(16, 1, 1, 1)
    changed = made(name)(same)
    assert len({x.tobytes() for x in changed}) > 1
    again = made(name)(same)
    np.testing.assert_array_equal(changed, again)


@pytest.mark.parametrize("name", sorted(ALL.keys() - {"MixUp", "CutMix"}))
def test_one_image_is_a_batch_of_one(numpy_engine, name):
    batch = {key: x for key, x in data(1).items() if key != "labels"}
    alone = tree.map_structure(lambda x: x[0], batch)
    many, one = made(name)(batch), made(name)(alone)
    for x, y in zip(tree.flatten(many), tree.flatten(one), strict=True):
        np.testing.assert_array_equal(x[0], y)


@pytest.mark.parametrize("name", [n for n in ALL if n not in ("MaxNumBoundingBoxes",)])
def test_channels_may_come_first(numpy_engine, name):
    first = np.moveaxis(images(), -1, 1)
    try:
        layer = made(name, data_format="channels_first")
    except TypeError:  # it works on channels in any place
        return
    np.testing.assert_allclose(
        np.moveaxis(layer(first), 1, -1), made(name)(images()), rtol=1e-5, atol=1e-3
    )


@pytest.mark.parametrize("name", ALL)
def test_a_model_knows_the_shape_and_computes_in_its_dtype(numpy_engine, name):
    layer = made(name, dtype="mixed_bfloat16")
    symbolic = layer(lamina.Input((12, 16, 3), batch_size=4))
    found = layer(images())
    assert symbolic.shape == found.shape and symbolic.dtype == "bfloat16"
    assert lamina.backend.standardize_dtype(found.dtype) == "bfloat16"


@pytest.mark.parametrize("name", ALL)
def test_a_map_of_tf_data_takes_batches_of_unknown_size(name, tf):
    mapped = tf.data.Dataset.from_tensor_slices(data()).batch(3).map(made(name))
    with current.using("numpy"):
        expected = made(name)(data(), training=True)["images"].shape[1:]
    assert [x["images"].shape for x in mapped] == [(3, *expected), (1, *expected)]


@pytest.mark.parametrize("name", ["Resizing", "CenterCrop", "RandomCrop", "RandomFlip"])
def test_a_map_of_tf_data_takes_images_of_unknown_size(name, tf):
    flow = tf.data.Dataset.from_generator(
        lambda: (images(1, n, n + 2)[0] for n in (10, 13)),
        output_signature=tf.TensorSpec((None, None, 3), "float32"),
    )
    found = [x.shape for x in flow.map(made(name))]
    assert found == [(5, 7, 3)] * 2 if name != "RandomFlip" else [(10, 12, 3), (13, 15, 3)]


LARGE = np.random.default_rng(5).random((8, 80, 80, 3), dtype="float32")
MOVING = {
    "flips": lambda: layers.RandomFlip(seed=1),
    "vertical flips": lambda: layers.RandomFlip("vertical", seed=1),
    "flips of channels first": lambda: layers.RandomFlip(seed=1, data_format="channels_first"),
    "rotations": lambda: layers.RandomRotation(0.2, seed=2),
    "zooms": lambda: layers.RandomZoom(0.2, fill_mode="wrap", seed=3),
}


@pytest.mark.parametrize("name", MOVING)
def test_large_batches_give_the_same_numbers_on_every_engine(engine, name, tf):
    """Some engines make one program of such a batch, in a map as well."""
    x = np.moveaxis(LARGE, -1, 1) if "first" in name else LARGE
    with current.using("numpy"):
        expected = MOVING[name]()(x)
    np.testing.assert_allclose(ops.convert_to_numpy(MOVING[name]()(x)), expected, atol=2e-3)
    if engine.name == "tensorflow":
        (all_,) = tf.data.Dataset.from_tensors(x).map(MOVING[name]()).as_numpy_iterator()
        (one,) = tf.data.Dataset.from_tensors(x[:1]).map(MOVING[name]()).as_numpy_iterator()
        np.testing.assert_allclose(all_[:1], one, atol=2e-3)


def test_a_layer_of_the_users_own_gets_batches(engine):
    class Shift(BaseImagePreprocessingLayer):
        def get_random_transformation(self, data, training=True, seed=None):
            return 2.0 if training else 0.0

        def transform_images(self, images, transformation, training=True):
            assert len(images.shape) == 4
            return images + transformation

        def transform_labels(self, labels, transformation, training=True):
            return labels * transformation

    shifted = Shift()({"images": images()[0], "labels": np.float32(3.0)})
    np.testing.assert_allclose(ops.convert_to_numpy(shifted["images"]), images()[0] + 2)
    assert float(shifted["labels"]) == 6.0


def test_boxes_need_a_format(numpy_engine):
    with pytest.raises(ValueError, match="make it with `bounding_box_format=`"):
        layers.RandomFlip()(data())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: layers.RandomRotation(2.0),
            "`factor` must be a number, or a pair of numbers, from -1",
        ),
        (lambda: layers.RandomFlip("sideways"), "horizontal_and_vertical"),
        (lambda: layers.RandomContrast("much"), "`factor` must be a number"),
        (lambda: layers.Resizing(0, 3), "`height` must be a positive integer"),
        (lambda: layers.RandomFlip()(np.ones((3, 3))), "takes one image with 3 axes or a batch"),
        (
            lambda: layers.MixUp()({"images": images(), "labels": np.arange(4)}),
            "which must be floats",
        ),
    ],
)
def test_mistakes_are_named(numpy_engine, make, message):
    with pytest.raises(ValueError, match=message):
        make()
