"""Pickles: numbers come out, nothing runs."""

import datetime
import io
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from lamina.datasets import pickled

ARRAYS = [
    np.arange(6, dtype="uint8").reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(3, dtype=">i4"),
    np.zeros((0, 4), "float32"),
]


def read(content: bytes):
    return pickled.read(io.BytesIO(content), "the file")


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("array", ARRAYS)
def test_arrays_come_out_as_they_went_in(array, protocol):
    found = read(pickle.dumps({"a": [array, (1, 2.5, b"x", "y", None, True)]}, protocol))
    np.testing.assert_array_equal(found["a"][0], array)
    assert found["a"][0].dtype == array.dtype and found["a"][1] == (1, 2.5, b"x", "y", None, True)


class Runs:
    """Calls what it is told to when it is unpickled."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class Subclass(np.ndarray):
    pass


HOSTILE = [
    Runs(os.system, "touch sentinel"),
    Runs(eval, "open('sentinel', 'w')"),
    Runs(subprocess.Popen, ["touch", "sentinel"]),
    Runs(getattr, 1, "real"),
    Runs(np.load, "sentinel"),
    Runs(bytearray, 10),
    [np.arange(3), Runs(exec, "open('sentinel', 'w')")],
    {"x": (Runs(__import__, "antigravity"),)},
    np.arange(3).view(Subclass),
    np.array([Runs(os.mkdir, "sentinel")], object),
    np.array([{1, 2}], object),
    datetime.date(2000, 1, 1),
    np.array(["text"]),
    np.zeros(2, [("a", "i4")]),
    1j,
    print,
]


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("value", HOSTILE, ids=[str(i) for i in range(len(HOSTILE))])
def test_everything_else_is_refused_and_nothing_runs(tmp_path, monkeypatch, value, protocol):
    content = pickle.dumps(value, protocol)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="the file is refused"):
        read(content)
    assert list(tmp_path.iterdir()) == []


RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
HAND_MADE = {
    "an array without state": RECONSTRUCT + b"(tR.",
    "a state of the wrong size": RECONSTRUCT + b"(tR(K\1tb.",
    "bytes that do not fill the shape": RECONSTRUCT
    + b"(tR(K\1(J\xff\xff\xff\x7ftcnumpy\ndtype\n(U\2u1tR\x89U\1xtb.",
    "a negative size": RECONSTRUCT + b"(tR(K\1(J\xff\xff\xff\xfftcnumpy\ndtype\n(U\2u1tR\x89U\0tb.",
    "a stand-in itself": b"cnumpy\ndtype\n.",
    "a dtype alone": b"cnumpy\ndtype\n(U\2u1tR.",
    "state for a function": b"c_codecs\nencode\n}U\4nameU\1xsb.",
    "slots for a function": b"c_codecs\nencode\nN}U\t_functionK\1s\x86b.",
    "a new instance of a function": b"c_codecs\nencode\n)\x81.",
    "another encoding": b"c_codecs\nencode\n(X\1\0\0\0aX\3\0\0\0hextR.",
    "an extension code": b"\x82\1.",
    "a persistent object": b"P1\n.",
    "truncation": b"](K\1",
    "an empty file": b"",
    "a dict key that is an array": b"}" + RECONSTRUCT + b"(tRK\1s.",
}


@pytest.mark.parametrize("content", HAND_MADE.values(), ids=HAND_MADE.keys())
def test_hand_made_pickles_are_refused(content):
    before = {key: dict(pickled._STAND_INS)[key] for key in pickled._STAND_INS}
    with pytest.raises(ValueError, match="refused"):
        read(b"\x80\x02" + content)
    assert before == pickled._STAND_INS
    assert read(pickle.dumps(np.arange(3), 2)).tolist() == [0, 1, 2]


def test_lists_that_repeat_and_contain_each_other_end():
    level = [np.arange(2)]
    for _ in range(7):
        level = [level] * 1000
    assert len(read(pickle.dumps(level))) == 1000
    itself: list = [1]
    itself.append(itself)
    assert read(pickle.dumps(itself))[0] == 1
    with pytest.raises(ValueError, match="nested too deeply"):
        read(pickle.dumps([[[[[[[[[[[np.arange(2)]]]]]]]]]]]))


@pytest.mark.parametrize("rows", [[[1], ["text"]], [[1.5]], [[True]], [1, 2], [[[1]]], [(1,)]])
def test_object_arrays_hold_lists_of_integers_only(tmp_path, rows):
    array = np.empty(len(rows), object)
    array[:] = rows
    np.savez(tmp_path / "a.npz", x=array)
    with pytest.raises(ValueError, match="other objects"):
        pickled.read_npz(str(tmp_path / "a.npz"), ["x"])


def test_an_npz_with_a_hostile_object_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", x=np.array([Runs(os.mkdir, "sentinel")], object))
    with pytest.raises(ValueError, match="mkdir"):
        pickled.read_npz("a.npz", ["x"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_an_npz_without_the_array_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", y=np.arange(3))
    with pytest.raises(ValueError, match=r"x\.npy"):
        pickled.read_npz(str(tmp_path / "a.npz"), ["x"])


def test_reading_looks_nothing_up(tmp_path):
    """An audit hook cannot be taken back, so this runs in a process of its own."""
    (tmp_path / "a.pickle").write_bytes(pickle.dumps([np.arange(3), Runs(os.system, "true")], 2))
    program = (
        "import sys, pickle, numpy\n"
        "from lamina.datasets import pickled\n"
        "bad = []\n"
        "watched = {'pickle.find_class', 'os.system', 'import', 'exec', 'compile'}\n"
        "sys.addaudithook(lambda event, args: bad.append(event) if event in watched else None)\n"
        "file = open(sys.argv[1], 'rb')\n"
        "try: pickled.read(file, 'it')\n"
        "except ValueError: pass\n"
        "else: bad.append('was read')\n"
        "print(sorted(set(bad)))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a.pickle")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
