"""H05-H26: HDF5 files whose structure is made to do harm. What single objects can do is in `test_weights_files.py`."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys

import h5py
import numpy as np
import pytest

import lamina
from lamina.core.load_policy import Budget, Limits
from lamina.saving import FormatError, LimitError, LoadError, PolicyError
from lamina.saving.weights import read_weights


def _model(dtype="float32"):
    return lamina.Sequential(
        [
            lamina.layers.Dense(3, input_shape=(4,), dtype=dtype, name="d"),
            lamina.layers.Dense(2, name="e"),
        ]
    )


@pytest.fixture
def path(tmp_path):
    _model().save_weights(tmp_path / "m.weights.h5")
    return tmp_path / "m.weights.h5"


def _refuses(path, match, error=FormatError, model=None):
    model = model or _model()
    before = model.get_weights()
    with pytest.raises(error, match=match) as caught:
        model.load_weights(path, skip_mismatch=error is FormatError)
    assert path.name in str(caught.value) and len(str(caught.value)) < 4096
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_h02_links_of_a_users_own_kind(path):
    """A soft link whose kind is changed to one that only a program could follow."""
    with h5py.File(path, "r+") as file:
        file["odd"] = h5py.SoftLink("/layers")
    whole = path.read_bytes()
    _refuses(path, "link to another place")
    assert whole == path.read_bytes()


def test_h05_virtual_datasets_of_as_many_files_as_there_are(path):
    without_end = h5py.h5s.create_simple((4, 3), (h5py.h5s.UNLIMITED, 3))
    without_end.select_hyperslab((0, 0), (h5py.h5s.UNLIMITED, 1), (4, 3), (4, 3))
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_virtual(without_end, b"canary%b.h5", b"/x", h5py.h5s.create_simple((4, 3)))
    space = h5py.h5s.create_simple((4, 3), (h5py.h5s.UNLIMITED, 3))
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"]
        h5py.h5d.create(file.id, b"layers/dense/vars/0", h5py.h5t.IEEE_F32LE, space, how)
        assert file["layers/dense/vars/0"].is_virtual  # the control
    _refuses(path, "from another file")


def test_h08_a_graph_with_very_many_paths(path):
    """17 groups, each with two links to the next: 131,072 paths in a small file."""
    with h5py.File(path, "r+") as file:
        inner = file.create_group("layers/start")
        inner["x"] = 1.0
        for level in range(17):
            outer = file.create_group(f"level{level}")
            outer["a"], outer["b"] = inner, inner
            inner = outer
        assert file["level16" + "/a" * 17 + "/x"][()] == 1.0  # the control
    _refuses(path, "more than one place")


def test_h11_a_chunk_of_256_mebibytes(path):
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/1"]
        file.create_dataset(
            "layers/dense/vars/1", (3,), "f4", chunks=(2**26,), maxshape=(None,), compression="gzip"
        )
    _refuses(path, "chunked or compressed")


@pytest.mark.parametrize(
    "how", [{"scaleoffset": 2}, {"compression": "lzf"}, {"compression": 9}], ids=str
)
def test_h15_other_filters(path, how):
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", data=np.zeros((4, 3), "f4"), **how)
    _refuses(path, "chunked or compressed")


_PLUGINS = """
import os, sys, lamina, h5py
path, folder = sys.argv[1:]
def looked_into(act):
    os.utime(folder, (1, 2))
    try:
        act()
    except (OSError, ValueError) as error:
        print(error)
    return os.stat(folder).st_atime > 1
model = lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,)), lamina.layers.Dense(2)])
print("lamina", looked_into(lambda: model.load_weights(path)))
print("h5py", looked_into(lambda: h5py.File(path)["layers/dense/vars/0"][()]))
"""


@pytest.mark.skipif(os.name == "nt", reason="times of access")
def test_h14_plugins_are_not_looked_for(path, tmp_path):
    """HDF5 itself looks into the folder of plug-ins: the live control."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "libsentinel.so").write_bytes(b"")
    values = np.ones((4, 3), "f4")
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"]
        how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        how.set_chunk((4, 3))
        how.set_filter(32100, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple((4, 3))
        data = h5py.h5d.create(file.id, b"layers/dense/vars/0", h5py.h5t.IEEE_F32LE, space, how)
        data.write_direct_chunk((0, 0), values.tobytes(), 0)
    child = subprocess.run(
        [sys.executable, "-c", _PLUGINS, str(path), str(tmp_path / "plugins")],
        env={**os.environ, "HDF5_PLUGIN_PATH": str(tmp_path / "plugins")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "lamina False" in child.stdout, child.stdout + child.stderr[-2000:]
    assert "h5py True" in child.stdout, child.stdout + child.stderr[-2000:]


@pytest.mark.parametrize(
    "value",
    ["bfloat16" + "x" * 60_000, ["bfloat16"] * 2, 16.0, np.bytes_(b"\xff" * 8), h5py.Empty("S8")],
    ids=["long", "several", "a number", "not text", "null"],
)
def test_h16_attributes_that_decide_on_a_dtype(tmp_path, value):
    path, model = tmp_path / "m.weights.h5", _model("bfloat16")
    model.save_weights(path)
    model.load_weights(path)  # the twin
    with h5py.File(path, "r+") as file:
        file["layers/dense/vars/0"].attrs["dtype"] = value
    _refuses(path, "opaque bytes|text|list|attribute", model=model)


def _patch(path, old, new, count=1):
    whole = path.read_bytes()
    assert whole.count(old) >= 1
    path.write_bytes(whole.replace(old, new, count))


def test_h16_text_whose_length_is_not_there(tmp_path):
    """The attribute says that its text is longer than the heap in which it lies."""
    path, model = tmp_path / "m.weights.h5", _model("bfloat16")
    model.save_weights(path)
    length = (8).to_bytes(4, "little")
    at = path.read_bytes().index(b"GCOL").to_bytes(8, "little")
    for wrong in (2**31, 2**32 - 1, 4096, 9):
        whole = path.read_bytes()
        _patch(path, length + at, wrong.to_bytes(4, "little") + at)
        with pytest.raises(LoadError):
            model.load_weights(path)
        path.write_bytes(whole)
    model.load_weights(path)


@pytest.mark.parametrize("name", ["name", "crc32", "other"])
def test_h16_attributes_of_groups_cost_nothing(path, name):
    """They are not read, however many and large they are."""
    with h5py.File(path, "r+") as file:
        for i in range(200):
            file["layers/dense/vars"].attrs[f"{name}{i}"] = np.zeros(7000)
    model = _model()
    model.load_weights(path)


@pytest.mark.parametrize("value", [np.float64(3), np.arange(4, dtype="u4"), "text", np.uint64(7)])
def test_a_checksum_that_is_not_one(path, value):
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"].attrs["crc32"]
        file["layers/dense/vars/0"].attrs["crc32"] = value
    _refuses(path, "checksum")


@pytest.mark.parametrize("size", [512, 2**20])
def test_h17_a_block_of_the_users_before_the_file(tmp_path, size):
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w", userblock_size=size) as file:
        file["layers/dense/vars/0"] = np.ones((4, 3), "f4")
    _refuses(path, "not an HDF5 file")


@pytest.mark.parametrize("libver", ["earliest", "v108", "v110", "latest"])
def test_h17_later_versions_are_refused(path, libver):
    target = path.with_name("n.weights.h5")
    with h5py.File(path) as old, h5py.File(target, "w", libver=libver) as new:
        for name in old:
            old.copy(name, new)
    if libver == "earliest":
        _model().load_weights(target)
    else:
        _refuses(target, "newer kind than Keras writes")


@pytest.mark.parametrize(
    "at", [8, 13, 14, 24, 40, 64], ids=["version", "offsets", "lengths", "base", "end", "root"]
)
@pytest.mark.parametrize("value", [1, 255])
def test_h17_numbers_of_the_superblock(path, at, value):
    model = _model()
    model.load_weights(path)
    good, whole = model.get_weights(), bytearray(path.read_bytes())
    whole[at] ^= value
    path.write_bytes(whole)
    with contextlib.suppress(LoadError):
        model.load_weights(path)
    for a, b in zip(good, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "name",
    [
        b"..\0\0\0\0\0",
        b".\0\0\0\0\0\0",
        b"\0den_se",
        b"a/../b1",
        b"\xff\xfe\xfd\xfc\xfb\xfa\xf9",
        b"\x1b[2J\x1b[H",
    ],
)
def test_h20_names(path, name):
    """The bytes of a name are changed in the file, for h5py would not write such."""
    _patch(path, b"dense_1", name, count=-1)
    model = _model()
    before = model.get_weights()
    with pytest.raises(LoadError) as caught:
        model.load_weights(path)
    assert str(caught.value).isprintable() or "\n" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_h24_addresses_are_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        port = server.getsockname()[1]
        for name in (
            f"http://127.0.0.1:{port}/m.weights.h5",
            f"s3://127.0.0.1:{port}/m.weights.h5",
            f"//127.0.0.1/{port}/m.weights.h5",
            "m%d.weights.h5",
        ):
            with pytest.raises((OSError, PolicyError)):
                _model().load_weights(name)
        with pytest.raises(TimeoutError):
            server.accept()


_STRUCTURE = """
import sys, time, warnings, numpy as np, lamina
from lamina.saving import LoadError
warnings.simplefilter("ignore")
target = sys.argv[1]
model = lamina.Sequential([lamina.layers.Dense(3, input_shape=(4,)), lamina.layers.Dense(2)])
model.load_weights(target)
good, whole = model.get_weights(), open(target, "rb").read()
places = {mark: [at for at in range(len(whole)) if whole[at:at + 4] == mark] for mark in (b"TREE", b"SNOD", b"HEAP")}
assert all(places.values())
def patches():
    for at in places[b"TREE"]:
        own = at.to_bytes(8, "little")
        yield at + 5, b"\\xff"                 # level 255
        yield at + 6, b"\\xff\\xff"            # 65,535 entries
        yield at + 8, own                       # its own left neighbour
        yield at + 16, own                      # its own right neighbour
        yield at + 32, own                      # its own child
    for at in places[b"SNOD"]:
        yield at + 6, b"\\xff\\xff"            # 65,535 symbols
        yield at + 16, places[b"TREE"][0].to_bytes(8, "little")   # an object that is a tree
        yield at + 16, (8).to_bytes(8, "little")
    for at in places[b"HEAP"]:
        yield at + 8, (2 ** 62).to_bytes(8, "little")   # its size
        yield at + 16, (0).to_bytes(8, "little")        # free list
        yield at + 24, at.to_bytes(8, "little")         # where its bytes lie
refused = 0
for at, new in patches():
    spoilt = whole[:at] + new + whole[at + len(new):]
    if spoilt == whole:
        continue
    open(target, "wb").write(spoilt)
    begin = time.monotonic()
    try:
        model.load_weights(target)
    except LoadError:
        refused += 1
    assert time.monotonic() - begin < 5, (at, new)
    for a, b in zip(good, model.get_weights()):
        assert (a == b).all(), (at, new)
print("refused", refused)
"""


def test_h26_trees_and_heaps_that_bite_their_own_tails(path):
    """In a child, since libhdf5 is C: not even it may crash."""
    child = subprocess.run(
        [sys.executable, "-c", _STRUCTURE, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]
    assert int(child.stdout.split("refused")[1]) > 20


def test_limits_hold_within_hdf5(path):
    for limits, match in [
        (Limits(tensors=3), "4 tensors"),
        (Limits(base_bytes=0, max_bytes=70), "72 bytes of memory|bytes of memory"),
    ]:
        with pytest.raises(LimitError, match=match):
            read_weights(_model(), path, budget=Budget(limits))
    read_weights(_model(), path, budget=Budget(Limits(tensors=4)))
