"""Configurations made to do harm: code, names of code, foreign programs, paths. Nothing of it runs or is opened.

Ids are those of the specification. Each case goes through every entry point (C09), has a live control (the
payload does harm if it is called directly) and a benign twin, and leaves registries and counters as they were.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import inspect
import marshal
import os
import re
import sys
import threading
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import layers, saving
from lamina.core import naming, registry, seeds
from lamina.saving import FormatError, LoadError, PolicyError
from tests.hostile.entry_points import (
    ENTRY_POINTS,
    LOADS,
    TENSOR,
    functional,
    prepare,
    sequential,
)


def envelope(module: Any, name: Any, config: Any, registered: Any = None) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": registered,
    }


def layer(name: str, **config: Any) -> dict[str, Any]:
    return envelope("keras.layers", name, {"name": "layer", **config})


def function(name: Any, registered: Any = "function") -> dict[str, Any]:
    return envelope("builtins", "function", name, registered)


def dense(**config: Any) -> dict[str, Any]:
    return layer("Dense", units=2, **config)


def _state() -> tuple[Any, ...]:
    """What a load must leave alone (A02)."""
    return (
        dict(registry.registered()),
        {kind: dict(shelf.objects) for kind, shelf in registry.shelves.items()},
        seeds.position(),
        dict(naming._used),
        lamina.config.floatx(),
        lamina.config.dtype_policy().name,
        dict(os.environ),
        Path.cwd(),
    )


def refused(
    entry: str,
    config: Any,
    folder: Any,
    error: type = PolicyError,
    match: str = ".",
    **options: Any,
) -> str:
    """See that an entry point refuses the configuration of a layer, and that nothing happened."""
    before = _state()
    with pytest.raises(LoadError, match=match) as caught:
        ENTRY_POINTS[entry](config, folder, **options)
    assert caught.type is error, caught.value
    text = str(caught.value)
    assert (len(text) < 4096 and text.isprintable()) or "\n" in text
    assert _state() == before
    return text


@pytest.fixture(scope="module", autouse=True)
def _prepared():
    prepare()


every_entry = pytest.mark.parametrize("entry", ENTRY_POINTS)


@every_entry
@pytest.mark.parametrize(
    "config",
    [
        dense(),
        dense(activation="relu", kernel_initializer={"class_name": "Zeros", "config": {}}),
        layer("Lambda", function=function("relu")),
        {"class_name": "Dense", "config": {"name": "layer", "units": 2}},  # Keras 2
        envelope("tf.keras.layers", "Dense", {"name": "layer", "units": 2}),
        envelope("keras.src.layers.core.dense", "Dense", {"name": "layer", "units": 2}),
    ],
)
def test_honest_twins_load(entry, config, tmp_path):
    assert ENTRY_POINTS[entry](config, tmp_path).name == "layer"


# Code by import.


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A module that leaves a sign when it is imported, and classes that leave one when they are made."""
    sign = tmp_path / "sentinel"
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "evil_module.py").write_text(
        f"open({str(sign)!r}, 'w').close()\n"
        "class Evil:\n    def __init__(self, *a, **k): pass\n"
        "    @classmethod\n    def from_config(cls, config): return cls()\n"
        "def evil(*a, **k): pass\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    yield sign
    sys.modules.pop("evil_module", None)


@every_entry
@pytest.mark.parametrize("name", ["Evil", "evil", "function", "Dense"])
def test_c01_cve_2025_1550_no_module_is_imported_by_name(entry, name, evil, tmp_path):
    inner = "evil" if name == "function" else {"name": "layer"}
    refused(entry, envelope("evil_module", name, inner, name), tmp_path, match="evil")
    assert not evil.exists() and "evil_module" not in sys.modules
    importlib.import_module("evil_module")  # the control
    assert evil.exists()


@every_entry
def test_c02_the_own_package_is_no_exception(entry, tmp_path):
    for module in (
        "lamina.testing.contract",
        "lamina.core.registry",
        "lamina.layers",
        "lamina.layers.core.dense",
        "keras.layers.core",
        "keras.src",
        "keras.saving",
        "keras.utils",
        "keras_hub.layers",
        "keras.layers.",
        ".keras.layers",
        "KERAS.layers",
        "keras.layers\u200b",
    ):
        config = envelope(module, "Dense", {"name": "layer", "units": 2})
        refused(entry, config, tmp_path, match="Dense")


STDLIB = [
    ("os", "system", "true"),
    ("os", "getpid", {}),
    ("builtins", "eval", "1"),
    ("builtins", "len", {}),
    ("subprocess", "Popen", {"args": ["true"]}),
    ("numpy", "load", {"file": "x"}),
    ("pickle", "loads", "gASVAA=="),
    ("builtins", "__import__", {"name": "os"}),
]


@every_entry
def test_c03_nothing_of_the_standard_library(entry, tmp_path):
    for module, name, config in STDLIB:
        refused(entry, {**function(name, name), "module": module}, tmp_path)
        error = PolicyError if isinstance(config, dict) else FormatError
        refused(entry, envelope(module, name, config, name), tmp_path, error)


def exported_names() -> dict[str, Any]:
    """All functions and classes that lamina's public modules hold, by name."""
    found: dict[str, Any] = {}
    for space in (lamina, *(x for x in vars(lamina).values() if inspect.ismodule(x))):
        for name in dir(space):
            try:
                thing = getattr(space, name)
            except Exception:  # a name that says that it is not there yet
                continue
            if name[0] != "_" and (inspect.isclass(thing) or inspect.isfunction(thing)):
                found[name] = thing
    return found


PLACES = {
    "activation": lambda x: dense(activation=x),
    "initializer": lambda x: dense(kernel_initializer=x),
    "regularizer": lambda x: dense(kernel_regularizer=x),
    "constraint": lambda x: dense(kernel_constraint=x),
    "Lambda": lambda x: layer("Lambda", function=x),
    "dtype": lambda x: dense(dtype=x),
    "units": lambda x: envelope("keras.layers", "Dense", {"units": x}),
}
KIND_OF = {"activation": "activations", "Lambda": "activations"}


@pytest.mark.parametrize("place", PLACES)
def test_c04_functions_resolve_in_the_table_of_their_place_only(place):
    table = registry.shelves[KIND_OF[place]].objects if place in KIND_OF else {}
    resolved = 0
    for name, thing in exported_names().items():
        if inspect.isfunction(thing):
            for given in (function(name), function(name, name)):
                if table.get(name) is not None:
                    layers.deserialize(PLACES[place](given))  # the twin, and the control
                    resolved += 1
                else:
                    with pytest.raises(PolicyError):
                        layers.deserialize(PLACES[place](given))
    assert resolved == 2 * sum(name in exported_names() for name in table)


@pytest.mark.parametrize("place", [*PLACES, "loss"])
def test_c05_classes_are_not_functions(place, monkeypatch):
    made = []
    for name, thing in exported_names().items():
        if inspect.isclass(thing):
            given = function(name)
            with monkeypatch.context() as patch:
                if registry.place_of(thing):
                    patch.setattr(thing, "__init__", lambda *_, **__: made.append(1))
                with pytest.raises(PolicyError):
                    if place == "loss":
                        lamina.losses.deserialize(given)
                    else:
                        saving.deserialize_keras_object(PLACES[place](given))
    assert not made


KINDS = {
    "layers": dense(),
    "initializers": envelope("keras.initializers", "Zeros", {}),
    "regularizers": envelope("keras.regularizers", "L2", {}),
    "constraints": envelope("keras.constraints", "NonNeg", {}),
    "losses": envelope("keras.losses", "Huber", {}),
    "metrics": envelope("keras.metrics", "Mean", {}),
    "optimizers": envelope("keras.optimizers", "SGD", {}),
    "optimizers.schedules": envelope(
        "keras.optimizers.schedules",
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.5},
    ),
    "dtype_policies": envelope("keras", "DTypePolicy", {"name": "float32"}),
    "random": envelope("keras.random", "SeedGenerator", {"seed": 1}),
}


@pytest.mark.parametrize("asked", [kind for kind in KINDS if kind != "random"])
@pytest.mark.parametrize("given", KINDS)
def test_c06_kinds_do_not_mix(asked, given):
    deserialize = registry.shelves[asked].deserialize
    if asked == given:
        assert deserialize(KINDS[given]) is not None
    else:
        with pytest.raises(PolicyError):
            deserialize(KINDS[given])
        with pytest.raises(PolicyError):  # nor under the module of the other kind
            deserialize({**KINDS[given], "module": f"keras.{asked}"})


@pytest.mark.parametrize("place", ["activation", "initializer", "regularizer", "constraint"])
@pytest.mark.parametrize("given", KINDS)
def test_c06_kinds_do_not_mix_within_a_layer(place, given):
    if given == f"{place}s" or (place, given) == ("activation", "layers"):  # `ReLU` is one
        return
    with pytest.raises(PolicyError, match=r"config\.config\.\w+: "):
        layers.deserialize(PLACES[place](KINDS[given]))


NAMES = [
    *("__builtins__", "__init__", "__class__", "serialize", "deserialize", "get", "Layer"),
    *("annotations", "losses.__init__.__globals__", "Dense.from_config", "layers.Dense"),
    *("dense", "DENSE", " Dense", "Dense\0", "keras.layers>Dense", "Custom>Dense", "x>Dense"),
]


@every_entry
@pytest.mark.parametrize("module", ["keras.layers", None])
def test_c07_names_are_looked_up_exactly(entry, module, tmp_path):
    for name in NAMES:
        refused(entry, envelope(module, name, {"name": "layer", "units": 2}), tmp_path)


# Code in the file.


def _touch(path: Any) -> types.FunctionType:
    """A lambda that leaves a sign where it runs."""
    return eval(f"lambda x: (open({str(path)!r}, 'w').close(), x)[1]")


@pytest.fixture
def bytecode(tmp_path):
    """The three encodings of a lambda's code that Keras has had; and whether it ran."""
    sign = tmp_path / "sentinel"
    code = base64.b64encode(marshal.dumps(_touch(sign).__code__)).decode()
    types.FunctionType(marshal.loads(base64.b64decode(code)), globals())(1)  # the control
    assert sign.exists()
    sign.unlink()
    tag = {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}
    return sign, {
        "tag": {"function": tag},
        "list": {"function": [code, None, None], "function_type": "lambda", "module": "__main__"},
        "output_shape": {"function": function("relu"), "output_shape": tag},
        "mask": {"function": function("relu"), "mask": tag},
    }


@every_entry
@pytest.mark.parametrize("where", ["tag", "list", "output_shape", "mask"])
def test_c08_cve_2024_3660_no_bytecode_is_read(entry, where, bytecode, tmp_path, monkeypatch):
    sign, encodings = bytecode
    monkeypatch.setattr(marshal, "loads", lambda *_: pytest.fail("bytecode was read"))
    text = refused(entry, layer("Lambda", **encodings[where]), tmp_path)
    assert "custom_objects=" in text and not sign.exists()


@pytest.mark.parametrize("entry", [e for e in ENTRY_POINTS if e != "layers.get"])
@pytest.mark.parametrize("where", ["tag", "list"])
def test_the_caller_gives_the_function_of_a_lambda(entry, where, bytecode, tmp_path):
    sign, encodings = bytecode
    config = layer("Lambda", **encodings[where])
    # The twin of all that holds code.
    made = ENTRY_POINTS[entry](config, tmp_path, custom_objects={"layer": lambda x: 3 * x})
    assert made(np.ones((1, 4), "float32")).tolist() == [[3.0] * 4] and not sign.exists()


@pytest.mark.parametrize("entry", LOADS)
@pytest.mark.parametrize("safe_mode", [True, False, None])
def test_c13_cve_2025_9905_9906_safe_mode_unlocks_nothing(entry, safe_mode, bytecode, tmp_path):
    config = layer("Lambda", **bytecode[1]["tag"])
    refused(entry, config, tmp_path, safe_mode=safe_mode)
    with pytest.raises(PolicyError):
        saving.deserialize_keras_object(config, safe_mode=safe_mode)


@pytest.mark.parametrize("entry", LOADS)
@pytest.mark.parametrize("safe_mode", [0, "", "False", [], np.False_])
def test_c13_what_is_not_a_truth_value_is_refused(entry, safe_mode, tmp_path):
    with pytest.raises(TypeError, match="safe_mode"):
        ENTRY_POINTS[entry](dense(), tmp_path, safe_mode=safe_mode)
    with pytest.raises(TypeError, match="safe_mode"):
        saving.deserialize_keras_object(dense(), safe_mode=safe_mode)


def a_users_function(x):
    return x


@every_entry
@pytest.mark.parametrize("name", ["a_users_function", "getpid", "to_categorical", "load_model"])
def test_c10_a_lambda_names_what_the_caller_gave_only(entry, name, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], name, a_users_function, raising=False)
    for given in (function(name, name), name):
        refused(entry, layer("Lambda", function=given), tmp_path, match=name)
    if entry != "layers.get":  # the twin
        given = layer("Lambda", function=function(name, name))
        made = ENTRY_POINTS[entry](given, tmp_path, custom_objects={name: a_users_function})
        assert made.function is a_users_function


@every_entry
@pytest.mark.parametrize(
    "setter",
    [
        "enable_unsafe_deserialization",
        "set_dtype_policy",
        "set_floatx",
        "set_backend",
        "set_random_seed",
        "register_keras_serializable",
        "get_custom_objects",
    ],
)
def test_c11_cve_2025_8747_a_file_does_not_change_what_files_may(entry, setter, bytecode, tmp_path):
    first = layer("Lambda", function=function(setter, setter))
    refused(entry, layer("TimeDistributed", layer=first), tmp_path, match=setter)
    refused(entry, layer("Lambda", **bytecode[1]["tag"]), tmp_path)


def test_c12_loads_in_threads_and_tasks_do_not_see_each_other(bytecode, tmp_path):
    hostile = layer("Lambda", **bytecode[1]["tag"])
    verdicts, inside, done = [], threading.Event(), threading.Event()

    class Slow(layers.Layer):
        """Its making lasts until the other thread has tried."""

        def __init__(self, **kwargs: Any):
            super().__init__(**kwargs)
            inside.set()
            done.wait(10)

    def honest() -> None:
        config = envelope(None, "Slow", {"name": "slow"}, "Slow")
        saving.deserialize_keras_object(config, custom_objects={"Slow": Slow, "layer": abs})

    thread = threading.Thread(target=honest)
    thread.start()
    inside.wait(10)
    try:
        for _ in range(2):
            with pytest.raises(PolicyError):
                layers.deserialize(hostile)
            verdicts.append(1)
    finally:
        done.set()
        thread.join()

    async def both() -> None:
        async def gives() -> None:
            with saving.custom_object_scope({"layer": abs}):
                await asyncio.sleep(0)
                assert layers.deserialize(hostile).function is abs  # the twin

        async def gives_nothing() -> None:
            with pytest.raises(PolicyError):
                layers.deserialize(hostile)

        await asyncio.gather(gives(), gives_nothing(), gives_nothing())

    asyncio.run(both())
    with pytest.raises(ZeroDivisionError), saving.custom_object_scope({"layer": abs}):
        raise ZeroDivisionError
    with pytest.raises(PolicyError):
        layers.deserialize(hostile)


def buried(x: Any) -> dict[str, tuple[Any, str]]:
    """The layer `x` deep within layers, and the JSON path at which it stands there."""
    lstm = layer("LSTM", units=2)
    gru = layer("GRUCell", units=2)
    return {
        "TimeDistributed": (layer("TimeDistributed", layer=x), "config.layer"),
        "twice": (
            layer("TimeDistributed", layer=layer("TimeDistributed", layer=x)),
            "config.layer.config.layer",
        ),
        "Bidirectional": (layer("Bidirectional", layer=x), "config.layer"),
        "backward": (layer("Bidirectional", layer=lstm, backward_layer=x), "config.backward_layer"),
        "SpectralNormalization": (layer("SpectralNormalization", layer=x), "config.layer"),
        "RNN": (layer("RNN", cell=x), "config.cell"),
        "cells": (layer("StackedRNNCells", cells=[gru, x]), r"config.cells\[1\]"),
        "activation": (dense(activation=x), "config.activation"),
        "recurrent": (layer("LSTM", units=2, recurrent_activation=x), "recurrent_activation"),
        "initializer": (dense(kernel_initializer=x), "config.kernel_initializer"),
        "regularizer": (dense(activity_regularizer=x), "config.activity_regularizer"),
        "of a sub-layer": (
            layer("MultiHeadAttention", num_heads=1, key_dim=1, bias_initializer=x),
            "config.bias_initializer",
        ),
        "dtype": (dense(dtype=x), "config.dtype"),
        "unknown argument": (dense(quantization_config=x), "quantization_config"),
        "data": (layer("Reshape", target_shape=[x]), r"config.target_shape\[0\]"),
        "seed": (layer("Dropout", rate=0.5, seed=x), "config.seed"),
        "build_config": ({**dense(), "build_config": {"input_shape": x}}, "build_config"),
        "nested": (sequential(x), r"config.layers\[1\]"),
        "nested twice": (sequential(sequential(x)), r"layers\[1\].config.layers\[1\]"),
        "graph": (functional(x), r"config.layers\[1\]"),
        "call": (
            functional(dense(), {"args": [TENSOR, x], "kwargs": {}}),
            r"inbound_nodes\[0\].args\[1\]",
        ),
        "call by name": (
            functional(dense(), {"args": [TENSOR], "kwargs": {"mask": [x]}}),
            r"inbound_nodes\[0\].kwargs.mask\[0\]",
        ),
        "op": (
            functional(envelope("keras.src.ops.numpy", "Sum", {"name": "layer", "axis": x}, "Sum")),
            "config.axis",
        ),
    }


@every_entry
def test_c14_code_is_found_wherever_it_is(entry, bytecode, tmp_path):
    for config, path in buried(layer("Lambda", **bytecode[1]["tag"])).values():
        assert re.search(path, refused(entry, config, tmp_path))
    assert not bytecode[0].exists()
