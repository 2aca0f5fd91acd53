"""Reading HDF5 files from others.

libhdf5 follows links into other files, opens external storage and loads plug-ins for filters by
itself, so every object is examined before it is opened or read. Only what Keras writes passes: groups
joined by hard links, each in one place, and plain datasets whose bytes lie in the file.
"""

from __future__ import annotations

import bisect
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.variable import numpy_dtype

if TYPE_CHECKING:
    from h5py.h5d import DatasetID
    from h5py.h5g import GroupID

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Errors of h5py for a damaged file; which one depends on where libhdf5 stumbles.
_COMPLAINTS = (OSError, RuntimeError, KeyError, TypeError, ValueError, OverflowError, MemoryError)
_HEADER = 16  # bytes of an object's header, at least
_NUMBERS = {
    1: ("int8", "uint8"),
    2: ("int16", "uint16", "float16"),
    4: ("int32", "uint32", "float32"),
    8: ("int64", "uint64", "float64"),
}


class Ranges:
    """The bytes of the file that the objects examined so far lie in: no two objects share a byte.

    Args:
        size: of the file in bytes.
    """

    def __init__(self, size: int):
        self.size = size
        self._taken: list[tuple[int, int, str]] = [(0, len(_SIGNATURE), "the beginning")]

    def take(self, begin: int, size: int, path: str) -> None:
        """Take `size` bytes from `begin` for the object at `path`, which may come again.

        Raises:
            FormatError: another object lies there.
        """
        entry = (begin, begin + size, path)
        at = bisect.bisect_left(self._taken, entry)
        for other in self._taken[max(at - 1, 0) : at + 1]:
            if other != entry and max(begin, other[0]) < min(entry[1], other[1]):
                raise FormatError(f"{quoted(path)} lies in the bytes of {quoted(other[2])}.")
        if size and entry not in self._taken[at : at + 1]:
            self._taken.insert(at, entry)


class Tensor:
    """A dataset that may be read: `shape` and `dtype` are known, the bytes are there.

    Raises:
        FormatError: it is of a kind that is not read; the message says which.
    """

    def __init__(self, dataset: DatasetID, path: str, ranges: Ranges):
        self._dataset, self.path = dataset, path
        _refuse_foreign_bytes(dataset, path)
        space = dataset.get_space()
        if space.get_simple_extent_type() == _h5py().h5s.NULL:
            raise FormatError(f"{path} holds nothing at all (a null dataspace).")
        self.shape: tuple[int, ...] = tuple(space.get_simple_extent_dims())
        self.dtype = _dtype(dataset, path)
        needed = math.prod(self.shape) * numpy_dtype(self.dtype).itemsize
        _refuse_missing_bytes(dataset, needed, path, ranges.size)
        if (begin := dataset.get_offset()) is not None:
            ranges.take(begin, needed, path)

    def read(self) -> np.ndarray:
        """Return the values.

        Raises:
            FormatError: the file cannot be read here, or does not hold valid numbers.
        """
        h5py, space = _h5py(), _h5py().h5s.ALL
        opaque = self.dtype == "bfloat16"
        value = np.empty(self.shape, "V2" if opaque else self.dtype)
        if value.size:
            try:
                self._dataset.read(space, space, value, h5py.h5t.py_create(value.dtype))
            except _COMPLAINTS as error:
                raise FormatError(f"{self.path} cannot be read: {quoted(str(error))}.") from error
        if self.dtype == "bool" and value.size and value.view("uint8").max() > 1:
            raise FormatError(f"{self.path} holds truth values that are neither 0 nor 1.")
        return value.view(numpy_dtype("bfloat16")) if opaque else value


class Folder:
    """A group of the file, whose members are examined before they are opened."""

    def __init__(self, group: GroupID, path: str, ranges: Ranges):
        self._group, self.path, self._ranges = group, path, ranges

    def __len__(self) -> int:
        return self._group.get_num_objs()

    def names(self, at_most: int) -> list[str]:
        """Return names of members; of very many, some."""
        raw: list[bytes] = []

        def collect(name: bytes) -> bool | None:
            raw.append(name)
            return True if len(raw) >= at_most else None  # anything but None ends the iteration

        self._group.links.iterate(collect)
        return [name.decode("utf-8", "backslashreplace") for name in raw]

    def __contains__(self, name: str) -> bool:
        return self._group.links.exists(name.encode())

    def open(self, name: str) -> Folder | Tensor:
        """Return the member `name`, one component.

        Raises:
            FormatError: it is a link, shared with another place, or neither group nor dataset.
        """
        h5py, path, key = _h5py(), f"{self.path}/{name}".lstrip("/"), name.encode()
        if self._group.links.get_info(key).type != h5py.h5l.TYPE_HARD:
            raise FormatError(
                f"{quoted(path)} is a link to another place, perhaps in another file. Links are not followed."
            )
        member = h5py.h5o.open(self._group, key)
        info = h5py.h5o.get_info(member)
        if info.rc != 1:
            raise FormatError(f"{quoted(path)} lies in more than one place of the file.")
        self._ranges.take(info.addr, _HEADER, f"the header of {path}")
        if isinstance(member, h5py.h5g.GroupID):
            return Folder(member, path, self._ranges)
        if isinstance(member, h5py.h5d.DatasetID):
            return Tensor(member, path, self._ranges)
        raise FormatError(f"{quoted(path)} is neither a group nor a dataset.")

    def folder(self, name: str) -> Folder | None:
        """Return the group `name`, `None` if it is not there."""
        member = self.open(name) if name in self else None
        if isinstance(member, Tensor):
            raise FormatError(f"{member.path} is a dataset; a group is expected there.")
        return member

    def tensor(self, name: str) -> Tensor:
        """Return the dataset `name`."""
        member = self.open(name) if name in self else None
        if not isinstance(member, Tensor):
            fault = "is not there" if member is None else "is a group; a dataset is expected there"
            raise FormatError(f"{self.path}/{name} {fault}.")
        return member


@contextmanager
def reading(path: Path) -> Iterator[Folder]:
    """Open the HDF5 file `path` once, only to read, and give its root.

    Raises:
        OSError: it is not there, or may not be read.
        FormatError: it is not an HDF5 file, is damaged, or holds something that is not read. The message
            names it.
    """
    with _regular_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(_SIGNATURE)) != _SIGNATURE:
            raise FormatError(
                f"{path} is not an HDF5 file: it does not begin as one ({size} bytes)."
            )
        try:
            with _h5py().File(file, "r") as opened:
                yield Folder(opened["/"].id, "", Ranges(size))
        except FormatError as error:
            raise FormatError(f"{path} is refused; nothing was loaded. {error}") from error
        except LoadError:
            raise
        except _COMPLAINTS as error:
            raise FormatError(
                f"{path} is damaged or cut off; nothing was loaded. HDF5 says: {quoted(str(error))}"
            ) from error


def _regular_file(path: Path) -> BinaryIO:
    # Without O_NONBLOCK opening a pipe would wait for a writer.
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # not every system has them
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"There is no file {str(path)!r} to load weights from (in {str(Path.cwd())!r})."
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormatError(f"{path} is not a regular file.")
    return os.fdopen(descriptor, "rb")


def _refuse_foreign_bytes(dataset: DatasetID, path: str) -> None:
    h5d, how = _h5py().h5d, dataset.get_create_plist()
    layout = how.get_layout()
    if layout == h5d.VIRTUAL or how.get_external_count():
        raise FormatError(
            f"{path} takes its values from another file. Only what lies in this file is read."
        )
    if layout not in (h5d.CONTIGUOUS, h5d.COMPACT) or how.get_nfilters():
        raise FormatError(
            f"{path} is chunked or compressed, as Keras never writes weights. "
            "Rewrite the file with: h5repack -l CONTI -f NONE"
        )


def _refuse_missing_bytes(dataset: DatasetID, needed: int, path: str, size_of_file: int) -> None:
    begin = dataset.get_offset() or 0
    stored = dataset.get_storage_size()
    if stored != needed or begin + stored > size_of_file:
        raise FormatError(f"{path} declares {needed} bytes, but the file does not hold them.")


def _dtype(dataset: DatasetID, path: str) -> str:
    """Return the name of a dtype of the closed table; either byte order."""
    h5t, kind = _h5py().h5t, dataset.get_type()
    if kind.get_class() == h5t.OPAQUE and kind.get_size() == 2:
        # HDF5 has no name for bfloat16: Keras writes opaque bytes, and the name as an attribute.
        name = _h5py().Dataset(dataset).attrs.get("dtype")
        if name in ("bfloat16", b"bfloat16"):
            return "bfloat16"
        raise FormatError(f"{path} holds opaque bytes, which no attribute says are bfloat16.")
    if kind.get_class() == h5t.ENUM and kind.get_super().get_size() == 1 and kind.dtype == np.bool_:
        return "bool"
    for name in _NUMBERS.get(kind.get_size(), ()):
        if any(kind.equal(h5t.py_create(np.dtype(name).newbyteorder(order))) for order in "<>"):  # pyright: ignore[reportArgumentType]
            return name
    raise FormatError(
        f"{path} does not hold plain numbers (HDF5 type class {kind.get_class()}, {kind.get_size()} bytes each)."
    )


def _h5py() -> Any:
    import h5py

    return h5py
