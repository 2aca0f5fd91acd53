"""Legacy `.h5` files, and texts, made to do harm: the rows L01-L09, and attributes that lie about their bytes."""

from __future__ import annotations

import base64
import json
import marshal
import re
import struct
import sys
import types
import warnings

import h5py
import numpy as np
import pytest

import lamina
from lamina.saving import FormatError, LimitError, Limits, LoadError, PolicyError
from tests.saving.legacy_cases import Case

layers = lamina.layers


@pytest.fixture
def path(tmp_path):
    """A good file, to be spoilt: a compiled model of three layers, without checksums, as Keras writes it."""
    lamina.utils.set_random_seed(0)
    model = lamina.Sequential(
        [lamina.Input((3,)), layers.Dense(3, name="a"), layers.Activation("relu", name="b")],
        name="m",
    )
    model.add(layers.Dense(2, name="c"))
    model.compile("adam", "mean_squared_error", metrics=["mae"])
    with pytest.warns(UserWarning, match="old format"):
        model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        _forget_checksums("/", file)
        file.visititems(_forget_checksums)
    return tmp_path / "m.h5"


def _forget_checksums(_, member):
    member.attrs.pop("crc32", None)


def edited(path, attribute, change):
    """Change the JSON in an attribute of the root."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs[attribute])
        change(config)
        del file.attrs[attribute]
        file.attrs[attribute] = json.dumps(config)


def with_layer(path, entry):
    """Put another layer in the place of the second, which has no weights."""
    edited(path, "model_config", lambda c: c["config"]["layers"].__setitem__(2, entry))


def _state():
    custom = dict(lamina.saving.get_custom_objects())
    return custom, lamina.config.floatx(), lamina.config.dtype_policy().name, set(sys.modules)


def _refuses(path, error, match, **options):
    """Refused with a short message that names the file; nothing has changed."""
    before = _state()
    with pytest.raises(error, match=match) as caught:
        lamina.models.load_model(path, **options)
    assert type(caught.value) is error
    assert path.name in str(caught.value)
    assert len(str(caught.value)) < 4096
    assert _state() == before


def test_the_good_file_loads(path):
    assert lamina.models.load_model(path).optimizer is not None


# L01: code.


def _payload(tmp_path):
    """Return the code of a function that touches a file, and that file."""
    sentinel = tmp_path / "sentinel"
    text = f"lambda x: __import__('pathlib').Path({str(sentinel)!r}).touch()"
    code = compile(text, "payload", "eval").co_consts[0]
    return base64.b64encode(marshal.dumps(code)).decode(), sentinel


def test_the_payload_would_fire(tmp_path):
    code, sentinel = _payload(tmp_path)
    types.FunctionType(marshal.loads(base64.b64decode(code)), globals())(None)
    assert sentinel.exists()  # the control


def _tagged(code):
    config = {"code": code, "defaults": None, "closure": None}
    return {"class_name": "__lambda__", "config": config}


ENCODINGS = {
    "keras 2": lambda code: {
        "function": [f"{code}\n", None, None],
        "function_type": "lambda",
        "module": "__main__",
        "output_shape": None,
        "output_shape_type": "raw",
        "output_shape_module": None,
        "arguments": {},
    },
    "keras 3": lambda code: {"function": _tagged(code)},
    "shape": lambda code: {"function": "relu", "output_shape": _tagged(code)},
    "mask": lambda code: {"function": "relu", "mask": _tagged(code)},
}


def _lambda(code, encoding):
    config = {"name": "mine", "trainable": True, "dtype": "float32", **ENCODINGS[encoding](code)}
    return {"class_name": "Lambda", "config": config}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("safe_mode", [True, None, False])
def test_l01_cve_2025_9905_code_in_an_h5_file(path, tmp_path, monkeypatch, encoding, safe_mode):
    code, sentinel = _payload(tmp_path)
    with_layer(path, _lambda(code, encoding))
    monkeypatch.setattr(marshal, "loads", lambda _: pytest.fail("bytecode was read"))
    _refuses(path, PolicyError, "code", safe_mode=safe_mode)
    assert not sentinel.exists()


def test_l01_twin_the_function_is_given_by_the_caller(path, tmp_path):
    code, sentinel = _payload(tmp_path)
    with_layer(path, _lambda(code, "keras 2"))
    model = lamina.models.load_model(path, custom_objects={"mine": lambda x: x * 0 + 1})
    assert model.predict(np.ones((1, 3)), verbose=0).shape == (1, 2)
    assert not sentinel.exists()


# L02: what a model was compiled with.

HOSTILE = {
    "a function of a module": {
        "loss": {
            "module": "os",
            "class_name": "function",
            "config": "system",
            "registered_name": None,
        }
    },
    "a word": {"loss": "enable_unsafe_deserialization"},
    "a layer as a loss": {"loss": {"class_name": "Dense", "config": {"units": 2}}},
    "a metric's function": {
        "metrics": [{"class_name": "MeanMetricWrapper", "config": {"name": "x", "fn": "get_file"}}]
    },
    "an optimizer that is a layer": {
        "optimizer_config": {"class_name": "Lambda", "config": {"function": "relu"}}
    },
    "an optimizer of a module": {
        "optimizer_config": {
            "module": "subprocess",
            "class_name": "Popen",
            "config": {"args": "ls"},
        }
    },
}


@pytest.mark.parametrize("training", HOSTILE)
def test_l02_training_config(path, training):
    edited(path, "training_config", lambda c: c.update(HOSTILE[training]))
    _refuses(path, PolicyError, "compile_config")
    assert lamina.models.load_model(path, compile=False).optimizer is None


@pytest.mark.parametrize(
    ("text", "loads"),
    [(np.bytes_, True), (lambda text: [text.encode()], False)],
    ids=["bytes", "list"],
)
def test_l02_training_config_in_other_types(path, text, loads):
    with h5py.File(path, "r+") as file:
        config = file.attrs["training_config"]
        del file.attrs["training_config"]
        file.attrs["training_config"] = text(config)
    if loads:
        assert lamina.models.load_model(path).optimizer is not None
    else:
        _refuses(path, FormatError, "list of texts")


# L03: where the configuration of a model stands.


def as_dataset(file, config):
    file["model_config"] = config


def as_group(file, config):
    file.create_group("model_config").attrs["text"] = config


def _as_link(file, config):
    file["model_config"] = h5py.ExternalLink("other.h5", "/")


def _as_list(file, config):
    file.attrs["model_config"] = [config, config]


def _as_number(file, config):
    file.attrs["model_config"] = 3.0


def _as_table(file, config):
    file.attrs["model_config"] = np.array([[config.encode()[:9]]])


@pytest.mark.parametrize(
    ("put", "match"),
    [
        (as_dataset, "no `model_config`"),
        (as_group, "no `model_config`"),
        (_as_link, "no `model_config`"),
        (_as_list, "list of texts"),
        (_as_number, "does not hold text"),
        (_as_table, "2 axes"),
    ],
)
def test_l03_model_config_of_another_kind(path, put, match):
    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"]
        del file.attrs["model_config"]
        put(file, config)
    _refuses(path, FormatError, match)


def test_l03_a_model_config_without_end(path):
    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"]
        del file.attrs["model_config"]
        file.attrs["model_config"] = config + " " * 2**24
    _refuses(path, LimitError, "bytes of configuration")


def test_c22_nested_without_end(path):
    with h5py.File(path, "r+") as file:
        del file.attrs["model_config"]
        file.attrs["model_config"] = "[" * 100_000
    with pytest.raises(LimitError, match="nest"):
        lamina.models.load_model(path)


# L04: lists of names.


def with_names(path, **lists):
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        del group.attrs["layer_names"]
        for attribute, names in lists.items():
            group.attrs[attribute] = names


def test_l04_twin_names_in_pieces(path):
    with_names(path, layer_names0=["a", "b"], layer_names1=["c"])
    lamina.models.load_model(path)


@pytest.mark.parametrize(
    ("lists", "match"),
    [
        ({"layer_names0": ["a", "b"], "layer_names2": ["c"]}, "a piece of layer_names is missing"),
        ({"layer_names1": ["a", "b", "c"]}, "a piece of layer_names is missing"),
        ({"layer_names0": ["a", "b"], "layer_names1": ["c", "a"]}, "names something twice"),
        ({"layer_names": ["a", "b", "c", "c"]}, "names something twice"),
        ({"layer_names": "abc"}, "is to be a list"),
        ({"layer_names": [1.0, 2.0]}, "does not hold text"),
        ({}, "no list of layers"),
    ],
)
def test_l04_layer_names(path, lists, match):
    with_names(path, **lists)
    _refuses(path, FormatError, match)


def test_l04_pieces_without_end(path):
    with_names(path, **{f"layer_names{i}": [f"x{i}"] for i in range(2000)})
    _refuses(path, FormatError, "names 'x0', which is not a group")


# L05: names of weights are names, not ways.


@pytest.mark.parametrize(
    "name",
    [
        "../c/c/kernel",
        "/model_weights/c/m/c/kernel",
        "./m/a/kernel",
        "m//a/kernel",
        "m/../m/a/kernel",
        "",
    ],
)
def test_l05_weight_names_that_lead_elsewhere(path, name):
    with h5py.File(path, "r+") as file:
        group = file["model_weights/a"]
        names = list(group.attrs["weight_names"])
        del group.attrs["weight_names"]
        group.attrs["weight_names"] = [name, *names[1:]]
    _refuses(path, FormatError, "weight_names")


@pytest.mark.parametrize("place", ["model_weights/b/x", "model_weights/a/m/x", "model_weights/x"])
def test_h22_weights_that_no_list_names(path, place):
    with h5py.File(path, "r+") as file:
        file[place] = np.ones(2, "float32")
    _refuses(path, FormatError, "is not in weight_names|which layer_names lacks")


def test_h17_headers_of_a_newer_kind(path, tmp_path):
    with h5py.File(path) as file, h5py.File(tmp_path / "new.h5", "w", libver="latest") as new:
        new.attrs.update(file.attrs)
        for name in file:
            file.copy(name, new)
    _refuses(tmp_path / "new.h5", FormatError, "of a newer kind than Keras writes")


@pytest.mark.parametrize("place", ["model_weights", "model_weights/a", "optimizer_weights"])
@pytest.mark.parametrize(
    "link", [h5py.ExternalLink("twin.h5", "/"), h5py.SoftLink("/model_weights/c")]
)
def test_l05_links(path, place, link):
    """GHSA-27f4-p4xq-cxg8 and #23168: a group that is a link."""
    with h5py.File(path, "r+") as file:
        if place in file:
            del file[place]
        file[place] = link
    _refuses(path, FormatError, "Links are not followed")


def test_l05_a_weight_without_bytes(path):
    """CVE-2026-0897 by way of a legacy file."""
    with h5py.File(path, "r+") as file:
        name = file["model_weights/a"].attrs["weight_names"][0]
        del file[f"model_weights/a/{name}"]
        file.create_dataset(f"model_weights/a/{name}", (2**40,), "float32")
    _refuses(path, FormatError, "does not hold them")


def test_all_weights_or_none(path):
    model = lamina.models.load_model(path)
    before = model.get_weights()
    with h5py.File(path, "r+") as file:
        name = file["model_weights/c"].attrs["weight_names"][-1]
        del file[f"model_weights/c/{name}"]
        file[f"model_weights/c/{name}"] = np.ones(5, "float32")
    with pytest.raises(LoadError, match=r"Dense 'c': 'bias' has shape \(5,\) in the file"):
        model.load_weights(path)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# L06: YAML.


def test_l06_cve_2021_37678_yaml(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)  # an import of it fails
    text = "!!python/object/apply:os.system ['true']\nclass_name: Sequential\n"
    for name in ("m.h5", "m.keras", "m.weights.h5"):
        (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match="not JSON"):
        lamina.models.model_from_json(text)
    for name in ("m.h5", "m.keras"):
        with pytest.raises(FormatError):
            lamina.models.load_model(tmp_path / name)
    model = lamina.Sequential([layers.Dense(1, input_shape=(1,))])
    for name in ("m.h5", "m.weights.h5"):
        with pytest.raises(FormatError, match="not an HDF5 file"):
            model.load_weights(tmp_path / name)


def test_l06_there_is_no_model_from_yaml():
    with pytest.raises(AttributeError):
        lamina.models.model_from_yaml  # noqa: B018


# L07: texts.


@pytest.mark.parametrize(
    "text", ["null", "[]", "3", '"Sequential"', "{}", "", "{", '{"class_name": 3}']
)
def test_l07_texts_that_are_no_models(text):
    with pytest.raises(FormatError):
        lamina.models.model_from_json(text)


def test_l07_a_text_without_end():
    with pytest.raises(LimitError, match="bytes of configuration"):
        lamina.models.model_from_json(" " * (2**24 + 1))


# L08: types of TensorFlow.


@pytest.mark.parametrize("tag", ["TypeSpec", "CompositeTensor", "__typespec__"])
def test_l08_tags(path, tag):
    tagged = {"class_name": tag, "type_spec": "tf.RaggedTensorSpec", "serialized": [], "config": {}}
    config = {"name": "mine", "trainable": True, "activation": tagged}
    with_layer(path, {"class_name": "Activation", "config": config})
    _refuses(path, PolicyError, tag)


# L09: values are not names.


@pytest.mark.parametrize("value", ["serialize", "deserialize", "Dense", "relu"])
def test_l09_a_value_that_is_called_like_a_function(path, value):
    edited(path, "model_config", lambda c: c["config"]["layers"][1]["config"].update(units=value))
    _refuses(path, FormatError, "units")


# Attributes that lie about their bytes (H16).


def _place(path, attribute):
    """Return where the reference (length, heap, number) to the text of an attribute lies in the file."""
    data = path.read_bytes()
    with h5py.File(path) as file:
        length = len(file.attrs[attribute].encode())
    heaps = {match.start() for match in re.finditer(b"GCOL", data)}
    (place,) = (
        at
        for at in range(len(data) - 15)
        if struct.unpack_from("<I", data, at)[0] == length
        and struct.unpack_from("<Q", data, at + 4)[0] in heaps
    )
    return place


def _put(path, place, data):
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda length, heap, number: (length + 8, heap, number), "its bytes are not there"),
        (lambda length, heap, number: (2**32 - 1, heap, number), "its bytes are not there"),
        (lambda length, heap, number: (length, heap, 60_000), "its bytes are not there"),
        (lambda length, heap, number: (length, heap + 8, number), "no texts"),
        (lambda length, heap, number: (length, 2**63, number), "beyond the end"),
        (lambda length, heap, number: (0, 0, 0), "not JSON"),
    ],
)
def test_h16_texts_that_are_not_there(path, change, match):
    place = _place(path, "model_config")
    reference = struct.unpack_from("<IQI", path.read_bytes(), place)
    _put(path, place, struct.pack("<IQI", *change(*reference)))
    _refuses(path, FormatError, match)


def test_h16_a_text_of_two_attributes(path):
    """Texts that share bytes could be longer in all than the file."""
    place, other = _place(path, "model_config"), _place(path, "training_config")
    _put(path, other, path.read_bytes()[place : place + 16])
    _refuses(path, FormatError, "shares a text with another attribute")


def test_bits_flipped(tmp_path):
    """A damaged file of Keras 2, which has no checksums, is refused or loads; what is left out is told."""
    Case("new_sgd", tmp_path)
    good = (tmp_path / "model.h5").read_bytes()
    random, changed = np.random.default_rng(0), tmp_path / "changed.h5"
    verdicts = []
    for at in random.integers(0, len(good), 150):
        data = bytearray(good)
        data[at] ^= 1 << random.integers(8)
        changed.write_bytes(data)
        try:
            with warnings.catch_warnings(record=True, action="always") as told:
                lamina.models.load_model(changed)
            verdicts.append(True)
            assert all("it has no place" in str(warning.message) for warning in told)
        except LoadError:
            verdicts.append(False)
    assert set(verdicts) == {True, False}


def test_configurations_are_counted(path):
    _refuses(path, LimitError, "bytes of configuration", limits=Limits(config_bytes=100))
