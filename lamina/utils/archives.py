"""Unpack tar and zip archives that may be hostile.

Only regular files and folders come out, below the target, with plain modes; links, devices, sparse
files and encrypted members refuse the whole archive. Bytes are counted as they are produced. The
content is unpacked next to the target and renamed into place, so a folder that exists is whole.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import mmap
import os
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from lamina.core.replacing import part_path

_CHUNK = 1 << 20
_MAX_MEMBERS = 100_000
_MAX_NAME = 200  # bytes; file systems allow 255
_NO_NAME = frozenset(":\\\u2044\u2215\uff0f\uff3c")  # drives, and what is or looks like a slash
# An archive may grow by this much when unpacked. Text grows 3 to 10 times, a bomb 1,000 times.
_FREE_BYTES = 64 << 20
_GROWTH = 50
_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
# RecursionError: tarfile reads a chain of extension headers by recursion.
_DAMAGE = (
    EOFError, RecursionError, OSError, ValueError,
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


def extract(archive: Path, folder: Path, formats: str | Sequence[str] | None = "auto") -> None:
    """Unpack `archive` into the new folder `folder`.

    Raises:
        ValueError: the archive is damaged, of none of the `formats`, too large when unpacked, or
            holds a member that is never unpacked. Nothing is left behind.
    """
    unpack = _unpacker(archive, formats)
    fresh = part_path(folder)
    fresh.mkdir(mode=0o700)
    try:
        try:
            unpack(archive, _Target(archive, fresh))
        except _DAMAGE as error:
            if isinstance(error, _RefusedError) or getattr(error, "errno", None) is not None:
                raise  # the archive is whole; or the disk's own trouble, such as no space left
            raise ValueError(f"The archive {archive} is damaged: {error}.") from error
        _publish(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _publish(fresh: Path, folder: Path) -> None:
    fresh.chmod(0o755)
    try:
        fresh.rename(folder)
    except OSError:
        # Another process was first, with the same content.
        if not folder.is_dir():
            raise


def _unpacker(
    archive: Path, formats: str | Sequence[str] | None
) -> Callable[[Path, _Target], None]:
    allowed = [formats] if isinstance(formats, str) else list(formats or ())
    if "auto" in allowed:
        allowed = ["tar", "zip"]
    if unknown := set(allowed) - {"tar", "zip"}:
        raise ValueError(
            f"`archive_format` must be 'auto', 'tar', 'zip' or None, not {sorted(unknown)}."
        )
    if "zip" in allowed and zipfile.is_zipfile(archive):
        return _unpack_zip
    if "tar" in allowed and not _starts_with(archive, b"PK"):
        return _unpack_tar
    raise ValueError(f"{archive} is not an archive of the format {' or '.join(allowed) or 'None'}.")


def _starts_with(archive: Path, magic: bytes) -> bool:
    with archive.open("rb") as file:
        return file.read(len(magic)) == magic


class _RefusedError(ValueError):
    """An archive that is not damaged, but holds something that is never unpacked."""


class _Target:
    """The folder to fill, and the members and bytes that may still go into it."""

    def __init__(self, archive: Path, folder: Path):
        self.archive = archive
        self.folder = folder
        self.members = 0
        self.bytes_left = _FREE_BYTES + _GROWTH * archive.stat().st_size

    def charge(self, count: int) -> None:
        """Count bytes that came out of the archive."""
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise _RefusedError(
                f"{self.archive} holds far more than its size allows for; this looks like a bomb."
            )

    def check_count(self, members: int) -> None:
        """Refuse an archive of so many members, if it is too many."""
        if members > _MAX_MEMBERS:
            raise _RefusedError(f"{self.archive} has more than {_MAX_MEMBERS:,} members.")

    def place(self, name: str) -> Path:
        """Return the path of the member `name`; refuse it if that is not inside the folder."""
        self.members += 1
        self.check_count(self.members)
        parts = [part for part in name.rstrip("/").split("/") if part != "."]
        hostile = any(part in ("", "..") or not _NO_NAME.isdisjoint(part) for part in parts)
        if hostile or not name.isprintable() or len(name.encode()) > _MAX_NAME:
            raise self.refusal(name, "its name leads out of the folder or is not a plain file name")
        return self.folder.joinpath(*parts)

    def refusal(self, name: str, why: str) -> _RefusedError:
        """Make the error for a member that is never unpacked."""
        return _RefusedError(
            f"{self.archive} is refused because of its member {name[:200]!r}: {why}."
        )

    def make_folder(self, name: str) -> None:
        """Make the folder `name` and those above it."""
        self._make(self.place(name), name)

    def _make(self, folder: Path, name: str) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise self.refusal(name, "it needs a folder where the archive has a file") from None

    def write(self, name: str, content: IO[bytes], size: int, counted: bool = False) -> None:
        """Write a new file of exactly `size` bytes. `counted`: the reader charges already."""
        path, written = self.place(name), 0
        self._make(path.parent, name)
        if path.exists():
            raise self.refusal(name, "there are two of that name")
        with path.open("xb") as file:
            while chunk := content.read(_CHUNK):
                if not counted:
                    self.charge(len(chunk))
                written += len(chunk)
                file.write(chunk)
        if written != size:
            raise self.refusal(name, f"it has {written:,} bytes instead of {size:,}")


class _Counted:
    """A decompressed stream for `tarfile`: forward only, every byte charged, no huge reads."""

    def __init__(self, stream: IO[bytes], target: _Target):
        self._stream = stream
        self._target = target
        self._at = 0

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        # tarfile reads a header's whole extension at once, or -512 bytes if its size is negative.
        if not 0 <= size <= _CHUNK:
            raise tarfile.ReadError("a header announces an impossible size")
        block = self._stream.read(size)
        self._at += len(block)
        self._target.charge(len(block))
        return block

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or position < self._at:
            raise tarfile.ReadError("its members overlap")
        while self._at < position and self.read(min(_CHUNK, position - self._at)):
            pass
        return self._at


def _unpack_tar(archive: Path, target: _Target) -> None:
    opener = next((how for magic, how in _OPENERS.items() if _starts_with(archive, magic)), open)
    # Headers only, first: an archive that is refused is refused before a file is written.
    headers = _tar_members(archive, opener, _Target(archive, target.folder))
    for number, _ in enumerate(headers, 1):
        target.check_count(number)
    for tar, member in _tar_members(archive, opener, target):
        _unpack_tar_member(tar, member, target)


def _tar_members(
    archive: Path, opener: Callable[..., Any], target: _Target
) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    with (
        opener(archive, "rb") as stream,
        tarfile.open(fileobj=_Counted(stream, target), mode="r:") as tar,  # type: ignore[arg-type]
    ):
        while (member := tar.next()) is not None:
            yield tar, member
            tar.members.clear()  # else tarfile keeps every member's header


def _unpack_tar_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: _Target) -> None:
    if member.isdir():
        target.make_folder(member.name)
        return
    if member.size < 0 or member.issparse() or not member.isreg():
        raise target.refusal(member.name, "it is not a regular file (a link, a device or the like)")
    content = tar.extractfile(member)
    assert content is not None  # regular files always have content
    target.write(member.name, content, member.size, counted=True)


def _check_directory(archive: Path, target: _Target) -> None:
    """Refuse too many members before `zipfile` makes an object for each, which takes time and memory."""
    with (
        archive.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        end = content.rfind(b"PK\5\6")
        size = int.from_bytes(content[end + 12 : end + 16], "little")
        if (
            content[end - 20 : end - 16] == b"PK\6\7"
        ):  # large archives have a second record, before it
            end -= 76
            size = int.from_bytes(content[end + 40 : end + 48], "little")
        at, members = max(end - size, 0), 0
        while at < end and content[at : at + 4] == b"PK\1\2":
            target.check_count(members := members + 1)
            at += 46 + sum(struct.unpack("<HHH", content[at + 28 : at + 34]))


def _unpack_zip(archive: Path, target: _Target) -> None:
    _check_directory(archive, target)
    with zipfile.ZipFile(archive) as bundle:
        target.check_count(len(bundle.infolist()))
        for member in bundle.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.flag_bits & 1:
                raise target.refusal(member.filename, "it is a link, a device or encrypted")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise target.refusal(member.filename, "it is compressed in an unusual way")
            if member.is_dir():
                target.make_folder(member.filename)
                continue
            with bundle.open(member) as content:
                target.write(member.filename, content, member.file_size)
