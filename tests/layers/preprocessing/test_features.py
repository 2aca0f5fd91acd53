"""Layers that prepare numbers and categories: what they learn, refuse, and give everywhere."""

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.layers.preprocessing.features.moments import Moments

SAMPLES = np.random.default_rng(0).normal([1, -20, 3e4], [1, 5, 0.1], (500, 3))


def batches_of(array, size):
    return (array[i : i + size] for i in range(0, len(array), size))


@pytest.mark.parametrize("size", [1, 7, 500])
def test_mean_and_variance_do_not_depend_on_the_batches(size):
    layer = layers.Normalization(dtype="float64")
    with lamina.config.using_backend("numpy"):  # JAX has no float64
        layer.adapt(batches_of(SAMPLES, size))
        mean, variance, count = layer.get_weights()
    np.testing.assert_allclose(mean, SAMPLES.mean(0), rtol=1e-12)
    np.testing.assert_allclose(variance, SAMPLES.var(0), rtol=1e-10)
    assert count == 500


def test_moments_keep_their_digits_where_the_mean_is_large():
    values = 1e9 + np.arange(10**5, dtype=np.float64).reshape(-1, 1) % 7
    np.testing.assert_allclose(Moments.of(values, (0,)).variance, values.var(0), rtol=1e-9)


@pytest.mark.parametrize(
    ("axis", "reduced"), [(-1, (0, 1)), (1, (0, 2)), ((1, 2), (0,)), (None, (0, 1, 2))]
)
def test_each_entry_of_the_axis_is_normalized(axis, reduced, engine):
    x = np.random.default_rng(1).normal(5, 2, (40, 3, 2)).astype("float32")
    layer = layers.Normalization(axis=axis)
    layer.adapt(x)
    y = ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(y.mean(reduced), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(reduced), 1, atol=1e-5)
    back = layers.Normalization(axis, layer.mean, layer.variance, invert=True)
    np.testing.assert_allclose(ops.convert_to_numpy(back(y)), x, rtol=1e-4, atol=1e-4)


def test_adapting_again_forgets_and_reaches_a_compiled_model(engine):
    layer = layers.Normalization()
    model = lamina.Sequential([lamina.Input((3,)), layer])
    for x in (SAMPLES.astype("float32"), 3 * SAMPLES.astype("float32")):
        layer.adapt(x)
        np.testing.assert_allclose(model.predict(x, verbose=0).std(0), 1, atol=1e-2)


def test_boundaries_that_are_learned_again_reach_a_compiled_model(engine):
    layer = layers.Discretization(num_bins=2)
    model = lamina.Sequential([lamina.Input((1,)), layer])
    x = np.arange(10.0).reshape(-1, 1)
    for end in (10, 6, 2):
        layer.adapt(x[:end])
        assert model.predict(x, verbose=0).sum() == (x >= layer.bin_boundaries[0]).sum()


def test_boundaries_are_no_weights_and_stand_in_the_configuration():
    layer = layers.Discretization(num_bins=4)
    layer.adapt(SAMPLES[:, 0])
    assert layer.weights == [] and len(layer.bin_boundaries) == 3
    twin = layers.Discretization.from_config(layer.get_config())
    assert twin.bin_boundaries == layer.bin_boundaries
    twin.adapt(SAMPLES[:, 1])
    assert twin.bin_boundaries != layer.bin_boundaries


def test_a_quantile_is_off_by_no_more_than_epsilon():
    x = np.random.default_rng(0).permutation(10_000).astype("float32")
    layer = layers.Discretization(num_bins=10, epsilon=0.01)
    layer.adapt(batches_of(x, 700))
    np.testing.assert_allclose(layer.bin_boundaries, 1000 * np.arange(1, 10), atol=200)


def test_an_array_of_any_size_is_one_batch_for_boundaries():
    """Keras' boundaries depend on the batches, and it takes an array as one."""
    seen = []

    class Noting(layers.Discretization):
        def update_state(self, data):
            seen.append(len(data))

    Noting(num_bins=3).adapt(np.zeros((2**21, 1)))
    assert seen == [2**21]


def test_nan_falls_into_the_last_bin(engine):
    x = np.array([np.nan, np.inf, -np.inf, 0.1], "float32")
    layer = layers.Discretization(bin_boundaries=[0.1, 0.5])
    assert ops.convert_to_numpy(layer(x)).tolist() == [2, 2, 0, 1]


def test_what_is_no_category_counts_for_nothing(engine):
    layer = layers.CategoryEncoding(3, "count")
    assert ops.convert_to_numpy(layer(np.array([[0, -1, 5, 0]]))).tolist() == [[2, 0, 0]]


def test_categories_of_one_axis_make_one_row(engine):
    for mode, row in (("multi_hot", [0, 1, 1]), ("count", [0, 1, 2])):
        layer = layers.CategoryEncoding(3, mode)
        assert ops.convert_to_numpy(layer(np.array([1, 2, 2]))).tolist() == row


def normalized():
    layer = layers.Normalization()
    layer.adapt(SAMPLES)
    return layer, SAMPLES[:6].astype("float32")


def discretized(mode):
    layer = layers.Discretization(num_bins=4, output_mode=mode)
    layer.adapt(SAMPLES)
    return layer, SAMPLES[:6].astype("float32")


PLACES = {
    "Normalization": normalized,
    "Discretization": lambda: discretized("int"),
    "one bin of each": lambda: discretized("one_hot"),
    "CategoryEncoding": lambda: (
        layers.CategoryEncoding(5, "count"),
        np.arange(12, dtype="int32").reshape(6, 2) % 5,
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_same_numbers_by_themselves_in_a_model_and_in_a_map(name, engine, tf):
    layer, x = PLACES[name]()
    with lamina.config.using_backend("numpy"):
        expected = layer(x)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, rtol=1e-6)
    inputs = lamina.Input(x.shape[1:], dtype=str(x.dtype))
    model = lamina.Model(inputs, layer(inputs))
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-6)
    mapped = tf.data.Dataset.from_tensor_slices(x).batch(3).map(layer)
    np.testing.assert_allclose(np.concatenate([y.numpy() for y in mapped]), expected, rtol=1e-6)


TEXTS, NUMBERS = np.array(["A", "B", "A", "é"], object), np.array([1, 1, 2, 2])


@pytest.mark.parametrize("mode", ["int", "one_hot"])
def test_a_crossing_gives_the_same_in_a_map_and_is_written_down(mode, engine, tf):
    layer = layers.HashedCrossing(5, mode)
    expected = ops.convert_to_numpy(layer((TEXTS, NUMBERS)))
    assert expected.shape == ((4,) if mode == "int" else (4, 5))
    data = tf.data.Dataset.from_tensor_slices((TEXTS, NUMBERS)).batch(3)
    mapped = data.map(lambda *features: layer(features))
    np.testing.assert_array_equal(np.concatenate([y.numpy() for y in mapped]), expected)
    twin = layers.deserialize(layers.serialize(layer))
    np.testing.assert_array_equal(ops.convert_to_numpy(twin((TEXTS, NUMBERS))), expected)
    symbolic = layer((lamina.Input((1,), dtype="string"), lamina.Input((1,), dtype="int32")))
    assert symbolic.shape == (None, 1 if mode == "int" else 5)


REFUSALS = {
    "mean alone": (lambda: layers.Normalization(mean=1.0), r"together.*variance=None"),
    "no axis": (lambda: layers.Normalization(axis=3).build((None, 2)), r"`axis` is \(3,\).*2 axes"),
    "no size": (lambda: layers.Normalization().adapt(SAMPLES[:, 0]), r"axis 0.*axis=None"),
    "other shape": (
        lambda: normalized()[0].update_state(SAMPLES[:, :2]),
        r"built for the shape \(any, 3\).*\(500, 2\)",
    ),
    "nothing to learn": (
        lambda: layers.Normalization(mean=0.0, variance=1.0).adapt(SAMPLES),
        "nothing to learn",
    ),
    "strings": (lambda: layers.Normalization(axis=None).adapt(["a"]), "takes numbers"),
    "both": (lambda: layers.Discretization([1.0], 2), "`bin_boundaries`, or `num_bins`"),
    "none": (layers.Discretization, "`bin_boundaries`, or `num_bins`"),
    "no bins": (lambda: layers.Discretization(num_bins=0), "positive integer, not 0"),
    "epsilon": (lambda: layers.Discretization(num_bins=2, epsilon=0), "between 0 and 1"),
    "order": (lambda: layers.Discretization([2.0, 1.0]), r"ascending order, not \[2.0, 1.0\]"),
    "mode": (lambda: layers.Discretization([1.0], output_mode="x"), "`output_mode`.*'x'"),
    "too early": (lambda: layers.Discretization(num_bins=2)(np.ones(2)), "no boundaries yet"),
    "given": (lambda: layers.Discretization([1.0]).adapt(SAMPLES), "nothing to learn"),
    "one feature": (lambda: layers.HashedCrossing(2)([TEXTS]), "two features or more"),
    "no list": (lambda: layers.HashedCrossing(2)(TEXTS), "two features or more"),
    "wide": (lambda: layers.HashedCrossing(2)([np.ones((2, 2), int)] * 2), r"one shape.*\(2, 2\)"),
    "lengths": (lambda: layers.HashedCrossing(2)([TEXTS, NUMBERS[:2]]), "numbers of samples"),
    "floats": (lambda: layers.HashedCrossing(2)([TEXTS, SAMPLES[:4, 0]]), "whole numbers.*float64"),
    "no crossing": (lambda: layers.HashedCrossing(0), "`num_bins` must be at least 1"),
    "no tokens": (layers.CategoryEncoding, "`num_tokens` is missing.*IntegerLookup"),
    "int": (lambda: layers.CategoryEncoding(2, "int"), "`output_mode`.*'int'"),
    "weights": (
        lambda: layers.CategoryEncoding(2)(np.ones((1, 1), int), count_weights=np.ones((1, 1))),
        "`count_weights` need",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_mistake_is_told(case):
    make, message = REFUSALS[case]
    with pytest.raises(ValueError, match=message):
        make()
