"""A model that Keras itself puts on the Hub is loaded from there, and a card tells Keras' users how."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pydot
import pytest
from huggingface_hub import constants

import lamina
from tests.saving.hub_server import TOKEN, Hub


@pytest.fixture
def server(monkeypatch, tmp_path):
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)  # lamina reads it when it is called
        # The package has read it before.
        template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("LAMINA_HOME", str(tmp_path / "home"))
        yield server
        server.shutdown()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pydot's own
def test_from_keras_by_the_hub(server, monkeypatch):
    # Where pydot is installed, Keras wants a picture of Graphviz, too.
    monkeypatch.setattr(pydot.Dot, "create", lambda *_, **__: b"")
    monkeypatch.setattr(pydot.Dot, "write", lambda self, path, **_: Path(path).write_bytes(b"png"))
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, activation="relu")])
    model.compile("adam", "mse")
    model.save("hf://me/net")
    assert "model.weights.h5" in server.files("me/net")
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    loaded = lamina.saving.load_model("hf://me/net")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


def test_the_card_tells_keras_how(server, tmp_path):
    model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
    model.save("hf://me/net")
    card = server.files("me/net")["README.md"].decode()
    program = card.partition("# or in Keras 3:\n")[2].partition("```")[0]
    cache = str(tmp_path / "cache")  # the package has read its own setting before
    names = {"keras": keras}
    program = program.replace('"model.keras")', f'"model.keras", cache_dir={cache!r})')
    exec(compile(program, "card", "exec"), names)
    x = np.ones((1, 3), "float32")
    np.testing.assert_allclose(
        names["model"].predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6
    )
