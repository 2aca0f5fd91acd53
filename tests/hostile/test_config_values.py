"""Configurations made to do harm by their values: sizes, numbers, names, graphs, tags. Continues `test_config`."""

from __future__ import annotations

import base64
import builtins
import json
import os
import pickle
import re
import socket
import sys
import tracemalloc
from typing import Any

import pytest

import lamina
from lamina import layers, saving
from lamina.core import registry
from lamina.core.audit import audit
from lamina.core.load_policy import Budget, Limits
from lamina.saving import FormatError, LimitError, LoadError, LoadPolicy, PolicyError
from tests.hostile.entry_points import ENTRY_POINTS, INPUT, TENSOR, functional, prepare, sequential
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
    ["{canary}"],
]
READERS = [
    "StringLookup",
    "IntegerLookup",
    "TextVectorization",
    "IndexLookup",
    "Hashing",
    "Discretization",
]


@every_entry
@pytest.mark.parametrize("name", READERS)
def test_c17_c18_cve_2025_12058_no_vocabulary_is_read(entry, name, tmp_path, nothing_is_opened):
    (tmp_path / "canary").write_bytes(os.urandom(32))
    os.mkfifo(tmp_path / "pipe")
    for path in PATHS:
        text = json.dumps(path).format(canary=tmp_path / "canary", pipe=tmp_path / "pipe")
        config = layer(name, vocabulary=json.loads(text), vocabulary_size=None)
        nothing_is_opened.clear()
        refused(entry, config, tmp_path)
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
    if n > 200 and entry in ("layers.get", "Layer.from_config", "Sequential.from_config"):
        sys.setrecursionlimit(200_000)  # for `copy.deepcopy` and `json.dumps` in the test itself
    try:
        with pytest.raises(LimitError, match="nesting"):
            ENTRY_POINTS[entry](config, tmp_path)
    except RecursionError:
        pytest.skip("this entry point's test cannot write so deep a configuration")
    finally:
        sys.setrecursionlimit(1000)


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
    config = layer("LeakyReLU", negative_slope=2)  # a whole number is a number
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
    if "load_model" not in entry:
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
    made = ENTRY_POINTS[entry](envelope(None, "Same", {"name": "layer"}, "Two>Same"), tmp_path)
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
    monkeypatch.setattr(cls, "__call__", lambda *_, **__: pytest.fail("it was computed"))
    begin = {**INPUT, "config": {**INPUT["config"], "batch_shape": [None, 20_000]}}
    model = sequential(layer("Dense", units=20_000, kernel_initializer=orthogonal))
    model["config"]["layers"][0] = begin
    assert layers.deserialize(model).count_params() == 20_000 * 20_001


# Graphs.


def op(name: str, *args: Any, **config: Any) -> dict[str, Any]:
    calls = {"args": list(args), "kwargs": {}}
    return functional(
        envelope("keras.src.ops.numpy", name, {"name": "layer", **config}, name), calls
    )


ALLOCATORS = {
    "zeros": op("Zeros", shape=[10**12]),
    "full": op("Full", 1.0, shape=[10**12]),
    "arange": op("Arange", 0, 10**12, 1),
    "linspace": op("Linspace", 0, 1, num=10**12),
    "tile": op("Tile", TENSOR, repeats=[10**12]),
    "repeat": op("Repeat", TENSOR, repeats=10**12),
    "broadcast": op("BroadcastTo", TENSOR, shape=[10**12, 4]),
    "pad": op("Pad", TENSOR, pad_width=[[0, 10**12], [0, 0]]),
    "one hot": op("OneHot", TENSOR, num_classes=10**12),
    "eye": op("Eye", N=10**6),
}


@pytest.mark.parametrize("case", ALLOCATORS)
def test_c34_nothing_is_computed_eagerly(case, engine):
    tracemalloc.start()
    try:
        with pytest.raises(LoadError):
            layers.deserialize(ALLOCATORS[case])
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_c34_the_twin_is_made(engine):
    assert layers.deserialize(op("Tile", TENSOR, repeats=[2, 3])).output_shape == (None, 12)
    big = layers.deserialize(op("Tile", TENSOR, repeats=[1, 10**8]))
    assert big.output_shape == (None, 4 * 10**8)


COMBINATORS = "WhileLoop ForiLoop Scan AssociativeScan Cond Map VectorizedMap Switch CustomGradient Vectorize JVP"


@pytest.mark.parametrize("name", COMBINATORS.split())
@pytest.mark.parametrize("module", ["core", "numpy", "linalg"])
def test_c35_functions_of_functions_have_no_name(name, module):
    config = op(name, TENSOR)
    config["config"]["layers"][1]["module"] = f"keras.src.ops.{module}"
    with pytest.raises(PolicyError, match=rf"layers\[1\].*{name}"):
        layers.deserialize(config)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "a{1000}{1000}", "[a-z]*[a-z]*x", ".*.*.*.*x", "(?=a)", 3]
)
def test_c36_patterns_that_take_long_are_not_taken_from_files(pattern):
    muon = envelope("keras.optimizers", "Muon", {"exclude_layers": [pattern]})
    with pytest.raises(LoadError):
        lamina.optimizers.deserialize(muon)
    for honest in ("dense", "encoder/.*", "^block_1", "head$"):
        muon["config"]["exclude_layers"] = [honest]
        lamina.optimizers.deserialize(muon)


def _chain(n: int) -> dict[str, Any]:
    """A graph of n ops, in reverse order."""
    entries = []
    for i in range(n):
        tensor = {**TENSOR, "config": {**TENSOR["config"], "keras_history": [f"a{i}", 0, 0]}}
        x = TENSOR if i == 0 else tensor
        sin = envelope("keras.src.ops.numpy", "Sin", {"name": f"a{i + 1}"}, "Sin")
        entries.append({**sin, "name": f"a{i + 1}", "inbound_nodes": [{"args": [x], "kwargs": {}}]})
    config = {"name": "m", "layers": [*entries[::-1], {**INPUT, "name": "x", "inbound_nodes": []}]}
    config |= {"input_layers": ["x", 0, 0], "output_layers": [f"a{n}", 0, 0]}
    return envelope("keras.src.models.functional", "Functional", config, "Functional")


def _calls(n: int) -> int:
    count = 0

    def watch(frame: Any, event: str, _: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    config = _chain(n)
    sys.setprofile(watch)
    try:
        model = layers.deserialize(config)
    finally:
        sys.setprofile(None)
    assert len(model.outputs) == 1
    return count


def test_c37_the_work_grows_with_the_graph():
    with lamina.config.using_backend("numpy"):
        _calls(10)
        few, many = _calls(200), _calls(400)
    assert many < 2.5 * few


def _history(*history: Any) -> dict[str, Any]:
    return {**TENSOR, "config": {**TENSOR["config"], "keras_history": list(history)}}


BROKEN = {
    "a loop of its own": op("Sin", _history("layer", 0, 0)),
    "an unknown layer": op("Sin", _history("nothing", 0, 0)),
    "an index below 0": op("Sin", _history("x", 0, -1)),
    "a large index": op("Sin", _history("x", 0, 10**9)),
    "a large number": op("Sin", _history("x", 10**9, 0)),
    "an index that is true": op("Sin", _history("x", 0, True)),
    "an index with a point": op("Sin", _history("x", 0, 0.0)),
    "a name that is a number": op("Sin", _history(1, 0, 0)),
    "a short reference": op("Sin", _history("x", 0)),
    "a tensor without a history": op("Sin", {"class_name": "__keras_tensor__", "config": {}}),
    "no tensor": op("Sin", 1.0),
    "never called": functional(dense(), *[])
    | {"config": {**functional(dense())["config"], "output_layers": ["nothing", 0, 0]}},
}


@pytest.mark.parametrize("case", BROKEN)
def test_c38_broken_graphs(case):
    with pytest.raises(FormatError):
        layers.deserialize(BROKEN[case])


def test_c38_circles_and_inputs_that_are_computed():
    graph = _chain(3)
    graph["config"]["layers"][2]["inbound_nodes"][0]["args"] = [_history("a3", 0, 0)]
    with pytest.raises(FormatError, match=r"'a1', 'a2', 'a3'.*nothing computes"):
        layers.deserialize(graph)
    graph = _chain(3)
    graph["config"]["input_layers"] = ["a1", 0, 0]
    model = layers.deserialize(graph)  # a graph may begin in the middle of another
    assert model.inputs[0].shape == (None, 4)
    for wrong in (None, [], "x", [[]], {"a": 1}, [None]):
        graph = _chain(2)
        graph["config"]["output_layers"] = wrong
        with pytest.raises(FormatError):
            layers.deserialize(graph)


RANGES = {
    "a long equation": layer("EinsumDense", equation="a" * 10**6, output_shape=2),
    "an equation of other letters": layer(
        "EinsumDense", equation="\u00e4b,bc->\u00e4c", output_shape=2
    ),
    "stride 0": layer("Conv1D", filters=1, kernel_size=1, strides=0),
    "a kernel below 0": layer("Conv2D", filters=1, kernel_size=[-1, 1]),
    "a large axis": layer("Softmax", axis=2**62),
    "100 dimensions": layer("Reshape", target_shape=[1] * 100),
    "a product past 2**63": layer("Reshape", target_shape=[2**40, 2**40]),
    "large padding": layer("ZeroPadding1D", padding=2**62),
    "a large upsampling": layer("UpSampling1D", size=2**62),
    "a large repetition": layer("RepeatVector", n=2**62),
    "a size that is true": layer("Reshape", target_shape=[True, 4]),
}


@pytest.mark.parametrize("case", RANGES)
def test_c39_arguments_out_of_range(case, engine):
    tracemalloc.start()
    try:
        for model in (functional(RANGES[case]), sequential(RANGES[case])):
            try:
                made = layers.deserialize(model)
            except LoadError:
                continue
            assert made.count_params() < 10**9  # what is only symbolic takes nothing
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


@every_entry
def test_c40_tags_are_a_closed_table(entry, tmp_path):
    for tag in (
        "__bytes__",
        "__typespec__",
        "__complex__",
        "__set__",
        "__date__",
        "__",
        "__import__",
    ):
        refused(entry, dense(bias_initializer={"class_name": tag, "config": "x" * 1000}), tmp_path)
        refused(entry, layer("Reshape", target_shape=[{"class_name": tag, "config": {}}]), tmp_path)
    for parts in ({"start": "a"}, {"stop": 2**70}, {"step": True}, {"start": [1]}, {"a": 1}, 3):
        tag = {"class_name": "__slice__", "config": parts}
        refused(entry, layer("Reshape", target_shape=[tag]), tmp_path, FormatError)
    tag = {"class_name": "__ellipsis__", "config": {"a": 1}}
    refused(entry, layer("Reshape", target_shape=[tag]), tmp_path, FormatError)
    refused(entry, layer("Reshape", target_shape=[TENSOR]), tmp_path)


@every_entry
def test_c41_dtypes(entry, tmp_path):
    many = {"default_policy": None, "policy_map": {f"a{i}": "float32" for i in range(10**4)}}
    for given in (
        "float8_e4m3fn",
        "float8",
        "f" * 10**5,
        "mixed_float64",
        "string",
        "object",
        3,
        ["float32"],
    ):
        refused(entry, dense(dtype=given), tmp_path, FormatError)
    for given in (
        envelope("keras", "DTypePolicyMap", many),
        envelope("keras", "DTypePolicy", {"name": "float32", "x": 1}),
        envelope("keras.layers", "DTypePolicy", {"name": "float32"}),
    ):
        with pytest.raises(LoadError):
            ENTRY_POINTS[entry](dense(dtype=given), tmp_path)


@every_entry
def test_c42_shapes_that_a_layer_was_built_for(entry, tmp_path):
    for shape in (
        [1] * 100,
        [None, -5],
        [2**40, 2**40],
        [None, 1.5],
        [None, "4"],
        "4",
        [True, 4],
        [[{}, "a"]],
    ):
        config = {**dense(), "build_config": {"input_shape": shape}}
        refused(entry, config, tmp_path, FormatError, "build_config")
    config = {**dense(), "build_config": {"input_shape": [None, 4]}}
    assert ENTRY_POINTS[entry](config, tmp_path).name == "layer"


def test_problems_are_told_briefly():
    config = sequential(dense())
    for i in range(2000):
        config["config"]["layers"].append(layer("x" * 500, units=i))
    with pytest.raises(PolicyError) as caught:
        layers.deserialize(config)
    text = str(caught.value)
    assert len(text) < 4096 and "2000 problems" in text and "and 1980 more" in text


def test_limits_are_the_callers():
    with pytest.raises(LimitError, match="2 layers; the limit is 1"):
        audit(sequential(dense()), budget=Budget(Limits(layers=1)))
    with pytest.raises(LimitError, match="nesting"):
        audit(sequential(dense()), policy=LoadPolicy(limits=Limits(json_depth=4)))


def test_configurations_are_not_changed_by_being_read():
    config = sequential(dense(kernel_initializer={"class_name": "Zeros", "config": {}}))
    before = json.dumps(config)
    layers.deserialize(config)
    assert json.dumps(config) == before


def test_classes_of_the_program_may_read_parts_themselves():
    class Outer(layers.Layer):
        def __init__(self, inner: Any, table: Any = None, **kwargs: Any):
            super().__init__(**kwargs)
            self.inner, self.table = inner, table

        def get_config(self) -> dict[str, Any]:
            inner = layers.serialize(self.inner)
            return {"name": self.name, "inner": inner, "table": self.table}

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            inner = layers.deserialize(config.pop("inner"))
            return cls(inner, **config)

    table = {"class_name": "of pupils", "a": [1, {"config": 2}]}
    config = layers.serialize(Outer(layers.Dense(2, name="d"), table, name="outer"))
    again = layers.deserialize(json.loads(json.dumps(config)), {"Outer": Outer})
    assert type(again.inner) is layers.Dense and again.table == table
    config["config"]["inner"]["config"]["units"] = "2"
    with pytest.raises(FormatError, match=r"config\.config\.inner\.config\.units"):
        layers.deserialize(config, {"Outer": Outer})


def test_a_class_may_state_types_of_its_arguments():
    class Mine(layers.Layer):
        __load_schema__ = {"n": "int", "inner": "layers | None"}  # noqa: RUF012

        def __init__(self, n: int, inner: Any = None, **kwargs: Any):
            super().__init__(**kwargs)
            self.n, self.inner = n, inner

    own = {"Mine": Mine}
    assert layers.deserialize(envelope(None, "Mine", {"n": 3, "inner": dense()}), own).n == 3
    for wrong in ({"n": "3"}, {"n": 3, "inner": KIND}):
        with pytest.raises(LoadError):
            layers.deserialize(envelope(None, "Mine", wrong), own)


KIND = envelope("keras.losses", "Huber", {})


def test_a_lambda_of_an_activation_comes_back():
    config = layers.serialize(layers.Lambda(lamina.activations.relu, name="l"))
    assert layers.deserialize(json.loads(json.dumps(config))).function is lamina.activations.relu
