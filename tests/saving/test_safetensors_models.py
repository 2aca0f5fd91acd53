"""Whole models in `.safetensors` files, in one and in several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import lamina
from lamina import layers
from lamina.saving import FormatError, load_model, stores

ENDINGS = [".safetensors", ".safetensors.index.json"]
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(16, 3)).astype("float32"), RNG.normal(size=(16, 2)).astype("float32")


@lamina.saving.register_keras_serializable("tests")
class Words(layers.Layer):
    """Keeps a file beside its weights."""

    words = b"\x00none"

    def call(self, x):
        return x

    def save_assets(self, folder):
        Path(folder, "words.bin").write_bytes(self.words)

    def load_assets(self, folder):
        self.words = Path(folder, "words.bin").read_bytes()


@pytest.fixture(autouse=True)
def _small_files(monkeypatch):
    monkeypatch.setattr(stores.shards, "DEFAULT_SIZE", 100 / 2**30)


def _model():
    stack = [layers.Input((3,)), layers.Dense(4, name="first"), layers.Dropout(0.5), Words()]
    model = lamina.Sequential([*stack, layers.Dense(2)])
    model.compile(lamina.optimizers.Adam(0.1), "mse", metrics=["mae"])
    return model


def _fit(model, epochs=1):
    history = model.fit(X, Y, epochs=epochs, batch_size=8, shuffle=False, verbose=0)
    return history.history["loss"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_training_goes_on_exactly(trains, ending, tmp_path):
    """Keys of random draws are there, too: dropout goes on with the next of them."""
    model = _model()
    _fit(model)
    model.layers[2].words = b"mine"
    model.save(tmp_path / f"m{ending}")
    other = load_model(tmp_path / f"m{ending}")
    assert other.layers[2].words == b"mine"
    assert _fit(model, 2) == _fit(other, 2)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_set_is_several_files_and_the_first_tells_of_the_model(tmp_path):
    _model().save(tmp_path / "m.safetensors.index.json")
    shards = sorted(tmp_path.glob("m-*.safetensors"))
    assert len(shards) > 1
    for number, shard in enumerate(shards):
        with safe_open(shard, "numpy") as file:
            assert ("config" in file.metadata()) == (number == 0)


@pytest.mark.parametrize("ending", ENDINGS)
def test_weights_of_a_whole_model_are_loaded(ending, tmp_path):
    one, other = _model(), _model()
    one.save(tmp_path / f"m{ending}")
    other.load_weights(tmp_path / f"m{ending}")
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_the_optimizer(tmp_path):
    model = _model()
    _fit(model)
    model.save(tmp_path / "m.safetensors", include_optimizer=False)
    assert load_model(tmp_path / "m.safetensors").optimizer is None
    with safe_open(tmp_path / "m.safetensors", "numpy") as file:
        assert not any("adam" in name for name in file.keys())  # noqa: SIM118


@pytest.mark.parametrize("ending", ENDINGS)
def test_files_of_weights_are_not_models(ending, tmp_path):
    _model().save_weights(tmp_path / f"m{ending}")
    with pytest.raises(FormatError, match=r"holds weights, but not the model.*load_weights"):
        load_model(tmp_path / f"m{ending}")


def test_a_file_of_another_program_is_not_a_model(tmp_path):
    save_file({"a": np.ones(2)}, tmp_path / "m.safetensors")
    with pytest.raises(FormatError, match="holds weights, but not the model"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("ending", ENDINGS)
def test_models_are_not_replaced_unasked(ending, tmp_path):
    _model().save(tmp_path / f"m{ending}")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(FileExistsError):
        _model().save(tmp_path / f"m{ending}", overwrite=False)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_every_bit_of_a_model_is_guarded(tmp_path):
    model = _model()
    path = tmp_path / "m.safetensors"
    model.save(path)
    whole = path.read_bytes()
    for bit in RNG.choice(8 * len(whole), 60, replace=False):
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(spoilt)
        try:
            other = load_model(path)
        except lamina.saving.LoadError:
            continue
        assert other.get_config() == model.get_config()  # the case of a digit of a checksum
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
