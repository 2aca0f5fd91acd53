"""Live controls and benign twins of hostile files whose tests do not have their own (see `rows.py`).

A control shows that the harm is real: what h5py, NumPy, zipfile or the file system would do with just this
part of the attack. A twin is the nearest file without the harm; it loads.
"""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import sys
import zipfile

import h5py
import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.saving import FormatError, load_model
from tests.hostile import test_legacy, test_weights_files, test_zip
from tests.hostile.test_legacy import path as legacy_path  # noqa: F401  a fixture
from tests.hostile.test_weights_files import model, path  # noqa: F401  fixtures
from tests.hostile.zips import Part, build

# Legacy files.


def test_l02_control_the_names_are_there_to_call():
    import subprocess

    assert callable(os.system) and callable(subprocess.Popen)
    assert callable(lamina.config.enable_unsafe_deserialization)


def test_l02_twin_a_harmless_loss(legacy_path):  # noqa: F811
    test_legacy.edited(legacy_path, "training_config", lambda c: c.update(loss="mae"))
    assert load_model(legacy_path).compiled


@pytest.mark.parametrize("put", [test_legacy.as_dataset, test_legacy.as_group])
def test_l03_control_h5py_finds_it_there(legacy_path, put):  # noqa: F811
    with h5py.File(legacy_path, "r+") as file:
        put(file, file.attrs["model_config"])
        assert "model_config" in file


def test_l03_l09_twin_the_same_text_as_an_attribute(legacy_path):  # noqa: F811
    test_legacy.edited(legacy_path, "model_config", lambda c: c["config"]["layers"][1])
    assert load_model(legacy_path).layers[0].units == 3


def test_l04_control_h5py_gives_the_lists_as_they_are(legacy_path):  # noqa: F811
    test_legacy.with_names(legacy_path, layer_names=["a", "b", "c", "c"])
    with h5py.File(legacy_path) as file:
        assert list(file["model_weights"].attrs["layer_names"])[-2:] == ["c", "c"]


def test_l05_control_h5py_follows_such_names(legacy_path):  # noqa: F811
    with h5py.File(legacy_path) as file:
        name = next(iter(file["model_weights/c"].attrs["weight_names"]))
        inner = file["model_weights/a"]
        assert inner[f"/model_weights/c/{name}"] == file[f"model_weights/c/{name}"]
        own = next(iter(inner.attrs["weight_names"]))
        assert inner[f"./{own}"] == inner[own]


def test_l05_h06_control_h5py_follows_such_links(legacy_path):  # noqa: F811
    with h5py.File(legacy_path, "r+") as file:
        weights = file["model_weights/c"]
        file["optimizer_weights"] = h5py.SoftLink("/model_weights/c")
        assert file["optimizer_weights"] == weights


def test_l05_h06_twin_the_file_without_links(legacy_path):  # noqa: F811
    with h5py.File(legacy_path) as file:
        assert all(isinstance(file.get(name, getlink=True), h5py.HardLink) for name in file)
    load_model(legacy_path)


def test_l06_control_a_reader_of_yaml_would_be_seen(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError):
        import yaml  # noqa: F401


def test_l06_l07_twin_json_of_a_model():
    text = lamina.Sequential([layers.Dense(1, input_shape=(1,))]).to_json()
    assert lamina.models.model_from_json(text).count_params() == 2


def test_l07_control_these_texts_are_json():
    for text in ("null", "[]", "3", '"Sequential"', "{}", '{"class_name": 3}'):
        json.loads(text)


def test_l08_twin_a_name_in_the_place_of_the_tag(legacy_path):  # noqa: F811
    config = {"name": "mine", "trainable": True, "activation": "tanh"}
    test_legacy.with_layer(legacy_path, {"class_name": "Activation", "config": config})
    assert load_model(legacy_path).layers[1].name == "mine"


def test_l08_control_the_tag_is_nothing_but_a_name():
    assert callable(getattr(lamina.activations, "tanh", None))
    assert not hasattr(lamina.activations, "TypeSpec")


def test_l09_control_the_values_are_names_of_functions():
    assert callable(layers.serialize) and callable(layers.deserialize)


# Zip.


def test_z12_control_zipfile_lists_them_all():
    raw = build([Part(f"assets/{i}") for i in range(2_000)])
    assert len(zipfile.ZipFile(io.BytesIO(raw)).namelist()) == 2_000
    assert len(test_zip.read_all(raw)) == 2_000  # the twin


# HDF5.


def _kernel(file):
    return file["layers/dense/vars/0"]


def test_h02_control_h5py_follows_a_link_to_a_sibling(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        del file["layers/dense"]
        file["layers/dense"] = h5py.SoftLink("/layers/dense_1")
        assert _kernel(file) == file["layers/dense_1/vars/0"]


def test_h07_control_what_the_link_leads_to_is_a_pipe(path):  # noqa: F811
    """To open it would wait for a writer: without waiting there is an error, since nobody reads."""
    pipe = path.parent / "pipe.h5"
    os.mkfifo(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(OSError, match="No such device"):
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_h09_control_h5py_goes_round_for_ever(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        file["layers/dense/again"] = file["layers/dense"]
        assert file["layers/dense" + "/again" * 100] == file["layers/dense"]


def test_h11_control_so_large_a_chunk_is_declared(path):  # noqa: F811
    how = {"chunks": (2**26,), "maxshape": (None,), "compression": "gzip"}
    with h5py.File(path, "r+") as file:
        assert file.create_dataset("x", (3,), "f4", **how).chunks == (2**26,)


def test_h12_control_the_declarations_exceed_any_memory(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        space = h5py.h5s.create_simple((2**28,))
        for i in range(200):
            h5py.h5d.create(file.id, f"d{i}".encode(), h5py.h5t.IEEE_F32LE, space)
        assert sum(file[f"d{i}"].nbytes for i in range(200)) == 200 * 2**30


def test_h13_control_h5py_makes_objects_of_them(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        file["x"] = np.zeros(3, "f4")
        file.create_dataset("r", (1,), h5py.ref_dtype)[0] = file["x"].ref
        assert file[file["r"][0]] == file["x"]


@pytest.mark.parametrize("how", [{"compression": "gzip"}, {"shuffle": True}, {"chunks": (4, 3)}])
def test_h15_control_h5py_reads_filtered_data(path, how):  # noqa: F811
    with h5py.File(path, "r+") as file:
        zeros = file.create_dataset("x", data=np.zeros((4, 3), "f4"), **how)
        assert zeros.chunks and not zeros[...].any()


def test_h16_control_h5py_reads_attributes_of_any_kind(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        file.attrs["long"] = "x" * 60_000
        file.attrs["several"] = ["bfloat16"] * 2
        assert len(file.attrs["long"]) == 60_000 and len(file.attrs["several"]) == 2


def test_h17_control_h5py_reads_behind_a_block_of_the_users(path):  # noqa: F811
    other = path.with_name("block.h5")
    with h5py.File(other, "w", userblock_size=512) as file:
        file["x"] = 1.0
    with h5py.File(other) as file:
        assert file["x"][()] == 1.0


def test_h18_control_values_can_change_without_a_sign(path):  # noqa: F811
    """A bit of the data of a dataset: HDF5 itself has no checksum of it."""
    with h5py.File(path) as file:
        at, before = _kernel(file).id.get_offset(), _kernel(file)[...]
    whole = bytearray(path.read_bytes())
    whole[at + 2] ^= 64
    path.write_bytes(whole)
    with h5py.File(path) as file:
        assert (_kernel(file)[...] != before).any()
    with pytest.raises(FormatError, match="checksum"):
        test_weights_files.small_model().load_weights(path)


def test_h19_control_h5py_opens_either(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        file.create_group("group")
        file["type"], file["null"] = np.dtype("f4"), h5py.Empty("f4")
        assert {type(file[name]) for name in ("group", "type", "null")} == {
            h5py.Group,
            h5py.Datatype,
            h5py.Dataset,
        }


def test_h20_control_a_terminal_would_get_the_name(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        file["\x1b[31mred"] = 1.0
        assert "\x1b[31mred" in list(file)


def test_h21_control_h5py_reads_the_other_kind(path):  # noqa: F811
    with h5py.File(path, "r+") as file:
        file["x"] = np.ones(3, "u2")
        assert file["x"][...].view("f2").tolist() != [1, 1, 1]  # as if it were bits of a half


def test_h22_control_numpy_spreads_such_shapes():
    assert np.broadcast_to(np.ones(1), (4, 3)).shape == np.broadcast_to(1.0, (4, 3)).shape


def test_h24_control_a_connection_is_seen():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        with socket.create_connection(server.getsockname()):
            server.accept()[0].close()


def test_h26_control_h5py_gives_the_bytes_of_another(path):  # noqa: F811
    other = "layers/dense_1/vars/0"
    test_weights_files.move_data(path, lambda file: file[other].id.get_offset())
    with h5py.File(path) as file:
        shared = np.minimum(6, file[other].size)
        np.testing.assert_array_equal(
            np.ravel(_kernel(file)[...])[:shared], np.ravel(file[other][...])[:shared]
        )
