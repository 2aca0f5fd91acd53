"""What layers of numbers and categories learn from data, beside Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import lamina

RNG = np.random.default_rng(0)
CUBE = RNG.normal(3, 2, (40, 3, 4)).astype("float32")
DATA = {
    "normal": RNG.normal(size=1111),
    "small integers": RNG.integers(0, 5, 700),
    "long tail": RNG.pareto(1.0, (300, 2)),
    "few": np.array([3.0, 1.0]),
    "constant": np.full(100, 2.5),
    "huge": RNG.normal(1e6, 1, 500).astype("float32"),
}


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
@pytest.mark.parametrize("invert", [False, True])
def test_normalization_learns_the_same(axis, invert):
    ours, theirs = (k.layers.Normalization(axis=axis, invert=invert) for k in (lamina, keras))
    for layer in (ours, theirs):
        layer.adapt(CUBE)
    found, wanted = (keras.ops.convert_to_numpy(layer(CUBE)) for layer in (ours, theirs))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    for a, b in zip(ours.get_weights()[:2], theirs.get_weights()[:2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    assert np.shape(ours.mean) == np.shape(theirs.mean)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("options", [{}, {"epsilon": 0.1}, {"num_bins": 20, "epsilon": 0.001}])
@pytest.mark.parametrize("batches", [False, True])
def test_boundaries_are_the_same(name, options, batches):
    data = DATA[name]
    if batches:
        data = tf.data.Dataset.from_tensor_slices(data).batch(64)
    ours, theirs = (k.layers.Discretization(**{"num_bins": 4} | options) for k in (lamina, keras))
    for layer in (ours, theirs):
        layer.adapt(data)
    assert ours.bin_boundaries == list(theirs.bin_boundaries)
    for x in (DATA["normal"], CUBE, np.array(theirs.bin_boundaries)):
        np.testing.assert_array_equal(np.asarray(ours(x)), np.asarray(theirs(x)))


IDS = [2, [1, 2, 2], [[1], [2]], [[1, 2], [2, 2]], [[[1], [2]], [[0], [0]]], [[[1, 2], [0, 1]]]]


@pytest.mark.parametrize("ids", IDS, ids=str)
@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_categories_are_encoded_alike(ids, mode, engine):
    ours, theirs = (k.layers.CategoryEncoding(3, mode) for k in (lamina, keras))
    found = lamina.ops.convert_to_numpy(ours(np.array(ids)))
    np.testing.assert_array_equal(found, np.asarray(theirs(np.array(ids))))


def test_weights_of_categories_count_alike(engine):
    ids, weights = np.array([[0, 1], [2, 2]]), np.array([[0.5, 2.0], [0.25, 0.5]])
    found, wanted = (
        np.asarray(k.layers.CategoryEncoding(3, "count")(ids, count_weights=weights))
        for k in (lamina, keras)
    )
    np.testing.assert_allclose(found, wanted)


TEXTS = np.array(["A", "", "é", "a" * 100, "\x00", "A"], object)
NUMBERS = np.array([0, -1, 2**40, 7, 7, 0])


@pytest.mark.parametrize("bins", [1, 5, 2**31])
@pytest.mark.parametrize(
    "features",
    [
        (TEXTS, NUMBERS),
        (NUMBERS, TEXTS),
        (NUMBERS, NUMBERS, TEXTS),
        (TEXTS[:, None], TEXTS[:, None]),
        ("A", 3),
    ],
    ids=["text first", "number first", "three", "columns", "one sample"],
)
def test_crossings_have_the_bins_of_tensorflow(features, bins, crossed_by_keras):
    ours = lamina.layers.HashedCrossing(bins)(features)
    np.testing.assert_array_equal(np.asarray(ours), crossed_by_keras(features, bins))


@pytest.fixture
def crossed_by_keras():
    """Keras' own layer needs TensorFlow as its engine; this is the op below it."""

    def crossed(features, bins):
        columns = [tf.convert_to_tensor(np.reshape(x, (-1, 1))) for x in features]
        hashed = tf.sparse.cross_hashed(columns, bins)
        return tf.sparse.to_dense(hashed).numpy().reshape(np.shape(features[0]))

    return crossed


ROWS = {
    "f": [1.0, 2.0, 3.0, 4.5],
    "n": [1, 2, 3, 4],
    "d": [0.5, 2.0, 3.0, 9.0],
    "ic": [3, 1, 1, 7],
    "sc": ["b", "a", "b", "é"],
    "ih": [3, 1, 1, -7],
    "sh": ["b", "a", "", "c"],
}


def space_of(k, output_mode):
    space = k.utils.FeatureSpace
    made = space(
        {
            "sh": space.string_hashed(num_bins=4),
            "f": space.float_rescaled(scale=2.0, offset=1.0),
            "n": "float_normalized",
            "d": space.float_discretized(num_bins=3),
            "ic": space.integer_categorical(num_oov_indices=2),
            "sc": space.string_categorical(max_tokens=3),
            "ih": "integer_hashed",
        },
        output_mode=output_mode,
        crosses=[("sh", "ih"), space.cross(("ic", "sc"), crossing_dim=3), ("d", "sc")],
        crossing_dim=5,
        hashing_dim=6,
    )
    made.adapt(tf.data.Dataset.from_tensor_slices(ROWS))
    return made


@pytest.mark.parametrize("output_mode", ["concat", "dict"])
def test_feature_spaces_are_alike_and_read_each_others_files(output_mode, tmp_path, engine):
    rows = {name: np.array(column) for name, column in ROWS.items()}
    ours, theirs = space_of(lamina, output_mode), space_of(keras, output_mode)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    spaces = [
        ours,
        lamina.saving.load_model(tmp_path / "theirs.keras"),
        keras.saving.load_model(tmp_path / "ours.keras"),
    ]
    expected = theirs(rows)
    for space in spaces:
        found = space(rows)
        for name in expected if output_mode == "dict" else [slice(None)]:
            np.testing.assert_allclose(
                np.asarray(lamina.ops.convert_to_numpy(found[name])),
                np.asarray(expected[name]),
                rtol=1e-6,
            )
    if output_mode == "dict":
        assert list(ours(rows)) == list(expected)
