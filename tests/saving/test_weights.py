"""Saving and loading weights on every engine: nothing is lost, and errors say what to do."""

from __future__ import annotations

import collections
import os

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.layers.weights import flatten_layers
from lamina.saving import LoadError, load_weights, save_weights


def _model(units=3, extra=0):
    stack = [layers.Input((4,)), layers.Dense(units, name="first"), layers.BatchNormalization()]
    return lamina.Sequential([*stack, *(layers.Dense(2) for _ in range(1 + extra))])


def _assert_same(a, b):
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)


def test_weights_come_back(backend, tmp_path):
    one, other = _model(), _model()
    save_weights(one, tmp_path / "m.weights.h5")
    load_weights(other, str(tmp_path / "m.weights.h5"))
    _assert_same(one.get_weights(), other.get_weights())


def test_half_precision_comes_back(backend, tmp_path):
    def make():
        return lamina.Sequential(
            [
                layers.Input((4,)),
                layers.Dense(3, dtype="bfloat16"),
                layers.Dense(2, dtype="float16"),
            ]
        )

    one, other = make(), make()
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    _assert_same(one.get_weights(), other.get_weights())


def test_from_one_engine_to_another(tmp_path):
    with lamina.config.using_backend("jax"):
        one = _model()
        one.save_weights(tmp_path / "m.weights.h5")
    with lamina.config.using_backend("numpy"):
        other = _model()
        other.load_weights(tmp_path / "m.weights.h5")
        _assert_same(one.get_weights(), other.get_weights())


def test_a_layer_alone(backend, tmp_path):
    one, other = layers.LSTM(3), layers.LSTM(3)
    for layer in (one, other):
        layer(np.zeros((2, 5, 4), "float32"))
    save_weights(one, tmp_path / "m.weights.h5")
    load_weights(other, tmp_path / "m.weights.h5")
    _assert_same(one.get_weights(), other.get_weights())


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_training_goes_on_after_loading(optimizer, tmp_path):
    """Four epochs at once, or two, a file, a new process' model, and two more."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 4)).astype("float32"), rng.normal(size=(32, 2)).astype("float32")

    def fit(model, epochs):
        model.fit(x, y, epochs=epochs, batch_size=8, shuffle=False, verbose=0)

    one, other = _model(), _model()
    for model in (one, other):
        model.compile(optimizer, "mse")
    fit(one, 2)
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    fit(one, 2)
    fit(other, 2)
    _assert_same(one.get_weights(), other.get_weights())


def test_optimizer_that_does_not_fit_starts_afresh(tmp_path):
    one, other = _model(), _model()
    one.compile("adam", "mse")
    one.optimizer.build(one.trainable_variables)
    one.save_weights(tmp_path / "m.weights.h5")
    other.compile("sgd", "mse")
    with pytest.warns(UserWarning, match=r"optimizer \(SGD 'sgd.*' *\).*in the file"):
        other.load_weights(tmp_path / "m.weights.h5")
    _assert_same(one.get_weights(), other.get_weights())


def test_file_without_optimizer_loads_into_a_compiled_model(tmp_path):
    one, other = _model(), _model()
    one.save_weights(tmp_path / "m.weights.h5")
    other.compile("adam", "mse")
    other.optimizer.build(other.trainable_variables)
    slots = [v.numpy() for v in other.optimizer.variables]
    other.load_weights(tmp_path / "m.weights.h5")
    _assert_same(one.get_weights(), other.get_weights())
    _assert_same(slots, [v.numpy() for v in other.optimizer.variables])


def test_all_differences_are_listed_and_nothing_is_loaded(tmp_path):
    _model(extra=1).save_weights(tmp_path / "m.weights.h5")
    other = _model(units=5)
    before = other.get_weights()
    with pytest.raises(LoadError) as caught:
        other.load_weights(tmp_path / "m.weights.h5")
    text = str(caught.value)
    assert (
        "layers/dense (Dense 'first'): 'kernel' has shape (4, 3) in the file, (4, 5) in the model"
        in text
    )
    assert (
        "layers/batch_normalization" in text
        and "'gamma' has shape (3,) in the file, (5,) in the model" in text
    )
    assert "'layers/dense_2': in the file, but not in the model" in text
    assert "m.weights.h5" in text and "skip_mismatch=True" in text
    _assert_same(before, other.get_weights())


def test_layers_that_the_file_lacks_are_listed(tmp_path):
    _model().save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(
        LoadError, match=r"layers/dense_2 \(Dense .*2 weights in the model, none in the file"
    ):
        _model(extra=1).load_weights(tmp_path / "m.weights.h5")


def test_skip_mismatch_loads_the_rest_and_warns(tmp_path):
    one, other = _model(extra=1), _model(units=5)
    one.save_weights(tmp_path / "m.weights.h5")
    before = other.get_weights()
    one.layers[2].set_weights([np.ones((3, 2)), np.ones(2)])
    with pytest.warns(UserWarning, match="skipped") as warned:
        other.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    assert any("'kernel' has shape (4, 3)" in str(w.message) for w in warned)
    _assert_same(before[:2], other.get_weights()[:2])


def test_names_and_states_that_cannot_be(tmp_path):
    with pytest.raises(ValueError, match=r"must end with '\.weights\.h5'"):
        _model().save_weights(tmp_path / "m.h5")
    with pytest.raises(ValueError, match=r"must end with '\.weights\.h5'.*whole models"):
        _model().load_weights(tmp_path / "m.keras")
    with pytest.raises(FileNotFoundError, match=r"nothing\.weights\.h5"):
        _model().load_weights(tmp_path / "nothing.weights.h5")
    with pytest.raises(FileNotFoundError, match="no folder"):
        _model().save_weights(tmp_path / "no" / "m.weights.h5")
    unbuilt = lamina.Sequential([layers.Dense(2)])
    for method in (unbuilt.save_weights, unbuilt.load_weights):
        with pytest.raises(ValueError, match=r"has no weights yet.*model\.build"):
            method(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match="max_shard_size"):
        save_weights(_model(), tmp_path / "m.npz", max_shard_size=1.0)
    assert not any(tmp_path.iterdir())


def test_files_are_not_replaced_unasked(tmp_path):
    path = tmp_path / "m.weights.h5"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        _model().save_weights(path, overwrite=False)
    assert path.read_bytes() == b"mine"
    _model().save_weights(path)
    assert path.read_bytes() != b"mine"


@pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")
def test_permissions_and_links(tmp_path):
    path = tmp_path / "m.weights.h5"
    (tmp_path / "link.weights.h5").symlink_to(path)
    _model().save_weights(path)
    (tmp_path / "other").touch()
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode
    whole = path.read_bytes()
    with pytest.raises(OSError, match="it is a link"):
        _model().save_weights(tmp_path / "link.weights.h5")
    assert path.read_bytes() == whole
    _model().load_weights(tmp_path / "link.weights.h5")  # a link that the user names is followed


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.weights.h5"
    model = _model()
    model.save_weights(path)
    whole = path.read_bytes()

    class Interrupted(BaseException):
        pass

    def interrupt(_):
        raise Interrupted

    for step in ("lamina.saving.stores.hdf5_writer._write", "os.fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(step, lambda *_, **__: interrupt(_))
            with pytest.raises(Interrupted):
                model.save_weights(path)
        assert path.read_bytes() == whole
        assert [p.name for p in tmp_path.iterdir()] == [path.name]


class _Holding(lamina.layers.Layer):
    """Holds a layer somehow, under some name."""

    def __init__(self, name, hold):
        super().__init__()
        setattr(self, name, hold(lamina.layers.Dense(2)))

    def call(self, x):
        inner = flatten_layers(self)[1]
        return inner(x)


def _holding(name, hold):
    model = lamina.Sequential([_Holding(name, hold)])
    model(np.ones((1, 3), "float32"))
    return model


@pytest.mark.parametrize("name", ["inner", "_inner", "_layers", "_Holding__inner", "weird_"])
@pytest.mark.parametrize("hold", [lambda x: x, lambda x: [x], lambda x: {"a": (x,)}])
def test_weights_under_any_name_are_in_the_file(tmp_path, name, hold):
    one, other = _holding(name, hold), _holding(name, hold)
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert len(one.weights) == 2
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_without_a_place_in_files_are_named(tmp_path):
    model = _holding("inner", lambda x: collections.deque([x]))
    with pytest.raises(ValueError, match=r"no place for .*kernel.*Hold the layers as attributes"):
        model.save_weights(tmp_path / "m.weights.h5")
    assert list(tmp_path.iterdir()) == []
