"""`get_file`: a file from the web, downloaded once, checked, and kept."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lamina import home
from lamina.core.replacing import to_disk
from lamina.utils import archives, download

_HEX_DIGITS = {"sha256": 64, "md5": 32}
_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-+ ]{0,199}")


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | Sequence[str] | None = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
    *,
    max_bytes: int = 1 << 34,
) -> str:
    """Download a file unless it is in the cache already; give its path.

    The file appears under its final name only when it is whole and its hash is right; an older good
    file stays in place until then. Any number of processes may ask for the same file at once.

    Args:
        fname: name in the cache; by default the last part of `origin`.
        origin: the address, `https://...`; of an `http://` address without `file_hash` a warning says
            that anybody on the way could send another file.
        untar: unpack a tar archive; `extract` with `archive_format="tar"`.
        md5_hash: older spelling of `file_hash` with `hash_algorithm="md5"`.
        file_hash: expected hash, in hexadecimal digits. A file in the cache with another hash is
            downloaded again.
        cache_subdir: folder within the cache.
        hash_algorithm: `"sha256"`, `"md5"` (against accidents only), or `"auto"`, by its length.
        extract: unpack the archive (regular files and folders only; links are refused).
        archive_format: `"tar"`, `"zip"`, `"auto"` for either, a list of these, or `None` for none.
        cache_dir: the cache; by default `LAMINA_HOME`, or `~/.lamina`.
        force_download: download even if the file is in the cache.
        max_bytes: refuse a longer file.

    Returns:
        Path of the file; with `extract` or `untar`, of the folder with the archive's content.

    Raises:
        ValueError: a name, address or hash is not acceptable, the file's hash is not the expected
            one, or the archive is damaged or holds what is never unpacked.
        ConnectionError: the download failed. Nothing is left behind.
        PermissionError: the cache cannot be written, or other users could write it.

    Example:
        >>> import lamina
        >>> lamina.utils.get_file(origin="ftp://example.com/a.txt")
        Traceback (most recent call last):
        ValueError: Only https:// and http:// addresses are downloaded from, not 'ftp://example.com/a.txt'.
    """
    if not origin:
        raise ValueError(
            "`origin` must be the address of the file, such as 'https://.../data.npz'."
        )
    expected = _Hash.of(md5_hash or file_hash, "md5" if md5_hash else hash_algorithm)
    folder = _cache_folder(cache_dir, cache_subdir)
    file, unpacked = _places(
        folder, _name(fname, origin), named=fname is not None, unpack=extract or untar
    )
    source = _Source(origin, file, expected, max_bytes)
    fresh = force_download or not source.is_cached()
    if unpacked is None:
        if fresh:
            source.fetch()
        return str(file)
    if fresh:
        # The old content goes first: a folder that exists is known to be of the archive next to it.
        source.fetch(before_rename=lambda: shutil.rmtree(unpacked, ignore_errors=True))
    if not unpacked.is_dir():
        archives.extract(file, unpacked, "tar" if untar else archive_format)
    return str(unpacked)


class _Hash(NamedTuple):
    """An expected hash: `digits` is empty where none is known."""

    algorithm: str
    digits: str

    @classmethod
    def of(cls, digits: str | None, algorithm: str) -> _Hash:
        if algorithm not in ("auto", *_HEX_DIGITS):
            raise ValueError(
                f"`hash_algorithm` must be 'auto', 'sha256' or 'md5', not {algorithm!r}."
            )
        if digits is None:
            return cls("sha256", "")
        if algorithm == "auto":
            algorithm = "md5" if len(digits) == _HEX_DIGITS["md5"] else "sha256"
        if not re.fullmatch(f"[0-9a-fA-F]{{{_HEX_DIGITS[algorithm]}}}", digits):
            pattern = f"{_HEX_DIGITS[algorithm]} hexadecimal digits ({algorithm})"
            raise ValueError(f"`file_hash` must be {pattern}, not {digits!r}.")
        return cls(algorithm, digits.lower())

    def of_file(self, path: Path) -> str:
        empty = hashlib.new(self.algorithm, usedforsecurity=False)
        with path.open("rb") as file:
            return hashlib.file_digest(file, empty.copy).hexdigest()


class _Source(NamedTuple):
    """A file's address, its place, and how to get it there."""

    origin: str
    file: Path
    expected: _Hash
    max_bytes: int

    def is_cached(self) -> bool:
        if not self.file.is_file():
            return False
        return not self.expected.digits or self.expected.of_file(self.file) == self.expected.digits

    def fetch(self, before_rename: Callable[[], None] = lambda: None) -> None:
        """Download, check, and put in place."""
        file, expected = self.file, self.expected
        checked, place = bool(expected.digits), (file.parent, file.name)
        how = (*place, expected.algorithm, self.max_bytes, checked)
        try:
            with download.downloaded(self.origin, *how) as (part, digits):
                if expected.digits and digits != expected.digits:
                    raise ValueError(
                        f"{self.origin} is not the file that {file.name} should be: its "
                        f"{expected.algorithm} is {digits}, expected was {expected.digits}. "
                        f"Nothing was kept. {self._by_hand()}"
                    )
                before_rename()
                os.replace(part, file)  # noqa: PTH105  one system call: the file is whole or absent
        except ConnectionError as error:
            raise ConnectionError(
                f"Downloading {self.origin} failed: {error}. {self._by_hand()}"
            ) from error
        to_disk(file.parent)

    def _by_hand(self) -> str:
        algorithm, digits = self.expected
        with_hash = f" (its {algorithm} must be {digits})" if digits else ""
        return f"To place it by hand, save the file as {self.file}{with_hash}."


def _name(fname: str | os.PathLike | None, origin: str) -> str:
    if fname is None:
        name = urllib.parse.unquote(urllib.parse.urlsplit(origin).path.rpartition("/")[2])
        advice = f"The last part of {origin!r} does not make a file name; give one as `fname`."
    else:
        name = os.fspath(fname)
        advice = f"`fname` must be a file name, not {name!r}; `cache_dir` names the folder."
    if not _SAFE_NAME.fullmatch(name):
        raise ValueError(advice)
    return name


def _places(folder: Path, name: str, named: bool, unpack: bool) -> tuple[Path, Path | None]:
    """Return the paths of the file and of the archive's content: names as in Keras, so old caches fit."""
    if not unpack:
        return folder / name, None
    if named and "." in name:
        return folder / name, folder / f"{name.partition('.')[0]}_extracted"
    return folder / f"{name}_archive", folder / name


def _cache_folder(cache_dir: str | os.PathLike | None, subfolder: str) -> Path:
    inner = Path(subfolder)
    if inner.is_absolute() or inner.drive or ".." in inner.parts:
        raise ValueError(f"`cache_subdir` must be a folder within the cache, not {subfolder!r}.")
    cache = home.folder() if cache_dir is None else Path(cache_dir)
    folder = cache.expanduser() / inner
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise PermissionError(
            f"The cache folder {folder} cannot be made ({error.strerror}). "
            "Set LAMINA_HOME to a folder that you can write, or pass `cache_dir`."
        ) from error
    _refuse_open_folder(cache.expanduser(), folder)
    return folder


def _refuse_open_folder(cache: Path, folder: Path) -> None:
    # Whoever can write the folder can swap the file after its hash was checked; whoever owns a link to it
    # says where files go.
    if os.name != "posix":
        return
    mine, status = (os.getuid(), 0), folder.stat()
    parts = folder.relative_to(cache).parts
    places = [cache.joinpath(*parts[:count]) for count in range(len(parts) + 1)]
    others = any(place.lstat().st_uid not in mine for place in places)
    if others or status.st_uid not in mine or status.st_mode & stat.S_IWOTH:
        raise PermissionError(
            f"The cache folder {folder} belongs to another user, or every user can write it, so "
            "its files cannot be trusted. Set LAMINA_HOME to a folder of your own, or pass "
            "`cache_dir`."
        )
