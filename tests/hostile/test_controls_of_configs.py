"""Live controls and benign twins of hostile configurations whose tests do not have their own (see `rows.py`).

A control shows that the harm is real: what a reader without the gate would do with just this part of the
attack. A twin is the nearest configuration without the harm; it loads.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import re
import unicodedata
import zipfile
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import layers, saving
from lamina.core import registry
from lamina.core.value_tags import TAGS
from lamina.saving import FormatError, LimitError, PolicyError
from tests.hostile import test_config, test_config_graphs, test_config_values
from tests.hostile.entry_points import (
    ENTRY_POINTS,
    LOADS,
    TENSOR,
    functional,
    keras_archive,
    prepare,
    sequential,
)
from tests.hostile.test_config import dense, envelope, every_entry, function, layer


@pytest.fixture(scope="module", autouse=True)
def _prepared():
    prepare()


# Names.


def test_c02_control_modules_of_lamina_are_there_to_import():
    for module in ("lamina.testing.contract", "lamina.core.registry", "lamina.layers.core.dense"):
        assert importlib.import_module(module)


def test_c03_control_the_functions_are_there_to_call():
    for module, name, _ in test_config.STDLIB:
        assert callable(getattr(importlib.import_module(module), name))


def test_c05_control_a_class_that_is_made_is_seen(monkeypatch):
    made = []
    monkeypatch.setattr(layers.ReLU, "__init__", lambda *_, **__: made.append(1))
    layers.ReLU()
    assert made


@pytest.mark.parametrize("kind", test_config.KINDS)
def test_c06_twin_each_is_made_where_its_kind_stands(kind):
    assert saving.deserialize_keras_object(test_config.KINDS[kind]) is not None


def test_c06_control_a_table_for_all_kinds_would_have_them_all():
    names = {name for kind in test_config.KINDS for name in registry.shelves[kind].objects}
    assert {config["class_name"] for config in test_config.KINDS.values()} <= names


def test_c07_control_the_names_are_there_for_getattr():
    for name in ("__builtins__", "__class__", "serialize", "deserialize", "get", "Layer"):
        assert hasattr(layers, name)
    assert layers.Dense.from_config and lamina.losses.__init__.__class__


def test_c10_control_the_names_are_there_to_find():
    assert callable(test_config.a_users_function) and callable(lamina.utils.to_categorical)
    assert callable(saving.load_model) and callable(importlib.import_module("os").getpid)


def test_c11_control_the_setters_are_there_to_call():
    exported = test_config.exported_names()
    for name in ("set_dtype_policy", "set_floatx", "set_random_seed", "get_custom_objects"):
        assert callable(exported[name])


@pytest.mark.parametrize("entry", LOADS)
@pytest.mark.parametrize("safe_mode", [True, False, None])
def test_c13_twin_what_is_harmless_loads_in_every_mode(entry, safe_mode, tmp_path):
    assert ENTRY_POINTS[entry](dense(), tmp_path, safe_mode=safe_mode).name == "layer"


@pytest.mark.parametrize("place", ["TimeDistributed", "twice", "nested", "nested twice", "graph"])
def test_c14_twin_a_harmless_layer_in_the_same_place(place):
    config, _ = test_config.buried(
        envelope("keras.layers", "Dense", {"name": "inner", "units": 2})
    )[place]
    assert layers.deserialize(config) is not None


def test_c16_control_a_function_of_the_caller_is_reached_by_that_name():
    def system(y_true: Any, y_pred: Any) -> Any:
        return y_pred

    assert lamina.losses.deserialize(function("system"), {"system": system}) is system


@every_entry
def test_c17_twin_the_same_layer_without_a_path(entry, tmp_path):
    config = layer("Embedding", input_dim=3, output_dim=2)
    if "load_model" not in entry:  # the test's files hold the weights of a `Dense`
        assert type(ENTRY_POINTS[entry](config, tmp_path)) is layers.Embedding


@pytest.mark.parametrize("name", test_config_values.FOREIGN)
def test_c19_twin_the_caller_gives_the_layer(name):
    config = layer(name, **test_config_values.FOREIGN[name])
    given = layers.ReLU(name="layer")
    assert layers.deserialize(config, {"layer": given}) is given


def test_c20_twin_numbers_in_the_place_of_the_pickle():
    array = {"class_name": "__numpy__", "config": {"value": [1.0, 2.0], "dtype": "float32"}}
    start = envelope("keras.initializers", "Constant", {"value": array})
    made = layers.deserialize(dense(bias_initializer=start))
    made.build((None, 3))
    np.testing.assert_array_equal(made.bias.numpy(), [1, 2])


def test_c17_twin_a_list_of_one_path_is_a_token():
    made = layers.deserialize(layer("StringLookup", vocabulary=["/etc/hostname"]))
    assert made.get_vocabulary() == ["[UNK]", "/etc/hostname"]


# Text.


def test_c22_control_so_deep_a_text_is_more_than_the_parser_bears():
    with pytest.raises(RecursionError):
        json.loads("[" * 10**6)


def test_c23_control_the_parser_takes_what_is_too_large():
    assert len(json.loads(b"[" + b"[]," * 2_000 + b"[]]")) == 2_001
    assert len(json.loads('["' + "a" * 2**20 + '"]')[0]) == 2**20


def test_c24_control_the_parser_takes_the_last_of_two_keys():
    assert json.loads('{"class_name": "Lambda", "class_name": "Dense"}') == {"class_name": "Dense"}


def test_c24_twin_each_key_once():
    assert lamina.models.model_from_json(json.dumps(sequential(dense()))).count_params() == 10


def test_c25_control_python_takes_other_numbers_for_these():
    assert json.loads("NaN") != json.loads("NaN") and json.loads("1e999") == float("inf")
    assert range(True) == range(1) and np.iinfo("int64").max < 2**63


def test_c26_control_a_reader_that_normalizes_takes_the_look_alike():
    assert unicodedata.normalize("NFKC", test_config_values.ODD["full width"]) == "Dense"
    assert unicodedata.normalize("NFC", "e\u0301") == "\u00e9"


def test_c27_control_a_table_takes_equal_numbers_for_one():
    assert {1: "first"}[True] == {1: "first"}[1.0] == "first"


def test_c29_control_a_name_without_its_package_fits_both():
    both = {"One>Same", "Two>Same"}
    assert [name.partition(">")[2] for name in sorted(both)] == ["Same", "Same"]


def test_c30_control_an_object_takes_any_attribute():
    made = layers.ReLU()
    for name in ("call", "build"):
        object.__setattr__(made, name, 1)
        assert getattr(made, name) == 1


# Sizes.


@pytest.mark.parametrize("name", ["Dense", "Embedding"])
def test_c31_control_so_many_weights_are_asked_for(name):
    model = layers.deserialize(sequential(test_config_values.BOMBS[name]))
    assert model.count_params() * 4 > 2**40


@every_entry
def test_c31_twin_as_many_weights_as_the_file_has(entry, tmp_path):
    made = ENTRY_POINTS[entry](dense(), tmp_path)
    made.build((None, 4))
    assert made.count_params() == 10


def test_c32_control_numpy_takes_these_dtypes():
    assert np.dtype("S200000000").itemsize == 200_000_000 and np.dtype("V1000000000").itemsize
    assert np.dtype("f4,f4").names and np.dtype("(1000,)f4").subdtype


def test_c33_control_the_first_values_are_computed_when_they_are_used(monkeypatch):
    computed = []
    cls = lamina.initializers.Orthogonal
    draw = cls.draw
    monkeypatch.setattr(cls, "draw", lambda *a, **k: computed.append(1) or draw(*a, **k))
    orthogonal = envelope("keras.initializers", "Orthogonal", {"gain": 1.0, "seed": 1})
    model = layers.deserialize(sequential(dense(kernel_initializer=orthogonal)))
    assert not computed
    assert model.get_weights()[0].shape == (4, 2) and computed  # and the twin


def test_c34_control_called_eagerly_they_take_memory():
    with lamina.config.using_backend("numpy"):
        assert lamina.ops.zeros([1000]).nbytes == 4000
        assert lamina.ops.tile(lamina.ops.zeros([2]), [500]).nbytes == 4000


# Graphs and arguments.


def test_c35_control_the_functions_are_there_to_call():
    for name in ("while_loop", "fori_loop", "scan", "cond", "map", "vectorized_map"):
        assert callable(getattr(lamina.ops, name))


def test_c35_twin_an_op_without_functions():
    assert layers.deserialize(test_config_graphs.op("Sin", TENSOR)).count_params() == 0


def test_c36_control_python_takes_the_patterns():
    assert re.compile("(a+)+$").match("aaa") and re.compile("[a-z]*[a-z]*x").match("aax")


def test_c37_control_the_measure_sees_the_graph_grow():
    with lamina.config.using_backend("numpy"):
        test_config_graphs.calls_in_graph(10)
        assert test_config_graphs.calls_in_graph(40) > 2 * test_config_graphs.calls_in_graph(10)


def test_c38_control_lists_take_such_indices():
    assert ["first", "last"][-1] == ["first", "last"][True] == "last"


def test_c38_twin_a_whole_graph():
    whole = test_config_graphs.op("Sin", test_config_graphs.history_of("x", 0, 0))
    assert layers.deserialize(whole).output_shape == (None, 4)


TWINS = [
    layer("EinsumDense", equation="ab,bc->ac", output_shape=2),
    layer("Softmax", axis=1),
    layer("Reshape", target_shape=[2, 2]),
    layer("RepeatVector", n=2),
]


@pytest.mark.parametrize("config", TWINS, ids=lambda config: config["class_name"])
def test_c39_twin_arguments_in_range(config):
    assert layers.deserialize(functional(config)).layers[1].name == "layer"


def test_c39_control_the_numbers_overflow_in_numpy():
    assert int(np.prod(np.array([2**40, 2**40]))) == 0
    with pytest.raises((ValueError, MemoryError)):
        np.zeros([2**40, 2**40])


def test_c40_twin_tags_of_the_table():
    for tag, config in (("__slice__", {"start": 1}), ("__ellipsis__", {})):
        assert tag in TAGS and TAGS[tag]({"class_name": tag, "config": config}) is not None


def test_c40_control_bytes_may_be_code():
    assert isinstance(base64.b64decode("4wAA"), bytes)  # what Keras' tag `__bytes__` hands on


def test_c41_control_numpy_takes_dtypes_that_are_no_numbers():
    assert np.dtype("object").hasobject and np.dtype("str").kind == "U"


@every_entry
@pytest.mark.parametrize("dtype", ["float16", "mixed_bfloat16"])
def test_c41_twin_dtypes_of_layers(entry, dtype, tmp_path):
    assert ENTRY_POINTS[entry](dense(dtype=dtype), tmp_path).dtype_policy.name == dtype


def test_c42_control_the_product_overflows():
    assert int(np.prod(np.array([2**40, 2**40]))) == 0


# What a file says of itself.

METADATA = {
    "absent": None,
    "null": "null",
    "an old version": '{"keras_version": "2.0.0"}',
    "a version to come": '{"keras_version": "99.0", "lamina_version": "99.0"}',
    "a number": '{"keras_version": 3}',
    "checksums that are not texts": '{"sha256": {"config.json": [1, null, {"a": true}]}}',
    "a checksum of something else": '{"sha256": "0000"}',
    "asks to be trusted": '{"safe_mode": false, "trusted": true, "unsafe": true}',
}


def _archive(config: Any, text: str | None) -> io.BytesIO:
    """A `.keras` file of a model with this layer, which says this of itself."""
    out = io.BytesIO()
    with zipfile.ZipFile(keras_archive(config)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != "metadata.json":
                new.writestr(name, old.read(name))
        if text is not None:
            new.writestr("metadata.json", text)
    return out


def _load(config: Any, text: str | None, folder: Any, entry: str, **options: Any) -> Any:
    path, file = folder / "m.keras", _archive(config, text)
    path.write_bytes(file.getvalue())
    return {
        "path": lambda: saving.load_model(path, **options),
        "BytesIO": lambda: saving.load_model(file, **options),
        "inspect": lambda: saving.inspect_model(path),
    }[entry]()


METADATA_READERS = pytest.mark.parametrize("entry", ["path", "BytesIO", "inspect"])


@METADATA_READERS
@pytest.mark.parametrize("text", METADATA.values(), ids=METADATA)
def test_c43_what_a_file_says_of_itself_opens_no_weaker_way(entry, text, tmp_path):
    config = layer("Lambda", function=["4wAA", None, None], function_type="lambda")
    if entry == "inspect":
        refusal = _load(config, text, tmp_path, entry).refusal
        assert type(refusal) is PolicyError
        return
    for safe_mode in (True, False, None):
        with pytest.raises(PolicyError, match="custom_objects="):
            _load(config, text, tmp_path, entry, safe_mode=safe_mode)


@METADATA_READERS
@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("{", FormatError, "not JSON"),
        ('{"keras_version": "3", "keras_version": "2"}', FormatError, "twice"),
        ('{"keras_version": ' + "9" * 10**6 + "}", LimitError, "json_digits"),
        ('{"sha256": ' + "[" * 10**5, LimitError, "json_depth"),
        ('{"a": "' + "a" * 2**20 + '"}', LimitError, "metadata_bytes"),
    ],
    ids=["cut off", "twice", "digits", "nested", "long"],
)
def test_c43_what_is_not_metadata_is_refused(entry, text, error, match, tmp_path):
    with pytest.raises(error, match=match) as caught:
        _load(dense(), text, tmp_path, entry)
    assert caught.type is error and len(str(caught.value)) < 4096


@METADATA_READERS
@pytest.mark.parametrize("text", METADATA.values(), ids=METADATA)
def test_c43_twin_a_harmless_model_loads_whatever_it_says_of_itself(entry, text, tmp_path):
    made = _load(dense(), text, tmp_path, entry)
    assert made.refusal is None if entry == "inspect" else made.count_params() == 10


def test_c43_control_the_file_without_the_lambda_differs_in_nothing_else():
    """What is refused is the code, so a way around the gate would be seen."""
    config = layer("Lambda", function=["4wAA", None, None], function_type="lambda")
    made = saving.load_model(
        _archive(config, METADATA["asks to be trusted"]), custom_objects={"layer": abs}
    )
    assert made.layers[0].function is abs
