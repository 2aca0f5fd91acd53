"""Files of arrays and plain data: what goes in comes out, and every damage is noticed."""

from __future__ import annotations

import json
import math
import os

import ml_dtypes
import numpy as np
import pytest

from lamina.core import plain, tensor_file
from lamina.core.file_errors import FormatError, LimitError

ARRAYS = {
    "scalar": np.array(3.5, "float32"),
    "empty": np.ones((3, 0)),
    "half": np.ones((2, 3), ml_dtypes.bfloat16),
    "truth": np.array([True, False]),
    "big endian": np.arange(3, dtype=">i4"),
    "strided": np.arange(6, dtype="uint8")[::2],
}


@pytest.fixture
def path(tmp_path):
    tensor_file.write(tmp_path / "a.safetensors", {"epoch": 3, "name": 'é"crc32": "'}, ARRAYS)
    return tmp_path / "a.safetensors"


def test_what_goes_in_comes_out(path):
    value, arrays = tensor_file.read(path)
    assert value == {"epoch": 3, "name": 'é"crc32": "'}
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (
            arrays[name].dtype == array.dtype.newbyteorder("=")
            and arrays[name].shape == array.shape
        )
        np.testing.assert_array_equal(arrays[name], array)


def test_a_change_of_any_byte_is_noticed(path):
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(FormatError, match=path.name):
            tensor_file.read(path)


def test_a_file_cut_off_anywhere_is_noticed(path):
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        with pytest.raises(FormatError):
            tensor_file.read(path)


def _file(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


META = {"lamina": "{}", "crc32": "0" * 8}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ([], "does not begin as"),
        ({}, "not written by lamina"),
        ({"__metadata__": META}, "checksum of its header"),
        ({"__metadata__": META, "x": 1}, "not described"),
        ({"__metadata__": META, "x": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 0]}}, "shape"),
        ({"__metadata__": META, "x": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}, "dtype"),
        (
            {"__metadata__": META, "x": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}},
            "not where",
        ),
        (
            {"__metadata__": META, "x": {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}},
            "not where",
        ),
        (b'{"a": ' + b"[" * 100_000, "nesting"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": ' + b"9" * 5000 + b"}", "one number"),
        (b'{"a": 1e999}', "too large"),
        (b"{\xff", "not JSON"),
        (b"\xff", "does not begin as"),
    ],
)  # fmt: skip
def test_a_hostile_header_is_refused(tmp_path, header, message):
    _file(tmp_path / "a", header)
    with pytest.raises((FormatError, LimitError), match=message):
        tensor_file.read(tmp_path / "a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_wait(tmp_path):
    os.mkfifo(tmp_path / "a")
    with pytest.raises(FormatError, match="regular file"):
        tensor_file.read(tmp_path / "a")


def test_other_dtypes_are_refused_before_writing(tmp_path):
    with pytest.raises(TypeError, match="complex"):
        tensor_file.write(tmp_path / "a", {}, {"x": np.ones(2, "complex128")})
    assert list(tmp_path.iterdir()) == []


def test_plain_values_come_back_exactly():
    arrays = []
    value = {"a": [0.1, math.inf, -0.0, None, True, 2**70], "b": b"\0\xff", "c": {"d": (1, "é")}}
    text = json.dumps(plain.to_json(value, arrays)).encode()
    again = plain.from_json(plain.read_json(text), arrays)
    assert again == {**value, "c": {"d": [1, "é"]}} and math.copysign(1, again["a"][2]) == -1


@pytest.mark.parametrize("value", [{1: 2}, {"$": 1}, object(), {"a": [set()]}])
def test_what_is_not_plain_is_named(value):
    with pytest.raises(TypeError, match="state"):
        plain.to_json(value, [], "state")


@pytest.mark.parametrize(
    "value", [{"$": ["array", 9]}, {"$": ["bytes", "*"]}, {"$": ["float", "1"]}, {"$": 1}]
)
def test_marks_that_stand_for_nothing_are_refused(value):
    with pytest.raises(FormatError, match="stands for nothing"):
        plain.from_json(value, [])
