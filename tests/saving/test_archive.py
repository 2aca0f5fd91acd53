"""Archives: what `zipfile` and Keras write is read, and they read what is written here."""

from __future__ import annotations

import io
import random
import zipfile
import zlib

import h5py
import numpy as np
import pytest

from lamina.core.file_errors import FormatError, LimitError
from lamina.core.load_policy import Budget, Limits
from lamina.saving.archive import ArchiveReader, ArchiveWriter, checksums, in_arrays, in_model

CONTENT = {
    "metadata.json": b'{"keras_version": "3.15.1"}',
    "config.json": b'{"class_name": "Sequential"}' * 30,
    "model.weights.h5": bytes(range(256)) * 40,
    "assets/layers/words/vocabulary.txt": b"",
}


def reader(file, allows=in_model, **limits):
    return ArchiveReader(file, Budget(Limits(**limits), len(file.getvalue())), allows)


class Pipe(io.RawIOBase):
    """Where one can write, but not go back: `zipfile` then writes sizes after the bytes."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("wide", [False, True], ids=["", "zip64 headers"])
@pytest.mark.parametrize("piped", [False, True], ids=["", "piped"])
@pytest.mark.parametrize("limit", [zipfile.ZIP64_LIMIT, 100], ids=["", "large"])
def test_whatever_zipfile_writes_is_read(method, wide, piped, limit, monkeypatch):
    """A lower limit makes `zipfile` write everything as it does for more than 2 GiB."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    file = io.BytesIO()
    with zipfile.ZipFile(Pipe(file) if piped else file, "w", method) as archive:
        for name, content in CONTENT.items():
            with archive.open(name, "w", force_zip64=wide or limit == 100) as member:
                member.write(content)
    found = reader(file)
    assert {name: found.read(name) for name in found.members} == CONTENT


def test_folders_are_left_out():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.mkdir("assets")
        archive.mkdir("assets/words")
        archive.writestr("assets/words/a.txt", "a")
    assert list(reader(file).members) == ["assets/words/a.txt"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(save):
    file, arrays = io.BytesIO(), {"a": np.arange(3), "dense/kernel:0": np.ones((2, 2)), "ä": np.e}
    save(file, **arrays)
    found = reader(file, in_arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(np.load(found.open(f"{name}.npy")), array)


def test_a_stored_member_is_a_view_that_can_be_read_from_anywhere():
    file = io.BytesIO()
    with ArchiveWriter(file) as archive:
        archive.write("config.json", b"0123456789")
        archive.write("metadata.json", b"abc")
    view = reader(file).open("config.json")
    view.seek(-3, io.SEEK_END)
    assert view.read() == b"789" and view.read(1) == b""
    view.seek(2)
    into = bytearray(20)
    assert view.readinto(into) == 8 and into[:8] == b"23456789"
    view.seek(30)
    assert view.read(5) == b""
    with pytest.raises((OSError, ValueError)):
        view.seek(-1)


def test_hdf5_is_written_and_read_in_place(tmp_path):
    values = np.arange(10**5, dtype="float32")
    with (tmp_path / "m.keras").open("w+b") as file:
        with ArchiveWriter(file) as archive:
            archive.write("config.json", b"{}")
            with archive.member("model.weights.h5") as member, h5py.File(member, "w") as weights:
                weights["layers/dense/vars/0"] = values
                weights["late"] = np.ones(3)
            archive.write("assets/a.txt", b"after it")
        budget = Budget()
        found = ArchiveReader(file, budget, in_model)
        with h5py.File(found.open("model.weights.h5"), "r") as weights:
            np.testing.assert_array_equal(weights["layers/dense/vars/0"], values)
        assert found.read("assets/a.txt") == b"after it"
        assert "bytes" not in budget.taken  # nothing was copied
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.testzip() is None
        with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as weights:
            np.testing.assert_array_equal(weights["late"], np.ones(3))


def test_zipfile_reads_what_is_written():
    file = io.BytesIO()
    with ArchiveWriter(file) as archive:
        for name, content in CONTENT.items():
            archive.write(name, content)
    with zipfile.ZipFile(file) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENT
    found = reader(file)
    assert {name: found.read(name) for name in found.members} == CONTENT


def test_equal_contents_give_equal_bytes():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        with ArchiveWriter(file) as archive:
            archive.write("config.json", b"{}")
    assert files[0].getvalue() == files[1].getvalue()


def test_a_writer_that_fails_leaves_no_archive():
    file = io.BytesIO()
    with pytest.raises(RuntimeError), ArchiveWriter(file) as archive:
        archive.write("config.json", b"{}")
        raise RuntimeError
    with pytest.raises(FormatError, match="does not end as a zip archive"):
        reader(file)


@pytest.mark.parametrize("names", [["a", "a"], ["a", "A"], ["a", "a/b"], ["ä", "a\u0308"]], ids=str)
def test_a_writer_takes_no_names_that_collide(names):
    with pytest.raises(FormatError, match=r"share a name|within another"):  # noqa: SIM117
        with ArchiveWriter(io.BytesIO()) as archive:
            for name in names:
                archive.write(name, b"")


@pytest.mark.parametrize("fails_at", range(12))
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left"), KeyboardInterrupt(), MemoryError()]
)
def test_the_error_of_a_write_comes_through_hdf5(fails_at, error):
    """HDF5 closes what it has open all the same: the writes of that are not asked for again."""

    class Full(io.BytesIO):
        writes = 0

        def write(self, data):
            self.writes += 1
            if self.writes > fails_at:
                raise error
            return super().write(data)

    with pytest.raises(type(error)) as caught, ArchiveWriter(Full()) as archive:  # noqa: SIM117
        with archive.member("model.weights.h5") as member, h5py.File(member, "w") as weights:
            weights["a"] = np.ones(1000)
            weights.create_group("b").attrs["name"] = "b"
    assert caught.value is error


@pytest.mark.slow
@pytest.mark.parametrize("size", [2**31, 2**32 - 1, 2**32 + 1])
def test_more_than_four_gigabytes(tmp_path, size):
    """Most of it is a hole of the file."""
    with (tmp_path / "m.keras").open("w+b") as file:
        with ArchiveWriter(file) as archive:
            with archive.member("model.weights.h5") as member:
                member.truncate(size)
                member.seek(-1, io.SEEK_END)
                member.write(b"x")
            archive.write("config.json", b"{}")
        found = ArchiveReader(file, Budget(), in_model)
        weights = found.open("model.weights.h5")
        assert weights.seek(-1, io.SEEK_END) == size - 1 and weights.read() == b"x"
        assert found.read("config.json") == b"{}"
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.getinfo("model.weights.h5").file_size == size
        assert archive.read("config.json") == b"{}"


def test_compressed_members_are_charged_before_they_are_made():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(10**6))
    with pytest.raises(LimitError, match="1,000,000 bytes when it is decompressed"):
        reader(file, config_bytes=1000).open("model.weights.h5")
    budget = Budget()
    assert ArchiveReader(file, budget, in_model).open("model.weights.h5").read() == bytes(10**6)
    assert budget.taken["inflated_bytes"] == 10**6


def test_checksums_are_those_of_zlib():
    file = io.BytesIO()
    with ArchiveWriter(file) as archive:
        archive.write("config.json", b"x" * 3 * 2**20)
    assert reader(file).members["config.json"].crc == zlib.crc32(b"x" * 3 * 2**20)


@pytest.mark.parametrize("first", [b"", b"a", bytes(1000)])
@pytest.mark.parametrize("second", [b"", b"b", bytes(range(256)) * 9])
def test_checksums_of_pieces_are_combined(first, second):
    assert checksums.combined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(
        first + second
    )


@pytest.mark.parametrize("seed", range(20))
def test_the_checksum_of_a_file_that_is_written_in_any_order(seed, monkeypatch):
    """Whatever is written where, once or twice, cut off or left as a hole."""
    monkeypatch.setattr(checksums, "_LARGE", 40)
    draw, file = random.Random(seed), io.BytesIO(b"head")
    window = checksums.SummedWindow(file, 4, "")
    for _ in range(30):
        window.seek(draw.randrange(400))
        window.write(draw.randbytes(draw.choice([1, 10, 39, 40, 100])))
        if not draw.randrange(8):
            window.truncate(draw.randrange(500))
    content = file.getvalue()[4:]
    assert len(content) == window.size
    assert window.checksum() == zlib.crc32(content)
