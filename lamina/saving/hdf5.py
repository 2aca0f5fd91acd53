"""Reading HDF5 files from others: what is looked at, and in which order, is decided here.

libhdf5 follows links into other files, opens external storage and loads plug-ins for filters by
itself, so every object is examined before it is opened or read. Only what Keras writes passes: groups
joined by hard links, each in one place, and plain datasets whose bytes lie in the file.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from lamina.core.variable import numpy_dtype
from lamina.saving.errors import FormatError, LoadError, quoted

if TYPE_CHECKING:
    from h5py.h5d import DatasetID
    from h5py.h5g import GroupID

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# What h5py raises for a damaged file, depending on where libhdf5 stumbles.
_COMPLAINTS = (OSError, RuntimeError, KeyError, TypeError, ValueError, OverflowError, MemoryError)
_NUMBERS = {
    1: ("int8", "uint8"),
    2: ("int16", "uint16", "float16"),
    4: ("int32", "uint32", "float32"),
    8: ("int64", "uint64", "float64"),
}


class Tensor:
    """A dataset that may be read: `shape` and `dtype` are known, the bytes are there.

    Raises:
        FormatError: it is of a kind that is not read; the message says which.
    """

    def __init__(self, dataset: DatasetID, path: str, size_of_file: int):
        self._dataset, self.path = dataset, path
        _refuse_foreign_bytes(dataset, path)
        space = dataset.get_space()
        if space.get_simple_extent_type() == _h5py().h5s.NULL:
            raise FormatError(f"{path} holds nothing at all (a null dataspace).")
        self.shape: tuple[int, ...] = tuple(space.get_simple_extent_dims())
        self.dtype = _dtype(dataset.get_type(), path)
        _refuse_missing_bytes(
            dataset, math.prod(self.shape) * numpy_dtype(self.dtype).itemsize, path, size_of_file
        )

    def read(self) -> np.ndarray:
        """The values.

        Raises:
            FormatError: the file cannot be read here, or holds no valid numbers.
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

    def __init__(self, group: GroupID, path: str, size_of_file: int):
        self._group, self.path, self._size = group, path, size_of_file

    def __len__(self) -> int:
        return self._group.get_num_objs()

    def names(self, at_most: int) -> list[str]:
        """Names of members; of very many, some."""
        raw: list[bytes] = []

        def collect(name: bytes) -> bool | None:
            raw.append(name)
            return True if len(raw) >= at_most else None  # anything but None ends the iteration

        self._group.links.iterate(collect)
        return [name.decode("utf-8", "backslashreplace") for name in raw]

    def __contains__(self, name: str) -> bool:
        return self._group.links.exists(name.encode())

    def open(self, name: str) -> Folder | Tensor:
        """The member `name`, one component.

        Raises:
            FormatError: it is a link, shared with another place, or neither group nor dataset.
        """
        h5py, path, key = _h5py(), f"{self.path}/{name}".lstrip("/"), name.encode()
        if self._group.links.get_info(key).type != h5py.h5l.TYPE_HARD:
            raise FormatError(
                f"{quoted(path)} is a link to another place, perhaps in another file. Links are not followed."
            )
        found = h5py.h5o.open(self._group, key)
        if h5py.h5o.get_info(found).rc != 1:
            raise FormatError(f"{quoted(path)} lies in more than one place of the file.")
        if isinstance(found, h5py.h5g.GroupID):
            return Folder(found, path, self._size)
        if isinstance(found, h5py.h5d.DatasetID):
            return Tensor(found, path, self._size)
        raise FormatError(f"{quoted(path)} is neither a group nor a dataset.")

    def folder(self, name: str) -> Folder | None:
        """The group `name`, if it is there."""
        found = self.open(name) if name in self else None
        if isinstance(found, Tensor):
            raise FormatError(f"{found.path} is a dataset; a group is expected there.")
        return found

    def tensor(self, name: str) -> Tensor:
        """The dataset `name`."""
        found = self.open(name) if name in self else None
        if not isinstance(found, Tensor):
            what = "is not there" if found is None else "is a group; a dataset is expected there"
            raise FormatError(f"{self.path}/{name} {what}.")
        return found


@contextmanager
def reading(path: Path) -> Iterator[Folder]:
    """The root of the HDF5 file `path`, which is opened once and only read.

    Raises:
        OSError: it is not there, or may not be read.
        FormatError: it is no HDF5 file, damaged, or holds what is not read. The message names it.
    """
    with _regular_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(_SIGNATURE)) != _SIGNATURE:
            raise FormatError(f"{path} is no HDF5 file: it does not begin as one ({size} bytes).")
        try:
            with _h5py().File(file, "r") as opened:
                yield Folder(opened["/"].id, "", size)
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
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_CLOEXEC", 0)
        | getattr(os, "O_BINARY", 0)
    )
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"There is no file {str(path)!r} to load weights from (in {str(Path.cwd())!r})."
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormatError(f"{path} is no regular file.")
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


def _dtype(kind: Any, path: str) -> str:
    """The name of a dtype of the closed table; either byte order."""
    h5t = _h5py().h5t
    if kind.get_class() == h5t.OPAQUE and kind.get_size() == 2:
        return "bfloat16"  # the only 2-byte dtype that NumPy, and so HDF5, has no name for
    if kind.get_class() == h5t.ENUM and kind.get_super().get_size() == 1 and kind.dtype == np.bool_:
        return "bool"
    for name in _NUMBERS.get(kind.get_size(), ()):
        if any(kind.equal(h5t.py_create(np.dtype(name).newbyteorder(order))) for order in "<>"):
            return name
    raise FormatError(
        f"{path} holds no plain numbers (HDF5 type class {kind.get_class()}, {kind.get_size()} bytes each)."
    )


def _h5py() -> Any:
    import h5py

    return h5py
