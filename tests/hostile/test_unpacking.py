"""F01-F08: archives made to write outside of their folder, or to fill the disk.

Each attack is shown to work (`unpacked_naively`), to be refused by lamina before anything is written, and to be
harmless without its one hostile detail.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from lamina.utils import archives
from lamina.utils.get_file import get_file
from tests.datasets.test_archives import special, tar, zip_of

SENTINEL = b"was here"


def unpacked_naively(content: bytes, folder: Path) -> None:
    """Unpack as a program does that trusts names and links."""
    folder.mkdir()
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            for member in bundle.infolist():
                path = Path(f"{folder}/{member.filename}")
                path = Path(member.filename) if member.filename[0] == "/" else path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(bundle.read(member))
        return
    with tarfile.open(fileobj=io.BytesIO(content)) as bundle:
        bundle.extractall(folder, filter="fully_trusted")


def tree(folder: Path) -> dict[str, bytes | None]:
    """All that is below `folder`, and in the files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def link(name: str, target: str) -> tuple[str, tarfile.TarInfo]:
    return name, special(name, tarfile.SYMTYPE, target)


def hard_link(name: str, target: str) -> tuple[str, tarfile.TarInfo]:
    return name, special(name, tarfile.LNKTYPE, target)


def tar_of(*members: tuple[str, bytes | tarfile.TarInfo]) -> bytes:
    """An archive whose members may have one name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as bundle:
        for name, content in members:
            info = tarfile.TarInfo(name) if isinstance(content, bytes) else content
            info.size = len(content) if isinstance(content, bytes) else 0
            bundle.addfile(info, io.BytesIO(content) if info.size else None)
    return buffer.getvalue()


# name -> the archive, made for a place `here`; its last member lands in `here/SENT`, unpacked into `here/out`.
ATTACKS = {
    "F01 parent": lambda here: tar({"../SENT": SENTINEL}),
    "F01 parent in a zip": lambda here: zip_of({"../SENT": SENTINEL}),
    "F01 prefix twin": lambda here: tar({"../out-twin/../SENT": SENTINEL}),
    "F01 parent in the middle": lambda here: tar(
        {"a/": special("a/", tarfile.DIRTYPE), "a/../../SENT": SENTINEL}
    ),
    "F02 absolute": lambda here: tar({f"{here}/SENT": SENTINEL}),
    "F02 two slashes": lambda here: tar({f"//{here}/SENT": SENTINEL}),
    "F02 absolute in a zip": lambda here: zip_of({f"{here}/SENT": SENTINEL}),
    "F03 link, then through it": lambda here: tar_of(link("a", ".."), ("a/SENT", SENTINEL)),
    "F03 link, then back": lambda here: tar_of(link("a", "../deep/er"), ("a/../../SENT", SENTINEL)),
    "F03 absolute link": lambda here: tar_of(link("a", str(here)), ("a/SENT", SENTINEL)),
    "F04 hard link": lambda here: tar_of(hard_link("a", "../SENT"), ("a", SENTINEL)),
    "F05 chain of links": lambda here: tar_of(
        link("a", "."), link("a/b", "a"), link("b/c", ".."), ("c/SENT", SENTINEL)
    ),
}


@pytest.fixture
def here(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "out-twin").mkdir()
    (tmp_path / "SENT").write_bytes(b"untouched")
    return tmp_path


@pytest.mark.parametrize("name", ATTACKS)
def test_the_attack_works_where_names_are_trusted(here, name):
    unpacked_naively(ATTACKS[name](here), here / "out")
    assert (here / "SENT").read_bytes() == SENTINEL


@pytest.mark.parametrize("name", ATTACKS)
def test_the_attack_is_refused_and_nothing_is_written(here, name):
    (here / "given").write_bytes(ATTACKS[name](here))
    before = tree(here)
    with pytest.raises(ValueError, match="is refused because of its member") as error:
        archives.extract(here / "given", here / "out")
    assert str(here / "given") in str(error.value) and len(str(error.value)) < 4096
    assert tree(here) == before


@pytest.mark.parametrize("pack", [tar, zip_of])
def test_plain_names_are_unpacked(here, pack):
    members = {"SENT": SENTINEL, "a/SENT": SENTINEL, "./b/SENT": SENTINEL, "é…..x": SENTINEL}
    (here / "given").write_bytes(pack(members))
    archives.extract(here / "given", here / "out")
    assert tree(here / "out") == {
        "SENT": SENTINEL, "a": None, "a/SENT": SENTINEL, "b": None, "b/SENT": SENTINEL, "é…..x": SENTINEL,
    }  # fmt: skip


NAMES = [
    "../x", "/abs", "C:\\w", "a\\..\\b", "x:ads", "a//b", "a\u2215b", "a\uff0fb", "a\nb", "a\x1bb", "n" * 300,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("pack", [tar, zip_of], ids=["tar", "zip"])
def test_f07_hostile_names_through_get_file(site, home, pack, name):
    url, sha256 = site.put("a.bundle", pack({"good": b"1", name: SENTINEL}))
    with pytest.raises(ValueError, match="is refused"):
        get_file(origin=url, file_hash=sha256, extract=True)
    assert not (home / "datasets" / "a.bundle").exists()
    url, sha256 = site.put("b.bundle", pack({"good": b"1", "better": SENTINEL}))
    folder = get_file(origin=url, file_hash=sha256, extract=True)
    assert tree(Path(folder)) == {"good": b"1", "better": SENTINEL}


SPECIAL = {
    "FIFO": tarfile.FIFOTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_f06_what_is_no_file_is_refused(here, kind):
    content = tar({"a": special("a", SPECIAL[kind])})
    if kind == "FIFO":  # devices need root
        unpacked_naively(content, here / "trusted")
        assert stat.S_ISFIFO((here / "trusted" / "a").stat().st_mode)
    (here / "given").write_bytes(content)
    with pytest.raises(ValueError, match="not a regular file"):
        archives.extract(here / "given", here / "out")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_f06_modes_and_owners_are_not_taken_over(here):
    info = tarfile.TarInfo("a")
    info.mode, info.uid, info.gid = 0o6777, 4242, 4242
    content = tar_of(("a", info))
    unpacked_naively(content, here / "trusted")
    assert (here / "trusted" / "a").stat().st_mode & 0o6002
    (here / "given").write_bytes(content)
    archives.extract(here / "given", here / "out")
    status = (here / "out" / "a").stat()
    assert not status.st_mode & 0o7133 and status.st_uid == os.getuid()


def test_f08_bombs_stop_when_they_have_grown_too_much(here, monkeypatch):
    monkeypatch.setattr(archives, "_FREE_BYTES", 1 << 20)
    for pack in (tar, zip_of):
        content = pack({"a": bytes(20 << 20)})
        assert len(content) < 1 << 20  # 20 MB come out of less than one
        (here / "given").write_bytes(content)
        with pytest.raises(ValueError, match="looks like a bomb"):
            archives.extract(here / "given", here / "out")
        (here / "given").write_bytes(pack({"a": bytes(1000)}))
        archives.extract(here / "given", here / pack.__name__)
        assert (here / pack.__name__ / "a").stat().st_size == 1000


@pytest.mark.parametrize("pack", [tar, zip_of])
def test_f08_so_many_members_and_no_more(here, monkeypatch, pack):
    monkeypatch.setattr(archives, "_MAX_MEMBERS", 50)
    (here / "given").write_bytes(pack({str(i): b"" for i in range(51)}))
    with pytest.raises(ValueError, match="more than 50 members"):
        archives.extract(here / "given", here / "out")
    (here / "given").write_bytes(pack({str(i): b"" for i in range(50)}))
    archives.extract(here / "given", here / "out")
    assert len(tree(here / "out")) == 50


def directory_alone(members: int, large: bool) -> bytes:
    """A zip archive that has nothing but a list of members."""
    fixed = struct.pack("<HHHHHHIIIHHHHHII", 20, 20, *(0,) * 7, 5, *(0,) * 6)
    listed = b"".join(b"PK\1\2" + fixed + b"%05d" % i for i in range(members))
    many, size = min(members, 0xFFFF), len(listed)
    if large:
        record = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, members, members, size, 0)
        listed += b"PK\6\6" + record + b"PK\6\7" + struct.pack("<IQI", 0, size, 1)
        many, size = 0xFFFF, 0xFFFFFFFF
    return listed + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, many, many, size, 0, 0)


@pytest.mark.parametrize("large", [False, True])
def test_f08_members_are_counted_before_they_are_read(here, monkeypatch, large):
    (here / "given").write_bytes(directory_alone(60, large))
    with zipfile.ZipFile(here / "given") as bundle:  # the control: each would be read
        assert len(bundle.infolist()) == 60
    monkeypatch.setattr(archives, "_MAX_MEMBERS", 50)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(ValueError, match="more than 50 members"):
        archives.extract(here / "given", here / "out")
