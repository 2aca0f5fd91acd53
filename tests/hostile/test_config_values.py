"""Configurations made to do harm by their values: sizes, numbers, names, graphs, tags. Continues `test_config`."""

from __future__ import annotations

import base64
import builtins
import json
import os
import pickle
import re
import socket
import tracemalloc
from typing import Any

import pytest

import lamina
from lamina import layers, saving
from lamina.core import registry
from lamina.core.audit import audit
from lamina.saving import FormatError, LimitError, LoadError, LoadPolicy, PolicyError
from tests.hostile.entry_points import ENTRY_POINTS, INPUT, functional, prepare, sequential
from tests.hostile.test_config import dense, envelope, every_entry, function, layer, refused


@pytest.fixture(scope="module", autouse=True)
def _prepared():
    prepare()


@pytest.fixture
def nothing_is_opened(monkeypatch):
    """Let no path be opened and no connection be made by Python; the control opens one."""
    opened: list[Any] = []
    for module, name in ((builtins, "open"), (os, "open"), (socket, "socket")):
        real = getattr(module, name)

        def watch(*args: Any, _real: Any = real, **kwargs: Any) -> Any:
            opened.append(args)
            return _real(*args, **kwargs)

        monkeypatch.setattr(module, name, watch)
    with open(os.devnull):  # noqa: PTH123  it is `open` that is watched
        assert opened.pop() == (os.devnull,)
    return opened


COMPILE = {
    "optimizer": envelope("keras.optimizers", "SGD", {"learning_rate": 0.1}),
    "loss": "mse",
    "metrics": ["accuracy"],
}
HOSTILE_COMPILE = {
    "loss": {"loss": function("system", "system")},
    "a loss of another kind": {"loss": envelope("keras.regularizers", "L2", {})},
    "a loss that is a layer": {"loss": [dense()]},
    "metric": {"metrics": [[function("open", "open")]]},
    "metric by name": {"metrics": ["os.system"]},
    "weighted": {"weighted_metrics": {"a": "relu"}},
    "optimizer": {"optimizer": envelope("os", "system", {})},
    "optimizer by kind": {"optimizer": envelope("keras.losses", "Huber", {})},
    "schedule": {
        "optimizer": envelope(
            "keras.optimizers", "SGD", {"learning_rate": function("system", "system")}
        )
    },
    "code": {"loss": {"class_name": "__lambda__", "config": {"code": "x"}}},
}


def _compiled(config: Any, nested: bool) -> dict[str, Any]:
    inner = sequential(dense())
    outer = {**inner, "config": {**inner["config"], "name": "outer", "layers": [INPUT, inner]}}
    (inner if nested else outer)["compile_config"] = config
    return outer


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("case", HOSTILE_COMPILE)
def test_c15_c16_what_a_model_was_compiled_with_is_data(case, nested):
    config = _compiled({**COMPILE, **HOSTILE_COMPILE[case]}, nested)
    with pytest.raises(PolicyError, match=r"compile_config\.\w+"):
        lamina.models.model_from_json(json.dumps(config))
    from lamina.saving.configurations import model_of

    assert not model_of(config, compiles=False).compiled  # it is dropped unread
    assert model_of(_compiled(COMPILE, False)).compiled  # the twin


@pytest.mark.parametrize("kind", ["losses", "metrics"])
@pytest.mark.parametrize("name", ["relu", "system", "Dense", "glorot_uniform", "SGD", "to_json"])
def test_c16_names_outside_of_their_table(kind, name):
    for given in (name, function(name), function(name, name), envelope(f"keras.{kind}", name, {})):
        with pytest.raises(LoadError):
            registry.shelves[kind].deserialize(given)


PATHS = [
    "{canary}",
    "{pipe}",
    "file://{canary}",
    "http://127.0.0.1:9/x",
    "gs://bucket/x",
]
READERS = {
    **dict.fromkeys(("StringLookup", "IntegerLookup", "TextVectorization"), PolicyError),
    "IndexLookup": PolicyError,  # is a base, which has no name in files
    **dict.fromkeys(("Hashing", "Discretization"), FormatError),  # have no such argument
}


@every_entry
@pytest.mark.parametrize("name", READERS)
def test_c17_c18_cve_2025_12058_no_vocabulary_is_read(entry, name, tmp_path, nothing_is_opened):
    (tmp_path / "canary").write_bytes(os.urandom(32))
    os.mkfifo(tmp_path / "pipe")
    for path in PATHS:
        text = json.dumps(path).format(canary=tmp_path / "canary", pipe=tmp_path / "pipe")
        config = layer(name, vocabulary=json.loads(text), vocabulary_size=None)
        nothing_is_opened.clear()
        refused(entry, config, tmp_path, READERS[name])
        assert not [x for x in nothing_is_opened if "canary" in str(x) or "pipe" in str(x)]


@every_entry
@pytest.mark.parametrize(
    "name",
    ["StringLookup", "Embedding", "Dense", "Masking"],
)
def test_c17_paths_stand_nowhere(entry, name, tmp_path, nothing_is_opened):
    canary = tmp_path / "canary"
    canary.write_bytes(os.urandom(32))
    given = {"input_dim": 3, "output_dim": 2} if name == "Embedding" else {}
    config = layer(name, **given, weights=str(canary), filepath=str(canary), vocabulary=str(canary))
    nothing_is_opened.clear()
    with pytest.raises(LoadError):
        ENTRY_POINTS[entry](config, tmp_path)
    assert not [x for x in nothing_is_opened if "canary" in str(x)]


FOREIGN = {
    "TFSMLayer": {"filepath": "/tmp/model", "call_endpoint": "serve"},
    "TorchModuleWrapper": {"module": base64.b64encode(b"PK\3\4").decode()},
    "JaxLayer": {"call_fn": {"class_name": "__lambda__", "config": {"code": "x"}}},
    "FlaxLayer": {"module": {"class_name": "Dense", "config": {}}, "method": "f"},
}
NOT_LAYERS = [
    *("SKLearnClassifier", "Callback", "EarlyStopping", "ModelCheckpoint", "PyDataset", "Trainer"),
    *("SavedModel", "TFOpLambda", "SlicingOpLambda", "Functional>Dense", "Wrapper>TFSMLayer"),
]


@every_entry
@pytest.mark.parametrize("name", FOREIGN)
def test_c19_foreign_programs_are_given_by_the_caller(entry, name, tmp_path, nothing_is_opened):
    text = refused(entry, layer(name, **FOREIGN[name]), tmp_path)
    assert "custom_objects={'layer': ...}" in text
    assert not [x for x in nothing_is_opened if "/tmp/model" in str(x)]


@every_entry
def test_c19_what_is_not_a_layer_does_not_load(entry, tmp_path):
    for name in NOT_LAYERS:
        refused(entry, layer(name), tmp_path)


@every_entry
def test_c20_no_pickle_is_read(entry, tmp_path, monkeypatch):
    class Payload:
        def __reduce__(self) -> Any:
            return (open, (str(tmp_path / "sentinel"), "w"))

    data = pickle.dumps(Payload())
    pickle.loads(data).close()  # the control
    (tmp_path / "sentinel").unlink()
    for name in ("loads", "load", "Unpickler"):
        monkeypatch.setattr(pickle, name, lambda *_, **__: pytest.fail("a pickle was read"))
    text = base64.b64encode(data).decode()
    array = {"class_name": "__numpy__", "config": {"value": text, "dtype": "object"}}
    for config in (
        {**dense(), "module": text},
        dense(kernel_initializer=envelope("keras.initializers", "Constant", {"value": array})),
        layer("Lambda", function={"class_name": "__pickle__", "config": text}),
        layer("Lambda", function=text),
    ):
        with pytest.raises(LoadError):
            ENTRY_POINTS[entry](config, tmp_path)
    assert not (tmp_path / "sentinel").exists()


@every_entry
def test_c21_no_pretrained_model_and_no_data_set_is_fetched(entry, tmp_path, nothing_is_opened):
    for name in ("ResNet50", "MobileNet", "load_data", "get_file"):
        for module in ("keras.applications", "keras.applications.resnet50", "keras.datasets.mnist"):
            refused(entry, envelope(module, name, {"weights": "imagenet"}), tmp_path)
        refused(entry, layer("Lambda", function=function(name, name)), tmp_path)
    assert not [x for x in nothing_is_opened if not isinstance(x[0], (str, os.PathLike))]


# Sizes.


@pytest.mark.parametrize("n", [100, 10_000])
@every_entry
def test_c22_wrappers_within_wrappers(entry, n, tmp_path):
    config = dense()
    for i in range(n):
        config = envelope("keras.layers", "TimeDistributed", {"name": f"w{i}", "layer": config})
    with pytest.raises(LimitError, match="nesting"):
        ENTRY_POINTS[entry](config, tmp_path)


@pytest.mark.parametrize("n", [10, 55])
def test_c22_the_twin_is_not_too_deep(n):
    config = dense()
    for i in range(n):
        config = envelope("keras.layers", "TimeDistributed", {"name": f"w{i}", "layer": config})
    assert layers.deserialize(config).name == f"w{n - 1}"


def test_c24_keys_named_twice():
    text = json.dumps(sequential(dense()))
    for key in ("class_name", "config", "layers", "units"):
        value = re.search(rf'"{key}": ("\w+"|\d+|.)', text)
        hostile = text.replace(value[0], f'"{key}": 0, {value[0]}', 1)
        with pytest.raises(FormatError, match="twice"):
            lamina.models.model_from_json(hostile)


BAD_NUMBERS = [True, 1.0, 2**63, -(2**63) - 1, "3", [3], None, 0, -1, float("nan"), 2**200]


@every_entry
def test_c25_numbers_are_typed(entry, tmp_path):
    for value in BAD_NUMBERS:
        with pytest.raises(LoadError) as caught:
            ENTRY_POINTS[entry](layer("Dense", units=value), tmp_path)
        assert caught.type in (FormatError, LimitError) and (
            "units" in str(caught.value) or value in (2**200,) or value != value
        )
    config = layer("LeakyReLU", negative_slope=2)  # the twin
    assert layers.deserialize(config).negative_slope == 2


ODD = {
    "full width": "\uff24ense",
    "Cyrillic": "D\u0435nse",
    "zero width": "Den\u200bse",
    "right to left": "\u202eesneD",
    "NUL": "Dense\0",
    "line": "Dense\n",
    "escape": "\x1b[2JDense",
    "half a character": "Dense\ud800",
    "combining": "De\u0301nse",
}


@every_entry
def test_c26_look_alikes_are_not_the_names(entry, tmp_path):
    for name in ODD.values():
        config = layer(name, units=2)
        error = FormatError if entry in ("model_from_json",) or "load" in entry else PolicyError
        if "\ud800" not in name:
            error = PolicyError
        try:
            text = refused(entry, config, tmp_path, error)
        except UnicodeEncodeError:  # half a character does not get into this file
            continue
        assert text.isascii() and "\x1b" not in text


@pytest.mark.parametrize("name", [n for k, n in ODD.items() if k not in ("full width", "Cyrillic", "combining")] + ["a/b", "x" * 2000])  # fmt: skip
def test_c26_names_of_layers_can_be_shown(name):
    for config in (envelope("keras.layers", "Dense", {"name": name, "units": 2}),):
        with pytest.raises(FormatError, match=r"config\.name"):
            layers.deserialize(config)


def test_c26_names_are_unique_however_they_are_written():
    graph = functional(dense())
    twins = [{**graph["config"]["layers"][1], "name": name} for name in ("\u00e9", "e\u0301")]
    graph["config"]["layers"] += twins
    with pytest.raises(FormatError, match="another layer"):
        layers.deserialize(graph)
    own = envelope("keras.layers", "Dense", {"name": "\uce35", "units": 2})
    assert layers.deserialize(own).name == "\uce35"


def _shared(first: Any, second: Any, *numbers: Any) -> dict[str, Any]:
    places = [{**x, "shared_object_id": n} for x, n in zip((first, second), numbers, strict=True)]
    model = sequential(places[0])
    model["config"]["layers"].append(
        envelope("keras.layers", "TimeDistributed", {"name": "t", "layer": places[1]})
    )
    del model["config"]["layers"][0]
    return model


@pytest.mark.parametrize(
    ("first", "second", "numbers"),
    [
        (dense(), layer("ReLU"), (1, 1)),
        (dense(), dense(use_bias=False), (1, 1)),
        (dense(), dense(), (True, True)),
        (dense(), dense(), ([1], [1])),
        (dense(), dense(), ("1", "1")),
        (dense(), dense(), (1.0, 1.0)),
        (dense(), dense(), (10**300, 10**300)),
        (dense(), dense(), (-1, -1)),
    ],
)
def test_c27_numbers_of_shared_objects(first, second, numbers):
    with pytest.raises(FormatError, match="number"):
        layers.deserialize(_shared(first, second, *numbers))


def test_c27_the_twin_is_one_object():
    model = layers.deserialize(_shared(dense(), dense(), 7, 7))
    assert model.layers[0] is model.layers[1].layer
    model = layers.deserialize(_shared(dense(), dense(), 7, 8))
    assert model.layers[0] is not model.layers[1].layer


# Names of the program's own classes.


@pytest.fixture
def own_classes():
    table = saving.get_custom_objects()
    before = dict(table)
    made = {}
    for package, name in (("One", "Same"), ("Two", "Same"), ("One", "Alone"), ("Custom", "Dense")):
        cls = type(name, (layers.ReLU,), {})
        made[f"{package}>{name}"] = saving.register_keras_serializable(package)(cls)
    yield made
    table.clear()
    table.update(before)


@every_entry
def test_c28_what_is_shown_is_what_is_made(entry, own_classes, tmp_path):
    own = envelope(None, "Dense", {"name": "layer"}, "Custom>Dense")
    for hostile in (
        {**dense(), "registered_name": "Custom>Dense"},
        {**dense(), "registered_name": "One>Alone"},
        {**dense(), "registered_name": "Nothing"},
        envelope("mine", "Dense", {"name": "layer"}, "One>Alone"),
    ):
        with pytest.raises(LoadError):
            ENTRY_POINTS[entry](hostile, tmp_path)
    if "load_model" not in entry:  # the twin; and the control: the other class is there to make
        assert type(ENTRY_POINTS[entry](dense(), tmp_path)) is layers.Dense
        assert type(ENTRY_POINTS[entry](own, tmp_path)) is own_classes["Custom>Dense"]


def test_c28_the_caller_may_put_something_in_place_of_a_class_of_laminas():
    class Other(layers.Dense):
        pass

    assert type(layers.deserialize(dense(), {"Dense": Other})) is Other
    assert type(layers.deserialize(dense())) is layers.Dense


@every_entry
def test_c29_one_name_of_two_packages(entry, own_classes, tmp_path):
    for module in (None, "mine"):
        text = refused(entry, envelope(module, "Same", {"name": "layer"}, "Same"), tmp_path)
        assert "ambiguous" in text and "One>Same" in text and "Two>Same" in text
    with pytest.raises(PolicyError):
        ENTRY_POINTS[entry](envelope(None, "Alone", {"name": "layer"}, "Alone"), tmp_path)
    twin = envelope(None, "Same", {"name": "layer"}, "Two>Same")
    made = ENTRY_POINTS[entry](twin, tmp_path)
    assert type(made) is own_classes["Two>Same"]


def test_a_policy_closes_what_was_registered(own_classes):
    config = envelope(None, "Alone", {"name": "layer"}, "One>Alone")
    for allowed in (None, ("One>Alone",)):
        audit(config, policy=LoadPolicy(registered=allowed))
    for allowed in ((), ("Two>Same",)):
        with pytest.raises(PolicyError):
            audit(config, policy=LoadPolicy(registered=allowed))


@every_entry
def test_c30_unknown_keys(entry, tmp_path):
    for key in (
        "__class__",
        "_loaded",
        "call",
        "build",
        "trainable_weights",
        "_auto_config",
        "x y",
    ):
        refused(entry, dense(**{key: 1}), tmp_path, FormatError, "does not take")
        refused(entry, {**dense(), key: 1}, tmp_path, FormatError, "unknown key")
    many = dense(**{f"key{i}": i for i in range(10_000)})
    text = refused(entry, many, tmp_path, FormatError)
    assert "and 9992 more" in text


BOMBS = {
    "Dense": layer("Dense", units=10**12),
    "Conv2D": layer("Conv2D", filters=10**6, kernel_size=[10**4, 10**4]),
    "Embedding": layer("Embedding", input_dim=10**9, output_dim=10**9),
    "MultiHeadAttention": layer("MultiHeadAttention", num_heads=10**6, key_dim=10**6),
    "EinsumDense": layer("EinsumDense", equation="ab,bc->ac", output_shape=10**12),
    "LSTM": layer("LSTM", units=10**9),
}


@pytest.mark.parametrize("name", BOMBS)
def test_c31_weights_that_are_not_there_take_no_memory(name, engine):
    config = sequential(BOMBS[name])
    if name not in ("Dense", "Embedding", "EinsumDense"):
        del config["config"]["layers"][0]  # these take other inputs
    layers.deserialize(sequential(dense()))  # what an engine imports first is not of the file
    tracemalloc.start()
    try:
        model = lamina.models.model_from_json(json.dumps(config))
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    except LoadError:
        pass
    else:
        assert model.layers[0].name == "layer"
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("entry", [e for e in ENTRY_POINTS if e.startswith("load_model")])
@pytest.mark.parametrize("name", ["Dense", "Embedding"])
def test_c31_a_file_without_the_weights_is_refused(entry, name, tmp_path):
    tracemalloc.start()
    try:
        with pytest.raises(LoadError):
            ENTRY_POINTS[entry](BOMBS[name], tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_c31_a_million_small_layers():
    small = {"class_name": "ReLU", "config": {}}
    model = envelope("keras", "Sequential", {"name": "m", "layers": [small] * 10**6})
    with pytest.raises(LimitError, match=r"10,001 layers.*Limits\(layers="):
        layers.deserialize(model)


def _constant(value: Any, dtype: Any) -> dict[str, Any]:
    array = {"class_name": "__numpy__", "config": {"value": value, "dtype": dtype}}
    constant = envelope("keras.initializers", "Constant", {"value": array})
    return dense(bias_initializer=constant)


@every_entry
def test_c32_constants_are_as_large_as_their_text(entry, tmp_path):
    for dtype in (
        "S200000000",
        "U1000000",
        "O",
        "object",
        "V1000000000",
        "f4,f4",
        "(1000,)f4",
        3,
        None,
        "M8",
    ):
        refused(entry, _constant([1, 2], dtype), tmp_path, FormatError)
    for value in ([[1, 2], [3]], ["a"], [None], {"a": 1}, "\0" * 8, [[[]], 1], 10**30):
        refused(entry, _constant(value, "int32"), tmp_path, FormatError)
    assert layers.deserialize(_constant([1, 2], "float32")).name == "layer"


def test_c33_first_values_are_not_computed(monkeypatch):
    orthogonal = envelope("keras.initializers", "Orthogonal", {"gain": 1.0, "seed": 1})
    cls = lamina.initializers.Orthogonal
    monkeypatch.setattr(cls, "draw", lambda *_, **__: pytest.fail("it was computed"))
    begin = {**INPUT, "config": {**INPUT["config"], "batch_shape": [None, 20_000]}}
    model = sequential(layer("Dense", units=20_000, kernel_initializer=orthogonal))
    model["config"]["layers"][0] = begin
    assert layers.deserialize(model).count_params() == 20_000 * 20_001
