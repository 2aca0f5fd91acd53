"""Reading HDF5 files from others.

libhdf5 follows links into other files, opens external storage and loads plug-ins for filters by
itself, so every object is examined before it is opened or read. Only what Keras writes passes: groups
joined by hard links, each in one place, and plain datasets whose bytes lie in the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.core.file_errors import FormatError, LoadError, quoted
from lamina.core.file_source import Source
from lamina.core.load_policy import Budget
from lamina.core.variable import numpy_dtype
from lamina.saving.stores.hdf5_structure import Structure
from lamina.saving.stores.hdf5_texts import Texts
from lamina.saving.stores.hdf5_writer import CHECKSUM
from lamina.saving.stores.ranges import Ranges
from lamina.saving.stores.tree import Folder, Tensor

if TYPE_CHECKING:
    from h5py.h5d import DatasetID
    from h5py.h5g import GroupID

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Errors of h5py for a damaged file; which one depends on where libhdf5 stumbles.
_COMPLAINTS = (OSError, RuntimeError, KeyError, TypeError, ValueError, OverflowError, MemoryError)
_NUMBERS = {
    1: ("int8", "uint8"),
    2: ("int16", "uint16", "float16"),
    4: ("int32", "uint32", "float32"),
    8: ("int64", "uint64", "float64"),
}


@contextmanager
def _telling() -> Iterator[None]:
    """Say what HDF5 stumbled over."""
    try:
        yield
    except LoadError:
        raise
    except _COMPLAINTS as error:
        raise FormatError(f"It is damaged or cut off. HDF5 says: {quoted(str(error))}") from error


class Dataset(Tensor):
    """A dataset that may be read.

    Raises:
        FormatError: it is of a kind that is not read; the message says which.
    """

    @_telling()
    def __init__(self, dataset: DatasetID, path: str, file: _File):
        self._dataset, self.path, self._file = dataset, path, file
        _refuse_foreign_bytes(dataset, path)
        space = dataset.get_space()
        if space.get_simple_extent_type() == _h5py().h5s.NULL:
            raise FormatError(f"{quoted(path)} holds nothing at all (a null dataspace).")
        self.shape = tuple(space.get_simple_extent_dims())
        self.dtype, self._stored = _dtype(dataset, path, file.attributes)
        self._begin: int | None = dataset.get_offset()
        _refuse_missing_bytes(dataset, self.nbytes, path, file.source.size)
        if self._begin is not None:
            file.ranges.take(self._begin, self.nbytes, path)
        self.checksum = _checksum_of(dataset)

    def read(self) -> np.ndarray:
        """Return the values, read past libhdf5 if they lie in one piece, as they nearly always do."""
        try:
            raw, checksum = self._raw()
            if self.checksum not in (None, checksum):
                raise FormatError(
                    "its checksum is wrong: it was damaged after it was written, or another program changed "
                    "it. Then delete its attribute 'crc32'."
                )
        except FormatError as error:
            raise FormatError(f"{quoted(self.path)} cannot be read: {error}") from error
        except LoadError:
            raise
        except _COMPLAINTS as error:
            raise FormatError(
                f"{quoted(self.path)} cannot be read: {quoted(str(error))}."
            ) from error
        if self.dtype == "bool" and raw.size and raw.max() > 1:
            raise FormatError(f"{quoted(self.path)} holds truth values that are neither 0 nor 1.")
        value = raw.view(self._stored).reshape(self.shape)
        return value.astype(numpy_dtype(self.dtype), copy=False)

    def _raw(self) -> tuple[np.ndarray, int]:
        """Return the bytes and their CRC-32."""
        if self._begin is not None or not self.nbytes:
            return self._file.source.memory_at(self._begin or 0, self.nbytes)
        memory, space = self._file.source.aligned(self.nbytes), _h5py().h5s.ALL
        self._dataset.read(space, space, memory, self._dataset.get_type())
        return memory, zlib.crc32(memory.data)


class Group(Folder):
    """A group of the file, whose members are examined before they are opened."""

    def __init__(self, group: GroupID, path: str, file: _File):
        self._group, self.path, self._file = group, path, file

    @_telling()
    def __len__(self) -> int:
        return self._group.get_num_objs()

    @_telling()
    def names(self, at_most: int) -> list[str]:
        """Return names of members; of very many, some."""
        raw: list[bytes] = []

        def collect(name: bytes) -> bool | None:
            raw.append(name)
            return True if len(raw) >= at_most else None  # anything but None ends the iteration

        self._group.links.iterate(collect)
        return [name.decode("utf-8", "backslashreplace") for name in raw]

    @_telling()
    def __contains__(self, name: str) -> bool:
        return self._group.links.exists(name.encode())

    @property
    def budget(self) -> Budget:
        """What the load may still take."""
        return self._file.source.budget

    @_telling()
    def text_names(self) -> list[str]:
        """Return the names of all attributes, whatever they hold."""
        return self._file.attributes.names(_h5py().h5o.get_info(self._group).addr)

    @_telling()
    def text(self, name: str) -> str | list[str] | None:
        """Return the text, or the list of texts, in the attribute `name`; `None` if it is not there.

        Raises:
            FormatError: it does not hold text, or its bytes are not there.
        """
        try:
            return self._file.attributes.get(_h5py().h5o.get_info(self._group).addr, name)
        except FormatError as error:
            raise FormatError(f"{quoted(self.path or '/')}: {error}") from error

    @_telling()
    def checksum(self) -> int | None:
        """Return the CRC-32 that lamina has written for what belongs to the group, `None` if there is none."""
        return _checksum_of(self._group)

    @_telling()
    def open(self, name: str) -> Folder | Tensor:
        """Return the member `name`, one component.

        Raises:
            FormatError: it is a link, shared with another place, or neither group nor dataset.
        """
        h5py, path, key = _h5py(), f"{self.path}/{name}".lstrip("/"), name.encode()
        link = self._group.links.get_info(key)
        if link.type != h5py.h5l.TYPE_HARD:
            raise FormatError(
                f"{quoted(path)} is a link to another place, perhaps in another file. Links are not followed."
            )
        self._file.structure.examine(link.u)
        member = h5py.h5o.open(self._group, key)
        info = h5py.h5o.get_info(member)
        if info.rc != 1:
            raise FormatError(f"{quoted(path)} lies in more than one place of the file.")
        if isinstance(member, h5py.h5g.GroupID):
            return Group(member, path, self._file)
        if isinstance(member, h5py.h5d.DatasetID):
            self._file.source.budget.charge("tensors")
            return Dataset(member, path, self._file)
        raise FormatError(f"{quoted(path)} is neither a group nor a dataset.")


@dataclass
class _File:
    """What all objects of one file share."""

    source: Source
    ranges: Ranges
    attributes: Texts
    structure: Structure


@contextmanager
def read(source: Source, names: Callable[[], Mapping[str, str]]) -> Iterator[Folder]:
    """Open an HDF5 file and give its root.

    Raises:
        FormatError: it is not an HDF5 file, is damaged, or holds something that is not read. The message
            names it.
    """
    if source.read_at(0, len(_SIGNATURE)) != _SIGNATURE:
        raise FormatError(
            f"It is not an HDF5 file: it does not begin as one ({source.size} bytes)."
        )
    ranges = Ranges(source.size)
    structure = Structure(source, ranges)
    source.file.seek(0)
    with ExitStack() as stack:
        with _telling():
            opened = stack.enter_context(_h5py().File(source.file, "r"))
            root = Group(opened["/"].id, "", _File(source, ranges, Texts(source), structure))
            root.texts = {"set": run} if (run := _run_of(root)) else {}
        yield root


def _refuse_foreign_bytes(dataset: DatasetID, path: str) -> None:
    h5d, how = _h5py().h5d, dataset.get_create_plist()
    layout = how.get_layout()
    if layout == h5d.VIRTUAL or how.get_external_count():
        raise FormatError(
            f"{quoted(path)} takes its values from another file. Only what lies in this file is read."
        )
    if layout not in (h5d.CONTIGUOUS, h5d.COMPACT) or how.get_nfilters():
        raise FormatError(
            f"{quoted(path)} is chunked or compressed, as Keras never writes weights. "
            "Rewrite the file with: h5repack -l CONTI -f NONE"
        )


def _refuse_missing_bytes(dataset: DatasetID, needed: int, path: str, size_of_file: int) -> None:
    begin = dataset.get_offset() or 0
    stored = dataset.get_storage_size()
    if stored != needed or begin + stored > size_of_file:
        raise FormatError(
            f"{quoted(path)} declares {needed} bytes, but the file does not hold them."
        )


def _dtype(dataset: DatasetID, path: str, attributes: Texts) -> tuple[str, np.dtype]:
    """Return the name of a dtype of the closed table, and the one of the bytes, in either byte order."""
    h5t, kind = _h5py().h5t, dataset.get_type()
    if kind.get_class() == h5t.OPAQUE and kind.get_size() == 2:
        # HDF5 has no name for bfloat16: Keras writes opaque bytes, and the name as an attribute.
        if attributes.get(_h5py().h5o.get_info(dataset).addr, "dtype") == "bfloat16":
            return "bfloat16", numpy_dtype("bfloat16")
        raise FormatError(
            f"{quoted(path)} holds opaque bytes, which no attribute says are bfloat16."
        )
    if kind.get_class() == h5t.ENUM and kind.get_super().get_size() == 1 and kind.dtype == np.bool_:
        return "bool", np.dtype(bool)
    for name in _NUMBERS.get(kind.get_size(), ()):
        for stored in (np.dtype(name).newbyteorder(order) for order in "<>"):  # pyright: ignore[reportArgumentType]
            if kind.equal(h5t.py_create(stored)):
                return name, stored
    raise FormatError(
        f"{quoted(path)} does not hold plain numbers (HDF5 type class {kind.get_class()}, "
        f"{kind.get_size()} bytes each)."
    )


def _checksum_of(dataset: DatasetID | GroupID) -> int | None:
    """Return the CRC-32 that lamina has written beside the values, `None` if there is none."""
    h5a, h5t = _h5py().h5a, _h5py().h5t
    if not h5a.exists(dataset, CHECKSUM):
        return None
    attribute, value = h5a.open(dataset, CHECKSUM), np.zeros((), np.uint32)
    if attribute.shape == () and attribute.get_type().equal(h5t.STD_U32LE):
        attribute.read(value)
    return int(value)


def _run_of(root: Group) -> str | None:
    """Return which run of saving wrote this shard, if it is one that lamina wrote."""
    run = root.text("set")
    if run is None or (isinstance(run, str) and len(run) == 16):
        return run
    raise FormatError("its attribute `set` is not one that lamina writes.")


def _h5py() -> Any:
    import h5py

    return h5py
