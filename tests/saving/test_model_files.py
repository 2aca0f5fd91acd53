"""Whole models in `.keras` files: what is loaded is what was saved, and learns on as it would have."""

from __future__ import annotations

import copy
import io
import json
import operator
import pickle
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import layers

X = np.random.default_rng(3).normal(size=(8, 3)).astype("float32")
Y = X.sum(1, keepdims=True)


@lamina.saving.register_keras_serializable("model files")
class Scaled(lamina.Model):
    """A model with a `call` of its own."""

    def __init__(self, units, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.factor = units, factor
        self.dense = layers.Dense(units)
        self.blocks = [layers.Dense(3), layers.Dense(1)]

    def call(self, x):
        x = self.dense(x) * self.factor
        for block in self.blocks:
            x = block(x)
        return x


def _stack():
    return lamina.Sequential(
        [lamina.Input((3,)), layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dense(1)]
    )


def _graph():
    a = lamina.Input((3,), name="a")
    dense = layers.Dense(3, name="shared")
    x = dense(dense(a)) + lamina.ops.relu(a[:, :1])
    inner = lamina.Sequential([lamina.Input((3,)), layers.Dense(2)], name="inner")
    return lamina.Model(a, layers.Dense(1)(layers.Concatenate()([inner(x), x])))


def _subclass():
    model = Scaled(4)
    model(X)
    return model


def _built_by_shape():
    model = Scaled(4, name="by_shape")
    model.build((None, 3))
    return model


@lamina.saving.register_keras_serializable("model files")
class Pair(lamina.Model):
    """Two tensors come in by arguments of their own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.left, self.right = layers.Dense(2), layers.Dense(2)

    def call(self, x, other, training=None):
        return self.left(x) + self.right(other)


@lamina.saving.register_keras_serializable("model files")
class Weighed(lamina.Model):
    """A graph with an argument beside it."""

    def __init__(self, inputs, outputs, alpha=1.0, **kwargs):
        super().__init__(inputs, outputs, **kwargs)
        self.alpha = alpha

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


MODELS = [_stack, _graph, _subclass, _built_by_shape]


def _again(model, **how):
    file = io.BytesIO()
    model.save(file)
    return lamina.models.load_model(file, **how)


@pytest.mark.parametrize("make", MODELS)
def test_a_model_comes_back(make, engine):
    model = make()
    again = _again(model)
    assert type(again) is type(model) and again.name == model.name
    assert [v.shape for v in again.weights] == [v.shape for v in model.weights]
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_model_whose_call_takes_several_tensors_comes_back():
    model = Pair()
    expected = model(X, X[:, :2])
    np.testing.assert_array_equal(_again(model)(X, X[:, :2]), expected)


def test_a_graph_with_arguments_of_its_own_comes_back():
    x = lamina.Input((3,))
    assert _again(Weighed(x, layers.Dense(1)(x), alpha=0.25)).alpha == 0.25


@pytest.mark.parametrize("make", [_stack, _graph])
def test_weights_have_their_places_in_the_loaded_model(make):
    model = make()
    assert [v.path for v in _again(model).weights] == [v.path for v in model.weights]


def _trained():
    lamina.utils.set_random_seed(5)
    model = lamina.Sequential(
        [lamina.Input((3,)), layers.Dense(4), layers.Dropout(0.5), layers.Dense(1)]
    )
    rate = lamina.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    optimizer = lamina.optimizers.Adam(rate, use_ema=True)
    model.compile(optimizer, "mse", metrics=["mae", "accuracy", lamina.metrics.AUC()])
    return model


def test_training_goes_on_as_if_nothing_had_happened(trains):
    """With the same random draws and the same metrics, and so twice: of a model that was loaded, too."""
    model = _trained()
    model.train_on_batch(X, Y)
    again = _again(_again(model))
    for _ in range(3):
        assert again.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    for a, b in zip(again.variables, model.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_random_draws_go_on_in_a_model_that_is_not_compiled(engine):
    model = lamina.Sequential([lamina.Input((3,)), layers.Dropout(0.5)])
    model(X, training=True)
    again = _again(model)
    np.testing.assert_array_equal(again(X, training=True), model(X, training=True))


def test_the_size_of_accumulated_batches_is_kept(trains):
    model = lamina.Sequential([lamina.Input((3,)), layers.Dense(1)])
    model.compile(lamina.optimizers.SGD(0.1, gradient_accumulation_steps=2), "mse")
    model.train_on_batch(X, Y)
    again = _again(model)
    for m in (model, again):
        m.train_on_batch(X[:3], Y[:3])
    np.testing.assert_array_equal(again.layers[0].kernel.numpy(), model.layers[0].kernel.numpy())


def test_without_its_optimizer_a_model_comes_back_uncompiled(trains):
    model = _trained()
    model.train_on_batch(X, Y)
    file = io.BytesIO()
    model.save(file, include_optimizer=False)
    assert not lamina.models.load_model(file).compiled
    assert "compile_config" not in json.loads(zipfile.ZipFile(file).read("config.json"))


def test_a_model_may_be_loaded_uncompiled():
    again = _again(_trained(), compile=False)
    assert not again.compiled and again.optimizer is None


def test_a_model_that_is_not_built_comes_back_unbuilt():
    model = Scaled(4, factor=0.5)
    again = _again(model)
    assert not again.built and again.factor == 0.5


def test_a_model_goes_through_json():
    model = _graph()
    again = lamina.models.model_from_json(model.to_json(indent=1))
    assert again.get_config() == model.get_config()


@pytest.mark.parametrize("name", ["m.weights.h5", "m.tar", "m"])
def test_other_endings_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match=r"must end with .*\.keras"):
        _stack().save(tmp_path / name)
    with pytest.raises(ValueError, match=r"must end with .*\.keras"):
        lamina.models.load_model(tmp_path / name)


def test_a_file_may_be_kept(tmp_path):
    path = tmp_path / "m.keras"
    _stack().save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        _stack().save(path, overwrite=False)
    assert path.read_bytes() == before


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file"):
        lamina.models.load_model(tmp_path / "m.keras")


@lamina.saving.register_keras_serializable("model files")
class Counting(layers.Layer):
    """Keeps its weights under names of its own, and words beside them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.words, self.count = [], 0

    def build(self, shape):
        self.scale = self.add_weight((shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.scale

    def save_own_variables(self, store):
        store["scale"], store["count"] = self.scale, self.count

    def load_own_variables(self, store):
        self.scale.assign(store["scale"])
        self.count = int(store["count"])

    def save_assets(self, dir_path):
        folder = Path(dir_path, "inner")
        folder.mkdir()
        (folder / "words.txt").write_text("\n".join(self.words))

    def load_assets(self, dir_path):
        self.words = Path(dir_path, "inner", "words.txt").read_text().split("\n")


def test_a_layer_may_keep_its_weights_and_files_in_its_own_way():
    layer = Counting()
    model = lamina.Sequential([lamina.Input((3,)), lamina.Sequential([layer])])
    layer.scale.assign([1.0, 2.0, 3.0])
    layer.words, layer.count = ["an", "other"], 7
    again = _again(model).layers[0].layers[0]
    assert again.words == ["an", "other"] and again.count == 7
    assert again.scale.numpy().tolist() == [1.0, 2.0, 3.0]


def test_what_a_layer_loads_itself_is_taken_back_with_the_rest(monkeypatch, tmp_path):
    layer, path = Counting(), tmp_path / "m.weights.h5"
    model = lamina.Sequential([lamina.Input((3,)), layer, layers.Dense(1)])
    model.save_weights(path)
    before = [v.numpy() for v in model.variables]

    def fail(store):
        layer.scale.assign(store["scale"] * 2)
        raise KeyError("count")

    monkeypatch.setattr(Counting, "load_own_variables", lambda self, store: fail(store))
    with pytest.raises(lamina.saving.LoadError, match=r"its `load_own_variables` failed.*count"):
        model.load_weights(path)
    for v, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(v.numpy(), value)


class Unregistered(lamina.Model):
    """Known by its place in the program only, as its loss is."""

    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


def half_of_errors(y, p):
    return lamina.ops.mean(lamina.ops.abs(y - p)) / 2


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copied_or_pickled_model_learns_on_alike(again, trains):
    model = Unregistered()
    model.compile("adam", half_of_errors, metrics=[half_of_errors])
    model.train_on_batch(X, Y)
    twin = again(model)
    assert type(twin) is Unregistered
    if again is not copy.copy:  # which shares the weights
        assert twin.train_on_batch(X, Y) == model.train_on_batch(X, Y)
        assert twin.dense.kernel is not model.dense.kernel


def test_a_pickle_holds_a_model_file_and_references():
    remake, (data, own) = Unregistered(name="m").__reduce__()
    assert zipfile.ZipFile(io.BytesIO(data)).namelist()[1] == "config.json"
    assert own == {"Unregistered": Unregistered} and remake(data, own).name == "m"


def test_a_model_that_data_cannot_describe_is_pickled_as_any_object():
    model = lamina.Sequential([lamina.Input((3,)), layers.Lambda(partial(operator.mul, 2.0))])
    twin = pickle.loads(pickle.dumps(model))
    assert twin(X[:1]).shape == (1, 3)


def test_one_layer_in_several_models_stays_one():
    shared = layers.Dense(3, name="shared")
    a = lamina.Sequential([lamina.Input((3,)), shared], name="a")
    b = lamina.Sequential([lamina.Input((3,)), shared, layers.Dense(1)], name="b")
    x = lamina.Input((3,))
    again = _again(lamina.Model(x, [a(x), b(x)]))
    assert again.get_layer("a").layers[0] is again.get_layer("b").layers[0]
