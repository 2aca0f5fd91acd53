"""Archives: honest ones come out whole, hostile ones not at all."""

import bz2
import gzip
import io
import lzma
import shutil
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from lamina.utils import archives
from lamina.utils.get_file import get_file

FILES = {"top/a.txt": b"first", "top/deep/b.bin": bytes(3_000_000), "top/empty": b""}


def tar(members: dict[str, bytes | tarfile.TarInfo], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as bundle:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                bundle.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o7777
            bundle.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, mode: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as bundle:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, method
            bundle.writestr(info, content)
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def unpack(tmp_path: Path, content: bytes, formats="auto") -> Path:
    archive = tmp_path / "given"
    archive.write_bytes(content)
    archives.extract(archive, tmp_path / "out", formats)
    return tmp_path / "out"


def refuse(tmp_path: Path, content: bytes, match: str, formats="auto") -> None:
    """The archive is refused, and nothing at all is left of it."""
    with pytest.raises(ValueError, match=match):
        unpack(tmp_path, content, formats)
    assert [path.name for path in tmp_path.iterdir()] == ["given"]


@pytest.mark.parametrize(
    "content",
    [
        *(tar(FILES, f"w:{kind}") for kind in ("", "gz", "bz2", "xz")),
        zip_of(FILES),
        zip_of(FILES, 0),
    ],
    ids=["tar", "tar.gz", "tar.bz2", "tar.xz", "zip", "stored"],
)
def test_honest_archives_come_out_whole_with_plain_modes(tmp_path, content):
    out = unpack(tmp_path, content)
    assert {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()} == FILES
    modes = {
        stat.S_IMODE(path.stat().st_mode) & 0o7133 for path in out.rglob("*") if path.is_file()
    }
    assert modes == {0}


HOSTILE_NAMES = [
    "../up",
    "top/../../up",
    "/absolute",
    "//double",
    "C:drive",
    "back\\slash",
    "a//b",
    "a\x1bb",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_member_leaves_the_folder(tmp_path, name):
    refuse(tmp_path, tar({"good": b"", name: b"x"}), "refused")


@pytest.mark.parametrize("name", ["../up", "top/../../up", "/absolute", "C:drive"])
def test_no_zip_member_leaves_the_folder(tmp_path, name):
    refuse(tmp_path, zip_of({"good": b"", name: b"x"}), "refused")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_links_and_devices_refuse_the_archive(tmp_path, kind):
    members = {"link": special("link", kind, "/etc"), "link/passwd": b"x"}
    refuse(tmp_path, tar(members), "not a regular file")


def test_links_in_zips_refuse_the_archive(tmp_path):
    refuse(tmp_path, zip_of({"link": b"/etc"}, mode=stat.S_IFLNK | 0o777), "a link")


def test_two_members_of_one_name_refuse_the_archive(tmp_path):
    refuse(tmp_path, tar({"a": b"1", "./a": b"2"}), "two of that name")
    refuse(tmp_path, tar({"a": b"1", "a/b": b"2"}), "the archive has a file")


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_bombs_are_stopped_early(tmp_path, monkeypatch, compress):
    monkeypatch.setattr(archives, "_FREE_BYTES", 1 << 20)
    content = compress(tar({"zeros": bytes(64 << 20)}, "w:"))
    tracemalloc.start()
    refuse(tmp_path, content, "bomb")
    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    tracemalloc.stop()


def test_zip_bombs_are_stopped_early(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_FREE_BYTES", 1 << 20)
    refuse(tmp_path, zip_of({"zeros": bytes(64 << 20)}), "bomb")


def test_endless_members_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_MAX_MEMBERS", 100)
    refuse(tmp_path, tar({str(i): b"" for i in range(101)}), "more than 100 members")


def _with_size(kind: bytes, size: int) -> bytes:
    info = special("x", kind)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
@pytest.mark.parametrize("size", [-512, -(10**6), 1 << 40])
def test_impossible_sizes_are_refused(tmp_path, kind, size):
    refuse(tmp_path, _with_size(kind, size) + bytes(4096), "refused|damaged")


def test_sparse_members_are_refused(tmp_path):
    refuse(tmp_path, _with_size(tarfile.GNUTYPE_SPARSE, 1 << 40) + bytes(4096), "refused|damaged")


def test_a_long_chain_of_headers_is_refused(tmp_path):
    refuse(
        tmp_path, _with_size(tarfile.GNUTYPE_LONGNAME, 0) * 5000 + bytes(4096), "refused|damaged"
    )


@pytest.mark.parametrize(
    "content",
    [tar(FILES)[:-3000], zip_of(FILES)[:-10], b"", b"no archive at all"],
    ids=[
        "half a tar",
        "half a zip",
        "nothing",
        "text",
    ],  # bytes with the time in them are not names
)
def test_damaged_archives_are_refused(tmp_path, content):
    refuse(tmp_path, content, "damaged|no archive")


def test_a_flipped_byte_in_a_zip_is_noticed(tmp_path):
    content = bytearray(zip_of({"a": b"0123456789" * 100}, zipfile.ZIP_STORED))
    content[200] ^= 1
    refuse(tmp_path, bytes(content), "damaged")


def test_formats_are_obeyed(tmp_path):
    refuse(tmp_path, zip_of(FILES), "not an archive of the format tar", "tar")
    refuse(tmp_path, tar(FILES), "not an archive of the format zip", ["zip"])
    refuse(tmp_path, tar(FILES), "not an archive of the format None", None)
    refuse(tmp_path, tar(FILES), "`archive_format`", "rar")


def test_get_file_unpacks_once(site, home):
    url, sha256 = site.put("data.tar.gz", tar(FILES))
    for _ in range(2):
        folder = Path(get_file("data.tar.gz", url, extract=True, file_hash=sha256))
        assert folder == home / "datasets" / "data_extracted"
        assert (folder / "top" / "a.txt").read_bytes() == b"first"
    assert site.requests == ["/data.tar.gz"]
    assert Path(get_file("data", url, untar=True)) == home / "datasets" / "data"


def test_a_new_archive_replaces_what_the_old_one_held(site):
    url, sha256 = site.put("data.tar.gz", tar({"a": b"old", "gone": b""}))
    get_file("data", url, extract=True, file_hash=sha256)
    _, sha256 = site.put("data.tar.gz", tar({"a": b"new"}))
    folder = Path(get_file("data", url, extract=True, file_hash=sha256))
    assert [path.name for path in folder.iterdir()] == ["a"] and (
        folder / "a"
    ).read_bytes() == b"new"


def test_a_hostile_archive_through_get_file(site, home, tmp_path):
    url, sha256 = site.put("data.tar", tar({"../../up": b"x"}, "w:"))
    with pytest.raises(ValueError, match="refused"):
        get_file("data", url, extract=True, file_hash=sha256)
    assert [path.name for path in (home / "datasets").iterdir()] == ["data_archive"]
    assert not (home / "up").exists() and not (tmp_path / "up").exists()


def many(kind: str) -> bytes:
    """150,000 empty members."""
    if kind == "zip":
        return zip_of({str(i): b"" for i in range(150_000)}, zipfile.ZIP_STORED)
    headers = [tarfile.TarInfo(str(i)).tobuf() for i in range(150_000)]
    return gzip.compress(b"".join(headers) + bytes(1024), 1)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_too_many_members_are_refused_before_any_is_written(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(archives._Target, "write", None)
    refuse(tmp_path, many(kind), "more than 100,000 members")


@pytest.mark.parametrize("at", range(0, 1024, 8))
def test_a_damaged_tar_is_called_so(tmp_path, at):
    """Whatever byte of a header is another, a refusal names the archive; or the archive is harmless."""
    content = bytearray(tar({"a": b"1", "b/c": b"2"}, "w:"))
    for value in (0xFF, 0x80, 0x2D):
        content[at] = value
        (tmp_path / "given").write_bytes(content)
        try:
            archives.extract(tmp_path / "given", tmp_path / "out")
        except ValueError as error:
            assert str(tmp_path / "given") in str(error)
        else:
            shutil.rmtree(tmp_path / "out")
