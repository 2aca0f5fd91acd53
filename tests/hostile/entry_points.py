"""Every way from a configuration to an object: hostile configurations go through all of them."""

from __future__ import annotations

import functools
import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

import lamina
from lamina import layers, saving

INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 4], "dtype": "float32", "name": "x"},
    "registered_name": None,
}
TENSOR = {
    "class_name": "__keras_tensor__",
    "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["x", 0, 0]},
}


def sequential(layer: Any) -> dict[str, Any]:
    """The configuration of a model of an Input and this layer."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "model", "trainable": True, "layers": [INPUT, layer]},
        "registered_name": None,
    }


def functional(layer: Any, *calls: Any) -> dict[str, Any]:
    """The configuration of a graph of an Input and this layer, called on it."""
    nodes = list(calls) or [{"args": [TENSOR], "kwargs": {}}]
    begin = {**INPUT, "name": "x", "inbound_nodes": []}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": "model",
            "trainable": True,
            "layers": [begin, {**layer, "name": "layer", "inbound_nodes": nodes}],
            "input_layers": ["x", 0, 0],
            "output_layers": ["layer", 0, 0],
        },
        "registered_name": "Functional",
    }


def written(tree: Any) -> str:
    """Return the JSON of a tree, however deep it is; `json.dumps` goes as deep as Python lets it."""
    out: list[str] = []
    waiting: list[tuple[Any, bool]] = [(tree, False)]  # and whether it is text already
    while waiting:
        x, is_text = waiting.pop()
        if is_text or not isinstance(x, (dict, list)):
            out.append(x if is_text else json.dumps(x))
            continue
        parts: list[tuple[Any, bool]] = []
        for key in x if isinstance(x, dict) else range(len(x)):
            name = f"{json.dumps(key)}: " if isinstance(x, dict) else ""
            parts += [(f", {name}" if parts else name, True), (x[key], False)]
        brackets = "{}" if isinstance(x, dict) else "[]"
        waiting += reversed([(brackets[0], True), *parts, (brackets[1], True)])
    return "".join(out)


def prepare() -> None:
    """Make what the entry points need, so that they use up no names themselves."""
    for name in ("Dense", "ReLU"):
        _honest(name, ".keras"), _honest(name, ".h5")


@functools.cache
def _honest(name: str, suffix: str) -> bytes:
    """A model file with the weights of such a layer."""
    begin = lamina.Input((4,), name="x")
    inner = layers.Dense(2, name="layer") if name == "Dense" else layers.ReLU(name="layer")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        path = Path(folder, f"m{suffix}")
        lamina.Sequential([begin, inner], name="model").save(path)
        return path.read_bytes()


def keras_archive(layer: Any) -> io.BytesIO:
    """A `.keras` file of a model with this layer."""
    file, honest = (
        io.BytesIO(),
        io.BytesIO(_honest("Dense" if layer["class_name"] == "Dense" else "ReLU", ".keras")),
    )
    with zipfile.ZipFile(honest) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            config = written(sequential(layer))
            new.writestr(name, config if name == "config.json" else old.read(name))
    file.seek(0)
    return file


def _load_keras(layer: Any, folder: Any, **options: Any) -> Any:
    path = folder / "m.keras"
    path.write_bytes(keras_archive(layer).getvalue())
    return saving.load_model(path, **options).layers[0]


def _load_h5(layer: Any, folder: Any, **options: Any) -> Any:
    path = folder / "m.h5"
    path.write_bytes(_honest("Dense" if layer["class_name"] == "Dense" else "ReLU", ".h5"))
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = written(sequential(layer))
        for name in [n for n in file.attrs if "crc32" in n]:
            del file.attrs[name]  # as in a file of Keras
    return saving.load_model(path, **options).layers[0]


def _clone(layer: Any, folder: Any, custom_objects: Any = None) -> Any:
    class Outer(layers.Layer):
        """A user's layer that hands on what it was given as it is."""

        def __init__(self, inner: Any = None, **kwargs: Any):
            super().__init__(**kwargs)
            self.inner = inner

        def get_config(self) -> dict[str, Any]:
            return {"name": self.name, "inner": layer}

    with saving.custom_object_scope(custom_objects or {}):
        return (
            lamina.models.clone_model(lamina.Sequential([Outer(name="outer")], name="model"))
            .layers[0]
            .inner
        )


def _scoped(make: Callable[[Any], Any]) -> Callable[..., Any]:
    def call(layer: Any, folder: Any, custom_objects: Any = None) -> Any:
        with saving.custom_object_scope(custom_objects or {}):
            return make(layer)

    return call


# Each takes the configuration of a layer, a folder to write to, and perhaps `custom_objects`.
ENTRY_POINTS: dict[str, Callable[..., Any]] = {
    "layers.deserialize": lambda x, _, custom_objects=None: layers.deserialize(x, custom_objects),
    "layers.get": _scoped(layers.get),
    "deserialize_keras_object": lambda x, _, custom_objects=None: saving.deserialize_keras_object(
        x, custom_objects
    ),
    "Layer.from_config": _scoped(
        lambda x: layers.TimeDistributed.from_config({"layer": x, "name": "outer"}).layer
    ),
    "Sequential.from_config": _scoped(
        lambda x: lamina.Sequential.from_config(sequential(x)["config"]).layers[0]
    ),
    "Model.from_config": _scoped(
        lambda x: lamina.Model.from_config(functional(x)["config"]).layers[1]
    ),
    "model_from_json": lambda x, _, custom_objects=None: lamina.models.model_from_json(
        written(sequential(x)), custom_objects
    ).layers[0],
    "clone_model": _clone,
    "load_model(.keras)": _load_keras,
    "load_model(BytesIO)": lambda x, _, **options: saving.load_model(
        keras_archive(x), **options
    ).layers[0],
    "load_model(.h5)": _load_h5,
}
LOADS = [name for name in ENTRY_POINTS if name.startswith("load_model")]
