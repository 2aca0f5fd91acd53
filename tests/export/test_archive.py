"""`ExportArchive`, beside Keras' own: endpoints, what they change, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import lamina
from lamina import layers
from lamina.export import ExportArchive
from tests.export.networks import NETWORKS

X = np.random.default_rng(0).normal(size=(8, 12)).astype("float32")


@pytest.fixture
def model():
    return NETWORKS["mlp"]()


@pytest.fixture
def archive(model):
    archive = ExportArchive()
    archive.track(model)
    return archive


def spec(*shape):
    return lamina.InputSpec(shape=shape, dtype="float32")


def written(archive, tmp_path):
    archive.write_out(tmp_path / "saved", verbose=False)
    return tf.saved_model.load(str(tmp_path / "saved"))


def test_endpoints_are_methods_and_signatures(archive, model, tmp_path):
    archive.add_endpoint("serve", model.call, [spec(None, 12)])
    archive.add_endpoint("twice", lambda x: {"y": 2 * model(x)}, [tf.TensorSpec((None, 12))])
    loaded = written(archive, tmp_path)
    assert loaded.signatures.keys() == {"serve", "twice", "serving_default"}
    expected = np.asarray(model(X))
    np.testing.assert_allclose(loaded.serve(X), expected, rtol=1e-5)
    np.testing.assert_allclose(loaded.twice(X)["y"], 2 * expected, rtol=1e-5)


def test_what_an_endpoint_changes_changes_in_the_savedmodel_only(archive, model, tmp_path):
    archive.add_endpoint("learn", lambda x: model(x, training=True), [spec(None, 12)])
    before = [v.numpy() for v in model.variables]
    loaded = written(archive, tmp_path)
    assert not np.array_equal(loaded.learn(X), loaded.learn(X))  # other places are dropped
    assert all(map(np.array_equal, before, [v.numpy() for v in model.variables]))


def test_values_are_those_at_the_time_of_writing(archive, model, tmp_path):
    archive.add_endpoint("serve", model.call, [spec(None, 12)])
    model.set_weights([w + 1 for w in model.get_weights()])
    loaded = written(archive, tmp_path)
    np.testing.assert_allclose(loaded.serve(X), np.asarray(model(X)), rtol=1e-5)


def test_variables_are_listed_as_keras_lists_them(archive, model, tmp_path):
    import keras

    keras_model = keras.Sequential(
        [
            keras.Input((12,)),
            keras.layers.Dense(8),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3),
        ]
    )
    archive.track_and_add_endpoint("serve", model, [spec(None, 12)])
    archive.add_variable_collection("first", model.layers[0].weights)
    loaded = written(archive, tmp_path)
    assert len(loaded.first) == 2
    for group in ("trainable_variables", "non_trainable_variables"):
        shapes = [tuple(v.shape) for v in getattr(keras_model, group)]
        assert sorted(tuple(v.shape) for v in getattr(loaded, group)) == sorted(shapes)


def test_a_tf_function_brings_its_signature(archive, tmp_path):
    @tf.function(input_signature=[tf.TensorSpec((None,), name="n")])
    def double(n):
        return 2 * n

    archive.add_endpoint("double", double)
    loaded = written(archive, tmp_path)
    assert loaded.double(np.float32([3])).numpy() == [6]


@pytest.mark.parametrize("name", ["mlp", "two_inputs", "dicts", "lstm"])
def test_tfsm_layer_reads_an_export(name, tmp_path):
    model = NETWORKS[name]()
    model.export(tmp_path / "saved", verbose=False)
    inputs = [
        np.ones((2, *(7 if n is None else n for n in x.shape[1:])), x.dtype) for x in model.inputs
    ]
    x = dict(zip("ab", inputs, strict=True)) if name == "dicts" else inputs[:2]
    x = x if len(inputs) > 1 else inputs[0]
    with lamina.config.using_backend("tensorflow"):
        layer = layers.TFSMLayer(tmp_path / "saved")
        results = lamina.tree.map_structure(np.asarray, layer(x))
    expected = lamina.tree.map_structure(np.asarray, model(x))
    lamina.tree.map_structure(
        lambda y, z: np.testing.assert_allclose(y, z, atol=1e-5), results, expected
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda a: a.track(3), "takes a Layer, a Model"),
        (lambda a: a.track(layers.Dense(2)), "has no weights yet"),
        (lambda a: a.add_endpoint("serve", lambda x: x), "needs `input_signature`"),
        (lambda a: a.add_endpoint("variables", lambda x: x, [spec(None, 3)]), "is taken"),
        (lambda a: a.add_endpoint("a b", lambda x: x, [spec(None, 3)]), "cannot be the name"),
        (lambda a: a.add_variable_collection("all", 3), "takes a list, tuple or set"),
        (lambda a: a.write_out("saved"), "no endpoints"),
        (lambda a: ExportArchive(format="onnx"), "must be one of"),
    ],
)
def test_what_has_no_meaning_is_refused(archive, call, says):
    with pytest.raises(ValueError, match=says):
        call(archive)


# What Keras 3.15.1 writes for networks with these inputs and outputs: names of inputs, and of outputs.
OF_KERAS = {
    "mlp": [["x"], ["output_0"]],
    "two_inputs": [["a", "b"], ["output_0", "output_1"]],
    "dicts": [["a", "b"], ["product", "sum"]],
}


@pytest.mark.parametrize("name", OF_KERAS)
def test_signatures_are_those_that_keras_writes(name, tmp_path):
    NETWORKS[name]().export(tmp_path / "saved", verbose=False)
    signature = tf.saved_model.load(str(tmp_path / "saved")).signatures["serving_default"]
    names = [signature.structured_input_signature[1], signature.structured_outputs]
    assert [sorted(each) for each in names] == OF_KERAS[name]


_KERAS = """
import json, sys, keras, tensorflow as tf
x, a, b = (keras.Input((4,), name=n) for n in "xab")
outputs = [keras.layers.Dense(1)(a), keras.layers.Dense(1)(b)]
networks = {
    "mlp": keras.Model(x, keras.layers.Dense(1)(x)),
    "two_inputs": keras.Model([a, b], outputs),
    "dicts": keras.Model({"b": b, "a": a}, dict(zip(["sum", "product"], outputs))),
}
names = {}
for name, model in networks.items():
    model.export(f"{sys.argv[1]}/{name}", verbose=False)
    f = tf.saved_model.load(f"{sys.argv[1]}/{name}").signatures["serving_default"]
    names[name] = [sorted(f.structured_input_signature[1]), sorted(f.structured_outputs)]
print("\\n" + json.dumps(names))
"""


@pytest.mark.slow
def test_keras_writes_these_signatures(tmp_path):
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    run = [sys.executable, "-c", _KERAS, str(tmp_path)]
    shown = subprocess.run(run, capture_output=True, text=True, check=True, env=environment).stdout
    assert json.loads(shown.splitlines()[-1]) == OF_KERAS
