"""D01-D12: sets of files and folders made to do harm.

Names of shards are made by lamina from the index's own; nothing else is opened, whatever an index lists.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

import lamina
from lamina.core.load_policy import Budget, Limits
from lamina.saving import FormatError, LimitError, LoadError
from lamina.saving.weights import read_weights

KINDS = {
    ".weights.json": "_00000.weights.h5",
    ".safetensors.index.json": "-00001-of-00002.safetensors",
}
SMALL = 40 / 2**30


def _model():
    return lamina.Sequential([lamina.layers.Dense(3, input_shape=(3,)), lamina.layers.Dense(1)])


@pytest.fixture(params=KINDS)
def index(request, tmp_path):
    """A good set of two files in a folder; a canary, which is a good shard, lies beside the folder and in it."""
    (tmp_path / "set").mkdir()
    path = tmp_path / "set" / f"m{request.param}"
    _model().save_weights(path, max_shard_size=SMALL)
    assert len(list(path.parent.iterdir())) == 3
    for folder in (tmp_path, tmp_path / "set"):
        shutil.copy(first_shard(path), folder / f"canary{first_shard(path).suffix}")
    return path


def first_shard(index) -> Path:
    name = next(ending for ending in KINDS if index.name.endswith(ending))
    return index.with_name(f"m{KINDS[name]}")


def _refuses(index, match, error=FormatError, limits=None):
    model, before = _model(), sorted(p.name for p in index.parent.parent.rglob("*"))
    weights = model.get_weights()
    with pytest.raises(error, match=match) as caught:
        model.load_weights(index, skip_mismatch=True, limits=limits)
    assert index.name in str(caught.value) and len(str(caught.value)) < 4096
    for a, b in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert sorted(p.name for p in index.parent.parent.rglob("*")) == before


def _rename_in_index(index, name):
    """Let the index name another file for the first shard."""
    text, old = index.read_text(), json.dumps(first_shard(index).name)
    assert old in text
    index.write_text(text.replace(old, json.dumps(name)))


def test_the_twin_loads(index):
    _model().load_weights(index)


_NAMES = {
    "D01 the folder above": "../canary",
    "D01 an absolute name": "{folder}/canary",
    "D01 a backslash": "..\\canary",
    "D01 a neighbour": "canary",
    "D01 a folder": ".",
    "a name with NUL": "canary\0",
    "an address": "http://127.0.0.1:9/canary",
}


@pytest.mark.parametrize("name", _NAMES.values(), ids=_NAMES)
def test_d01_only_names_of_the_set_are_opened(index, name, monkeypatch):
    suffix = first_shard(index).suffix
    name = name.replace("canary", f"canary{suffix}").format(folder=index.parent.parent)
    _rename_in_index(index, name)
    opened, original = [], os.open
    monkeypatch.setattr(
        os, "open", lambda path, *a, **k: opened.append(str(path)) or original(path, *a, **k)
    )
    _refuses(index, "must be called 'm")
    assert not any("canary" in path for path in opened)
    assert (index.parent / f"canary{suffix}").exists()


def test_d01_the_live_control_a_reader_that_joins_names_opens_the_canary(index):
    name = f"../canary{first_shard(index).suffix}"
    _rename_in_index(index, name)
    assert (index.parent / name).read_bytes() == first_shard(index).read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda path, canary: path.symlink_to(canary), "a link to another place"),
        (lambda path, canary: path.hardlink_to(canary), "a link to another place"),
        (lambda path, canary: path.mkdir(), "not a regular file"),
        (lambda path, canary: os.mkfifo(path), "not a regular file"),
        (lambda path, canary: None, "is not next to it"),
    ],
    ids=["D01 symbolic link", "D05 hard link", "D01 folder", "D01 pipe", "nothing"],
)
def test_d01_shards_are_files_of_their_own(index, make, match):
    shard = first_shard(index)
    canary = index.parent.parent / f"canary{shard.suffix}"
    shard.unlink()
    make(shard, canary)
    _refuses(index, match)


def test_a_link_that_the_user_names_is_followed(index, tmp_path):
    if os.name == "nt":
        return
    (tmp_path / "link").symlink_to(index.parent, target_is_directory=True)
    _model().load_weights(tmp_path / "link" / index.name)


def long_listing(index, count):
    ending = next(ending for ending in KINDS if index.name.endswith(ending))
    return {
        f"x{i}": f"m_{i:05}.weights.h5" if ending == ".weights.json" else f"m-{i + 1:05}-of-{count:05}.safetensors"
        for i in range(count)
    }  # fmt: skip


def test_d02_very_many_shards(index):
    index.write_text(json.dumps({"weight_map": long_listing(index, 11_000)}))
    _refuses(index, "11,000 members; the limit is 10,000", LimitError)


def test_d02_very_many_weights(index):
    whole = json.loads(index.read_text())
    name = next(iter(whole["weight_map"].values()))
    whole["weight_map"].update({f"x{i}": name for i in range(10**5)})
    index.write_text(json.dumps(whole))
    _refuses(index, "bytes of metadata; the limit", LimitError)


def test_d03_a_shard_that_is_listed_often_is_opened_once(index, monkeypatch):
    whole = json.loads(index.read_text())
    name = next(iter(whole["weight_map"].values()))
    whole["weight_map"].update({f"x{i}": name for i in range(5000)})
    index.write_text(json.dumps(whole))
    opened, original = [], os.open
    monkeypatch.setattr(
        os, "open", lambda path, *a, **k: opened.append(str(path)) or original(path, *a, **k)
    )
    _model().load_weights(index)
    assert opened.count(str(first_shard(index))) == 1


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("[]", "does not begin as one"),
        ("{}", "no table `weight_map`"),
        ('{"weight_map": []}', "no table `weight_map`"),
        ('{"weight_map": {"a": 1}}', "which is not a file"),
        ('{"weight_map": {"a": [["b"]]}}', "which is not a file"),
        ('{"weight_map": {"a": null}}', "which is not a file"),
        ('{"weight_map": {}, "weight_map": {}}', "twice"),
        ("{", "not JSON"),
        ("\x89HDF\r\n\x1a\n", "does not begin as one"),
    ],
)
def test_indices_that_are_none(index, content, match):
    index.write_text(content)
    _refuses(index, match)


def test_an_index_that_is_nested_too_deeply(index):
    index.write_text('{"a":' * 10_000)
    _refuses(index, "129 levels of nesting", LimitError)


def test_metadata_of_an_index_that_is_none(index):
    whole = json.loads(index.read_text())
    for metadata in ([], {"set": ["x"]}, {"set": 1}, {"set": "0" * 16}):
        index.write_text(json.dumps({**whole, "metadata": metadata}))
        _refuses(index, "written by different runs")


def test_a_hole_in_the_numbers(index):
    whole = json.loads(index.read_text())
    index.write_text(
        json.dumps(whole)
        .replace("_00001.", "_00002.")
        .replace("-00002-of-00002", "-00003-of-00002")
    )
    _refuses(index, "must be called 'm")


def test_a_tensor_in_two_shards(index):
    """The second shard is a copy of the first: the set says so, or the arrays are there twice."""
    shard = first_shard(index)
    second = next(
        path for path in index.parent.iterdir() if path.name[:2] in ("m_", "m-") and path != shard
    )
    shutil.copy(shard, second)
    with pytest.raises(LoadError, match=r"1 in the file|is in 2 of the files"):
        _model().load_weights(index)


def test_one_budget_for_all_shards(index):
    model = _model()
    with pytest.raises(LimitError, match="bytes of memory"):
        read_weights(model, index, True, Budget(Limits(base_bytes=0, max_bytes=60)), _ending(index))
    with pytest.raises(LimitError, match=r"\d tensors; the limit is 2"):
        read_weights(model, index, True, Budget(Limits(tensors=2)), _ending(index))


def _ending(index):
    return next(ending for ending in KINDS if index.name.endswith(ending))


def test_an_index_as_a_file_object_opens_nothing(index):
    with index.open("rb") as file, pytest.raises(FormatError, match="a file object has none"):
        read_weights(_model(), file, ending=_ending(index))


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_d09_a_shard_swapped_for_a_link_while_it_is_opened(index, monkeypatch):
    """What is checked is what was opened: there is no moment between."""
    shard, canary = first_shard(index), index.parent.parent / f"canary{first_shard(index).suffix}"
    original = os.open

    def swapping(path, *args, **kwargs):
        if str(path) == str(shard) and not shard.is_symlink():
            shard.unlink()
            shard.symlink_to(canary)
        return original(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", swapping)
    with pytest.raises(FormatError, match="a link to another place"):
        _model().load_weights(index)


def test_d10_a_folder_that_looks_like_orbax_is_not_opened_by_itself(tmp_path):
    for name in ("checkpoint", "model.weights.h5"):
        (tmp_path / name / "0").mkdir(parents=True)
        (tmp_path / name / "orbax.checkpoint").write_text("{}")
    with pytest.raises(ValueError, match="must end with"):
        _model().load_weights(tmp_path / "checkpoint")
    with pytest.raises(FormatError, match="not a regular file"):
        _model().load_weights(tmp_path / "model.weights.h5")


def test_h5_attributes_of_a_set_are_read_with_care(tmp_path):
    index = tmp_path / "m.weights.json"
    _model().save_weights(index, max_shard_size=SMALL)
    for value in ("x" * 17, np.arange(4), np.bytes_("y" * 17), 3.5, h5py.Empty("S16"), ["x" * 16]):
        with h5py.File(tmp_path / "m_00000.weights.h5", "r+") as file:
            del file.attrs["set"]
            file.attrs["set"] = value
        with pytest.raises(FormatError, match=r"set|does not hold text"):
            _model().load_weights(index)
