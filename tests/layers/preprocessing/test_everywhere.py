"""A layer that prepares data gives the same numbers by itself, in a model, in a pipeline and in a worker."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.engine import current
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer

IMAGES = np.arange(24, dtype="uint8").reshape(4, 6)
SCALED = IMAGES.astype("float32") * 0.5 - 1


class Noise(PreprocessingLayer):
    """Adds a number to each sample."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = lamina.random.SeedGenerator(seed)

    def call(self, inputs):
        return ops.cast(inputs, "float32") + lamina.random.uniform((1,), seed=self.seed_generator)


def test_numpy_arrays_give_arrays_of_the_engine(engine):
    scaled = layers.Rescaling(0.5, -1)(IMAGES)
    assert isinstance(scaled, engine.array_types)
    np.testing.assert_array_equal(ops.convert_to_numpy(scaled), SCALED)


def test_it_is_part_of_a_models_step(engine):
    model = lamina.Sequential([lamina.Input((6,), dtype="uint8"), layers.Rescaling(0.5, -1)])
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), SCALED)


@pytest.mark.parametrize("batched", [False, True])
def test_a_map_of_tf_data_computes_on_tensorflow(engine, tf, batched):
    """Whichever engine is in force; the batch's size may be unknown."""
    data = tf.data.Dataset.from_tensor_slices(IMAGES)
    mapped = (data.batch(3) if batched else data).map(layers.Rescaling(0.5, -1))
    found = [x.numpy() for x in mapped]
    np.testing.assert_array_equal(np.concatenate(found).reshape(4, 6), SCALED)


def test_a_model_in_a_map_computes_on_tensorflow_and_keeps_its_weights(engine, tf):
    model = lamina.Sequential([layers.Rescaling(0.5, -1), layers.Dense(2)])
    expected = ops.convert_to_numpy(model(IMAGES))
    mapped = tf.data.Dataset.from_tensor_slices(IMAGES).batch(2).map(model)
    np.testing.assert_allclose(np.concatenate([x.numpy() for x in mapped]), expected, rtol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(model(IMAGES)), expected, rtol=1e-6)


@pytest.mark.parametrize("alone", [True, False], ids=["layer", "model"])
def test_draws_in_a_map_differ_in_each_element_and_epoch(engine, tf, alone):
    layer = Noise(1) if alone else lamina.Sequential([Noise(1)])
    mapped = tf.data.Dataset.from_tensor_slices(np.zeros((8, 1))).map(layer, num_parallel_calls=4)
    draws = [float(x[0]) for _ in range(2) for x in mapped]
    assert len(set(draws)) == 16


def test_draws_in_a_map_are_those_of_the_seed(engine, tf):
    mapped = [tf.data.Dataset.range(3).map(Noise(seed)) for seed in (1, 1, 2)]
    first, again, other = ([float(x[0]) for x in data] for data in mapped)
    assert first == again != other


def test_a_draw_by_itself_goes_on_where_it_was_after_a_map(engine, tf):
    layer, twin = Noise(1), Noise(1)
    list(tf.data.Dataset.range(3).map(layer))
    zero = np.zeros(1)
    assert float(layer(zero)[0]) == float(twin(zero)[0])


def test_an_engine_chosen_by_name_stays_in_a_worker(engine):
    """`using_backend` says what is meant, wherever it is said."""
    with current.using("numpy"):
        assert isinstance(layers.Rescaling(2.0)(np.ones(2)), np.ndarray)


@pytest.mark.parametrize(("scale", "offset"), [([1.0, 2.0], 0), (1, [[0.0], [1.0]])])
def test_scale_and_offset_must_broadcast_to_the_inputs(engine, scale, offset):
    with pytest.raises(ValueError, match=r"must broadcast to inputs of shape"):
        layers.Rescaling(scale, offset)(np.ones((1, 1)))
