"""A feature space: a table's columns as one array; what it refuses, and where it works."""

import pickle

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.utils import FeatureSpace

TABLE = {
    "size": [1.0, 2.0, 3.0, 4.0],
    "age": [30, 40, 30, 70],
    "kind": ["b", "a", "b", "c"],
    "code": [3, 1, 1, 7],
}


def features():
    return {
        "size": FeatureSpace.float_normalized(),
        "age": FeatureSpace.float_discretized(num_bins=2),
        "kind": "string_categorical",
        "code": "integer_categorical",
    }


def adapted(**options):
    space = FeatureSpace(features(), crosses=[("kind", "code")], crossing_dim=3, **options)
    space.adapt(TABLE)
    return space


def numbers(x):
    return ops.convert_to_numpy(x)


def test_columns_stand_in_the_order_of_their_names_and_crosses_follow(engine):
    parts = adapted(output_mode="dict")(TABLE)
    assert list(parts) == ["age", "code", "kind", "size", "kind_X_code"]
    whole = numbers(adapted()(TABLE))
    np.testing.assert_array_equal(whole, np.concatenate([numbers(x) for x in parts.values()], 1))
    assert whole.shape == (4, 2 + 4 + 4 + 1 + 3) and whole.dtype == "float32"


def test_one_sample_gives_one_row(engine):
    space = adapted()
    row = space({name: column[1] for name, column in TABLE.items()})
    np.testing.assert_array_equal(numbers(row), numbers(space(TABLE))[1])


def test_arrays_columns_and_frames_are_tables():
    import pandas

    space = adapted()
    expected = numbers(space(TABLE))
    columns = {name: np.array(column)[:, None] for name, column in TABLE.items()}
    for table in (columns, pandas.DataFrame(TABLE), {**TABLE, "more": [0, 0, 0, 0]}):
        np.testing.assert_array_equal(numbers(space(table)), expected)


def sources(tf):
    rows = [{name: column[i] for name, column in TABLE.items()} for i in range(4)]
    data = tf.data.Dataset.from_tensor_slices(TABLE)
    return [data, data.batch(4), data.map(lambda x: (x, 1)), iter(rows), iter([TABLE])]


def test_it_learns_from_data_of_every_kind_in_one_pass(tf):
    expected = numbers(adapted()(TABLE))
    for data in sources(tf):
        space = FeatureSpace(features(), crosses=[("kind", "code")], crossing_dim=3)
        space.adapt(data)
        np.testing.assert_array_equal(numbers(space(TABLE)), expected)


def test_a_map_of_tf_data_gives_the_same_on_every_engine(engine, tf):
    space, data = adapted(), tf.data.Dataset.from_tensor_slices(TABLE)
    expected = numbers(space(TABLE))
    batches = [x.numpy() for x in data.batch(3).map(space)]
    np.testing.assert_array_equal(np.concatenate(batches), expected)
    np.testing.assert_array_equal(np.stack([x.numpy() for x in data.map(space)]), expected)


def test_files_and_pickles_keep_what_was_learned(tmp_path, engine):
    space = adapted()
    space.save(tmp_path / "space.keras")
    expected = numbers(space(TABLE))
    for twin in (
        lamina.saving.load_model(tmp_path / "space.keras"),
        pickle.loads(pickle.dumps(space)),
    ):
        assert type(twin) is FeatureSpace
        np.testing.assert_array_equal(numbers(twin(TABLE)), expected)
        assert list(twin.preprocessors["kind"].get_vocabulary()) == ["[UNK]", "b", "c", "a"]


def test_a_model_of_encoded_columns_trains(trains):
    space = adapted()
    encoded = space.get_encoded_features()
    assert encoded.shape == (None, 14)
    model = lamina.Model(encoded, lamina.layers.Dense(1)(encoded))
    model.compile("sgd", "mse")
    model.fit(space(TABLE), np.ones((4, 1)), verbose=0)


def test_columns_of_a_layer_of_your_own(engine):
    own = FeatureSpace.feature("float32", lamina.layers.Rescaling(2.0), "float")
    lookup = lamina.layers.StringLookup(vocabulary=["a", "b"])
    kind = FeatureSpace.feature("string", lookup, "one_hot")
    space = FeatureSpace({"size": own, "kind": kind})
    assert numbers(space({"size": [1.0, 2.0], "kind": ["b", "?"]})).tolist() == [
        [0, 0, 1, 2],
        [1, 0, 0, 4],
    ]


def test_there_is_nothing_to_learn_without_statistics():
    space = FeatureSpace({"a": "float_rescaled", "b": "integer_hashed"}, hashing_dim=3)
    assert space({"a": 1.0, "b": 2}).shape == (4,)


def test_adapting_again_counts_categories_anew():
    space = adapted()
    space.adapt({**TABLE, "kind": ["x", "y", "z", "w"]})
    assert space.one_hot_encoders["kind"].num_tokens == 5
    assert space.get_encoded_features().shape == (None, 15)


REFUSALS = {
    "no features": (lambda: FeatureSpace({}), "`features` must be a dict"),
    "a kind": (lambda: FeatureSpace({"a": "string"}), "'a' must be one of.*'float'.*'string'"),
    "output mode": (lambda: FeatureSpace({"a": "float"}, "x"), "`output_mode`.*'x'"),
    "unknown cross": (
        lambda: FeatureSpace({"a": "integer_hashed"}, crosses=[("a", "b")]),
        r"names \['b'\]; there are \['a'\]",
    ),
    "cross of numbers": (
        lambda: FeatureSpace({"a": "integer_hashed", "f": "float"}, crosses=[("a", "f")]),
        r"\['f'\], which are numbers, not categories",
    ),
    "cross of one": (lambda: FeatureSpace.cross(["a"], 3), "two features or more"),
    "mode of a cross": (lambda: FeatureSpace.cross(["a", "b"], 3, "float"), "`output_mode`"),
    "whole numbers": (
        lambda: FeatureSpace({"a": FeatureSpace.integer_hashed(3, output_mode="int")}),
        "'a'.*output_mode='dict'",
    ),
    "mode of a feature": (lambda: FeatureSpace.feature("int32", len, "x"), "`output_mode`.*'x'"),
    "dtype": (lambda: FeatureSpace.feature("x", len, "int"), "`dtype` is 'x'"),
    "too early": (lambda: FeatureSpace(features())(TABLE), "call `adapt`"),
    "encoded too early": (lambda: FeatureSpace(features()).get_encoded_features(), "call `adapt`"),
    "missing column": (
        lambda: adapted()({"size": [1.0]}),
        r"\['age', 'kind', 'code'\] are missing; there are \['size'\]",
    ),
    "missing data": (lambda: FeatureSpace(features()).adapt({"size": [1.0]}), "are missing"),
    "no table": (lambda: adapted()([1.0]), "takes a dict of columns, or a frame, not list"),
    "no integers": (
        lambda: FeatureSpace(
            {"a": FeatureSpace.feature("float32", lamina.layers.Hashing(2), "one_hot")}
            | {"b": FeatureSpace.feature("float32", lamina.layers.Rescaling(2.0), "one_hot")}
        )({"a": 1, "b": 1}),
        "says how many integers",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_mistake_is_told(case):
    make, message = REFUSALS[case]
    with pytest.raises(ValueError, match=message):
        make()


def test_a_model_may_begin_with_raw_columns(tmp_path, trains):
    space = FeatureSpace(
        features(), crosses=[("kind", "code"), FeatureSpace.cross(("age", "kind"), 4)]
    )
    space.adapt(TABLE)
    encoded, dense = space.get_encoded_features(), lamina.layers.Dense(1)
    on_encoded = lamina.Model(encoded, dense(encoded))
    on_raw = lamina.Model(space.get_inputs(), dense(encoded))
    expected = on_encoded.predict(numbers(space(TABLE)), verbose=0)
    columns = {name: np.array(column) for name, column in TABLE.items()}
    np.testing.assert_allclose(on_raw.predict(columns, verbose=0), expected, rtol=1e-5)
    on_raw.compile("sgd", "mse")
    on_raw.fit(columns, np.ones((4, 1)), verbose=0)
    expected = on_encoded.predict(numbers(space(TABLE)), verbose=0)
    on_raw.save(tmp_path / "raw.keras")
    twin = lamina.saving.load_model(tmp_path / "raw.keras")
    np.testing.assert_allclose(twin.predict(columns, verbose=0), expected, rtol=1e-5)
