"""D09, D12: what is named as a file is a pipe, a device, a hole, or another file by the time it is opened."""

from __future__ import annotations

import io
import os
import socket
import tracemalloc

import pytest

import lamina
from lamina.core import tensor_file
from lamina.core.file_errors import FormatError, LimitError
from lamina.core.load_policy import Budget
from lamina.core.regular_file import bytes_on_disk, open_regular
from lamina.saving.archive import ArchiveReader, ArchiveWriter, in_model

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")


def _model():
    return lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])


READERS = {
    "m.keras": lamina.saving.load_model,
    "m.weights.h5": lambda path: _model().load_weights(path),
    "m.safetensors": tensor_file.read,
}


def _socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


KINDS = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "folder": lambda path: path.mkdir(),
    "socket": _socket,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", KINDS)
def test_d12_what_is_not_a_file(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    path = tmp_path / name
    KINDS[kind](path.relative_to(tmp_path))
    with pytest.raises(FormatError, match="is not a regular file"):
        READERS[name](path)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "begin", [b"", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"\x08" + bytes(7) + b'{"a": 1}']
)
def test_d12_a_hole_of_a_tebibyte(tmp_path, name, begin):
    path = tmp_path / name
    path.write_bytes(begin)
    os.truncate(path, 2**40)
    tracemalloc.start()
    try:
        with pytest.raises((FormatError, LimitError)):
            READERS[name](path)
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()


def test_holes_do_not_count_as_bytes(tmp_path):
    path = tmp_path / "holes"
    with path.open("wb") as file:
        for place in (0, 2**30, 2**35):
            file.seek(place)
            file.write(bytes(range(256)) * 256)
    with open_regular(path) as file:
        file.read(10)
        assert 3 * 2**16 <= bytes_on_disk(file) < 2**20
        assert file.tell() == 10
        assert file.read(3) == b"\x0a\x0b\x0c"
    assert bytes_on_disk(io.BytesIO(bytes(100))) == 100


@pytest.mark.parametrize("name", READERS)
def test_d09_a_file_that_is_swapped_before_it_is_opened(tmp_path, monkeypatch, name):
    """What is checked is what was opened: nothing waits for the pipe that took the file's place."""
    path = tmp_path / name
    path.write_bytes(b"")
    original = os.open

    def swap(target, *args, **kwargs):
        if os.fspath(target) == str(path):
            path.unlink()
            os.mkfifo(path)
        return original(target, *args, **kwargs)

    monkeypatch.setattr(os, "open", swap)
    with pytest.raises(FormatError, match="is not a regular file"):
        READERS[name](path)


def test_d09_a_link_to_a_file_is_followed_once(tmp_path):
    _model().save(tmp_path / "real.keras")
    (tmp_path / "m.keras").symlink_to("real.keras")
    lamina.saving.load_model(tmp_path / "m.keras")


@pytest.mark.parametrize("size", [0, 60, 100])
def test_d09_an_archive_that_shrinks_while_it_is_read(tmp_path, size):
    path = tmp_path / "m.keras"
    with path.open("w+b") as file, ArchiveWriter(file) as archive:
        archive.write("config.json", bytes(range(256)))
    with open_regular(path) as file:
        found = ArchiveReader(file, Budget(), in_model)
        os.truncate(path, size)
        file.seek(10**6)  # what is buffered is read anew
        file.read(1)
        with pytest.raises(FormatError, match="checksum is wrong"):
            found.read("config.json")


def test_d09_an_archive_that_grows_while_it_is_read(tmp_path):
    path = tmp_path / "m.keras"
    with path.open("w+b") as file, ArchiveWriter(file) as archive:
        archive.write("config.json", b"{}")
    with open_regular(path) as file:
        found = ArchiveReader(file, Budget(), in_model)
        with path.open("ab") as other:
            other.write(bytes(1000))
        assert found.read("config.json") == b"{}"
