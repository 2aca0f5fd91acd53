"""Live controls and benign twins of arrays, sets of files, and laws of all loads (rows N, S, D, A of `rows.py`).

Also the attacks of these rows that no other file has: D04, D06, D08, D10, A08.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.core import naming
from lamina.saving import FormatError, LimitError, LoadError, PolicyError, load_model
from tests.hostile import (
    test_all_or_nothing,
    test_directories,
    test_files_that_are_none,
    test_model_files,
    test_npz,
    test_safetensors,
)
from tests.hostile.entry_points import ENTRY_POINTS, prepare
from tests.hostile.test_config import dense
from tests.hostile.test_directories import index  # noqa: F401  a fixture

# Arrays of NumPy.


@pytest.mark.parametrize(
    ("case", "shape"),
    [("N02 4 TiB that are not there", (2**40,)), ("N03 a size below zero", (-2, -2))],
)
def test_n02_n03_control_numpy_believes_the_header(case, shape):
    file = io.BytesIO(test_npz.NPZ_CASES[case][0])
    np.lib.format.read_magic(file)
    assert np.lib.format.read_array_header_1_0(file)[0] == shape


def test_n05_control_the_version_is_all_that_differs():
    good = test_npz.with_header(test_npz.array_header())
    assert np.load(io.BytesIO(good)).shape == (2, 2)
    bad = test_npz.NPZ_CASES["N05 version 4"][0]
    assert np.lib.format.read_magic(io.BytesIO(bad)) == (4, 0) and bad[12:] == good[10:]


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("name", ["../0.npy", "/etc/0.npy", "program.py"])
def test_n07_control_zipfile_and_numpy_list_such_names(tmp_path, name):
    test_npz.npz_file(tmp_path / "m.npz", test_npz.npy_bytes(test_npz.KERNEL), name)
    with zipfile.ZipFile(tmp_path / "m.npz") as archive:
        assert name in archive.namelist()
    with np.load(tmp_path / "m.npz") as arrays:
        assert len(arrays.files) == 2


def test_s12_control_the_reference_takes_them():
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    many = test_safetensors.raw_file({f"{i}": entry for i in range(1000)}, b"")
    assert len(test_safetensors.reference(many)) == len(test_safetensors.naive(many)) == 1000


# Folders and sets.


@pytest.fixture
def folder(tmp_path):
    """A model as a folder, as Keras writes it if asked to, and a canary beside it."""
    model = lamina.Sequential([layers.Dense(2, input_shape=(3,))])
    model.save(tmp_path / "whole.keras")
    (tmp_path / "canary").write_bytes(os.urandom(32))
    with zipfile.ZipFile(tmp_path / "whole.keras") as archive:
        archive.extractall(tmp_path / "m.keras")
    return tmp_path / "m.keras"


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
@pytest.mark.parametrize("member", ["config.json", "model.weights.h5", "assets"])
def test_d04_folders_are_not_models_whatever_is_linked_in_them(folder, member, monkeypatch):
    (folder / member).unlink(missing_ok=True)
    (folder / member).symlink_to(folder.parent / "canary")
    opened, original = [], os.open
    monkeypatch.setattr(
        os, "open", lambda p, *a, **k: opened.append(str(p)) or original(p, *a, **k)
    )
    for load in (load_model, lamina.saving.KerasFileEditor):
        with pytest.raises(ValueError, match=r"not a regular file|a folder") as caught:
            load(folder)
        assert len(str(caught.value)) < 4096
    assert not any("canary" in name or member in name for name in opened)


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_d04_control_the_link_leads_to_the_canary(folder):
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(folder.parent / "canary")
    assert (folder / "config.json").read_bytes() == (folder.parent / "canary").read_bytes()


def test_d04_twin_the_same_members_in_an_archive(folder):
    with zipfile.ZipFile(folder.parent / "again.keras", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert load_model(folder.parent / "again.keras").count_params() == 8


class Words(layers.Layer):
    """Keeps a file of its own."""

    def call(self, x):
        return x

    def save_assets(self, folder):
        Path(folder, "words.txt").write_text("words")

    def load_assets(self, folder):
        self.words = Path(folder, "words.txt").read_text()


def _with_assets(tmp_path, change=None):
    """A model whose layer keeps a file, with the names of its archive's members changed."""
    layer = Words(name="words")
    lamina.Sequential([lamina.Input((2,)), layer]).save(tmp_path / "m.keras")
    out = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "m.keras") as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(change(name) if change else name, old.read(name))
    (tmp_path / "m.keras").write_bytes(out.getvalue())
    return tmp_path / "m.keras"


OUTSIDE = ["../words.txt", "../../words.txt", "/tmp/words.txt", "assets/../../words.txt"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_d06_cve_2026_12479_assets_lie_within_the_archive(tmp_path, name):
    (tmp_path / "inner").mkdir()
    path = _with_assets(tmp_path / "inner", lambda old: name if "words.txt" in old else old)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FormatError, match=r"not a plain path|do not belong there"):
        load_model(path, {"Words": Words})
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "a/b"])
def test_d06_names_of_layers_are_not_paths(tmp_path, name):
    prepare()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FormatError, match=r"config\.name: is not a name"):
        ENTRY_POINTS["layers.deserialize"]({**dense(), "config": {"name": name, "units": 2}}, None)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", OUTSIDE[:2])
def test_d06_control_joined_to_a_folder_the_name_leads_out(tmp_path, name):
    (tmp_path / "in" / "side").mkdir(parents=True)
    assert not (tmp_path / "in" / "side" / name).resolve().is_relative_to(tmp_path / "in" / "side")


def test_d06_twin_the_layer_gets_its_own_file(tmp_path):
    assert load_model(_with_assets(tmp_path), {"Words": Words}).layers[0].words == "words"


ODD_WORDS = ["a\u2028b", "a\u0085b", "a\rb", "a b ", "\u00e9", "e\u0301", "\x1b[31m"]


def _with_words(tmp_path, tokens, change=None):
    """A model that has learned tokens; `change` replaces the bytes of their file."""
    words = layers.StringLookup()
    words.adapt(np.array(tokens))
    model = lamina.Sequential([lamina.Input((1,), dtype="string"), words])
    model.save(tmp_path / "m.keras")
    out = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "m.keras") as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if change and "vocabulary" in name else data)
    return words, out


def test_d07_control_and_twin_words_with_ends_of_lines_in_them_come_back(tmp_path):
    """`str.splitlines` would part them; the file is parted at newlines only, or not used at all."""
    assert len("\n".join(ODD_WORDS).splitlines()) > len(ODD_WORDS)
    words, file = _with_words(tmp_path, ODD_WORDS)
    assert load_model(file).layers[-1].get_vocabulary() == words.get_vocabulary()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[UNK]\n\xff"], ids=["all", "a word"])
def test_d07_words_that_are_not_utf_8_are_refused_or_come_back(tmp_path, data):
    _, file = _with_words(tmp_path, ["a", "b"], lambda _: data)
    try:
        made = load_model(file).layers[-1]
    except LoadError:
        return
    again = io.BytesIO()
    lamina.Sequential([lamina.Input((1,), dtype="string"), made]).save(again)
    with zipfile.ZipFile(again) as archive:
        name = next(name for name in archive.namelist() if "vocabulary" in name)
        assert archive.read(name).split(b"\n")[1:] == data.split(b"\n")[1:]


ADDRESSES = ["http://127.0.0.1:{}/m.keras", "https://127.0.0.1:{}/m.keras", "s3://127.0.0.1:{}/m.keras",
             "gs://127.0.0.1:{}/m.keras", "ftp://127.0.0.1:{}/m.keras"]  # fmt: skip


@pytest.fixture
def listener():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


@pytest.mark.parametrize("address", ADDRESSES)
def test_d08_addresses_are_not_opened(listener, address):
    model = lamina.Sequential([layers.Dense(2, input_shape=(3,))])
    name = address.format(listener.getsockname()[1])
    for load in (load_model, lamina.saving.inspect_model):
        with pytest.raises(PolicyError):
            load(name)
    with pytest.raises(PolicyError):
        model.load_weights(name.replace(".keras", ".weights.h5"))
    with pytest.raises(TimeoutError):
        listener.accept()


def test_d08_control_a_connection_is_seen(listener):
    import socket

    with socket.create_connection(listener.getsockname()):
        listener.accept()[0].close()


def test_d08_twin_a_path_of_that_form(tmp_path):
    (tmp_path / "http_127").mkdir()
    path = tmp_path / "http_127" / "m.keras"
    lamina.Sequential([layers.Dense(2, input_shape=(3,))]).save(path)
    assert load_model(str(path)).count_params() == 8


FOREIGN = {
    "SavedModel": "saved_model.pb",
    "TensorFlow's checkpoint": "checkpoint",
    "Orbax": "_CHECKPOINT_METADATA",
    "an Orbax manifest": "manifest.ocdbt",
}


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5", "m.safetensors", "m.npz"])
@pytest.mark.parametrize("kind", FOREIGN)
def test_d10_folders_of_other_programs_are_not_dispatched(tmp_path, kind, name):
    path = tmp_path / name
    path.mkdir()
    (path / FOREIGN[kind]).write_bytes(b"{}")
    model = lamina.Sequential([layers.Dense(2, input_shape=(3,))])
    with pytest.raises(FormatError, match="not a regular file"):
        model.load_weights(path) if name[:3] == "m.w" or name == "m.npz" else load_model(path)


@pytest.mark.parametrize("kind", ["D01 symbolic link", "D05 hard link"])
def test_d05_control_a_link_gives_the_bytes_of_the_canary(index, kind):  # noqa: F811
    shard = test_directories.first_shard(index)
    canary = index.parent.parent / f"canary{shard.suffix}"
    shard.unlink()
    (shard.symlink_to if "symbolic" in kind else shard.hardlink_to)(canary)
    assert shard.samefile(canary)


def test_d02_d03_control_the_index_lists_so_many(index):  # noqa: F811
    index.write_text(json.dumps({"weight_map": test_directories.long_listing(index, 11_000)}))
    assert len(set(json.loads(index.read_text())["weight_map"].values())) == 11_000


def test_d09_control_an_open_by_name_gets_what_is_there_by_then(tmp_path):
    (tmp_path / "a").write_bytes(b"checked")
    checked = (tmp_path / "a").stat()
    (tmp_path / "b").write_bytes(b"other")
    (tmp_path / "b").replace(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"other" and (tmp_path / "a").stat() != checked


def test_d11_control_other_readers_go_by_the_content(tmp_path):
    np.savez(tmp_path / "m.safetensors.npz", x=np.ones(2))
    (tmp_path / "m.safetensors.npz").rename(tmp_path / "m.safetensors")
    assert np.load(tmp_path / "m.safetensors")["x"].tolist() == [1, 1]


@pytest.mark.parametrize("name", test_files_that_are_none.READERS)
def test_d12_twin_a_regular_file(tmp_path, name):
    model = lamina.Sequential([layers.Dense(2, input_shape=(3,))])
    (model.save if name == "m.keras" else model.save_weights)(tmp_path / name)
    if name != "m.safetensors":  # `tensor_file` reads those of its own kind, which backups are
        test_files_that_are_none.READERS[name](tmp_path / name)
    else:
        model.load_weights(tmp_path / name)


def test_d12_control_the_device_has_no_end():
    with open("/dev/zero", "rb") as device:  # noqa: PTH123
        assert device.read(2**20) == bytes(2**20)


# Laws of all loads.


def test_a01_control_and_twin_a_load_that_goes_well_changes_all_weights(tmp_path, monkeypatch):
    model = test_all_or_nothing.small_model()
    model.save_weights(tmp_path / "m.weights.h5")
    read = "lamina.saving.stores.hdf5.Dataset.read"
    monkeypatch.setattr(read, lambda tensor: np.full(tensor.shape, 7, tensor.dtype))
    model.load_weights(tmp_path / "m.weights.h5")
    assert all((w == 7).all() for w in model.get_weights())


@pytest.mark.parametrize(
    "act",
    [
        lambda: naming.auto_name("left_behind"),
        lambda: np.random.rand(),
        lambda: lamina.random.uniform((1,)),
        lambda: os.environ.update(LEFT_BEHIND="1"),
        lambda: lamina.config.set_epsilon(lamina.config.epsilon() * 2),
    ],
    ids=["a name", "NumPy's draws", "lamina's draws", "environment", "a setting"],
)
def test_a02_control_what_is_left_behind_is_seen(act, monkeypatch):
    monkeypatch.setenv("LEFT_BEHIND", "")
    epsilon, before = lamina.config.epsilon(), test_model_files.process_state()
    act()
    after = test_model_files.process_state()
    lamina.config.set_epsilon(epsilon)
    assert {name for name in before if before[name] != after[name]}


def test_a07_control_a_pickle_runs_what_it_says(tmp_path):
    stream = pickle.dumps(test_model_files.PickleStream(os.mkdir, (str(tmp_path / "sentinel"),)))
    pickle.loads(stream)
    assert (tmp_path / "sentinel").exists()


LONG = 50 * 2**20


@pytest.mark.parametrize("key", ["units", "name", "activation", "kernel_initializer"])
def test_a08_a_long_value_is_not_shown_whole(key):
    with pytest.raises((FormatError, PolicyError)) as caught:
        layers.deserialize({**dense(), "config": {"name": "layer", "units": 2, key: "x" * LONG}})
    assert len(str(caught.value)) < 4096


def _units(value):
    return {**dense(), "config": {"name": "layer", "units": value}}


def test_a08_a_long_value_in_a_file(tmp_path):
    prepare()
    with pytest.raises(LimitError) as caught:
        ENTRY_POINTS["load_model(.keras)"](_units("x" * LONG), tmp_path)
    assert len(str(caught.value)) < 4096


def test_a08_control_the_value_would_be_that_long():
    assert len(repr("x" * LONG)) > LONG


def test_a08_twin_a_short_value_is_shown():
    with pytest.raises(LoadError, match="'three'"):
        layers.deserialize(_units("three"))
    assert layers.deserialize(_units(3)).units == 3
