"""`.npz` files: an archive with one `.npy` file for each array, which `numpy.load` reads.

The members are called by their places (`layers/dense/vars/0.npy`). bfloat16, which `.npy` has no name for,
is written as float32, which holds every such number, and becomes bfloat16 again in a variable of that dtype.

Some files of NumPy hold pickled objects: they are programs, and are refused. So are the `.npz` files that
Keras itself has written within `.keras` files: it puts a whole layer's arrays into one object.

Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import BinaryIO

import numpy as np

from lamina.core.file_errors import FormatError, PolicyError, quoted
from lamina.core.file_source import Source
from lamina.core.regular_file import size_of
from lamina.saving.archive import ArchiveReader, ArchiveWriter
from lamina.saving.archive.names import in_arrays
from lamina.saving.stores.flat import FlatFolder, tree
from lamina.saving.stores.holding import Holding
from lamina.saving.stores.tree import Folder, Tensor

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 2**12  # bytes
_HEADER = re.compile(
    r"\{'descr': '(?P<descr>[^'\\]{1,20})', 'fortran_order': (?P<fortran>True|False), "
    r"'shape': \((?P<shape>|\d{1,19},|\d{1,19}(?:, \d{1,19})+)\),? ?\} *\n?",
    re.ASCII,
)
_DTYPES = {
    "|b1": "bool",
    "|i1": "int8",
    "|u1": "uint8",
    **{f"{order}{kind}{size}": f"{name}{8 * size}"
       for order in "<>" for kind, name in (("i", "int"), ("u", "uint"), ("f", "float"))
       for size in (2, 4, 8) },
    **{f"{order}c8": "complex64" for order in "<>"},
}  # fmt: skip


class Member(Tensor):
    """A `.npy` file of the archive.

    Raises:
        FormatError: it is not such a file, or has not as many bytes as it says.
        PolicyError: it holds pickled objects.
    """

    def __init__(self, path: str, file: BinaryIO, source: Source):
        self.path, self._file, self._source = path, file, source
        text, self._begin = _header_of(file, path)
        if "'|O'" in text:
            raise PolicyError(f"{quoted(path)} holds pickled objects, which can run programs.")
        header = _HEADER.fullmatch(text)
        if header is None:
            raise FormatError(f"{quoted(path)} has a header that is not plain: {quoted(text)}.")
        descr = header["descr"]
        if descr not in _DTYPES:
            raise FormatError(f"{quoted(path)} has the dtype {quoted(descr)}, not plain numbers.")
        self._stored, self._fortran = np.dtype(descr), header["fortran"] == "True"
        self.dtype = _DTYPES[descr]
        self.shape = tuple(int(n) for n in header["shape"].split(",") if n)
        source.budget.check("rank", len(self.shape))
        size = size_of(file) - self._begin
        if prod(self.shape) * self._stored.itemsize != size:
            raise FormatError(
                f"{quoted(path)} declares the shape {quoted(self.shape)}, but has {size} bytes of values."
            )

    def read(self) -> np.ndarray:
        """Return the values."""
        within = Source(self._file, self.path, self._begin + self.nbytes, self._source.budget)
        memory, _ = within.memory_at(self._begin, self.nbytes)
        if self.dtype == "bool" and memory.size and memory.max() > 1:
            raise FormatError(f"{quoted(self.path)} holds truth values that are neither 0 nor 1.")
        value = memory.view(self._stored)
        value = value.reshape(self.shape[::-1]).T if self._fortran else value.reshape(self.shape)
        return np.ascontiguousarray(value, self.dtype).reshape(self.shape)


def _header_of(file: BinaryIO, path: str) -> tuple[str, int]:
    """Return the text of the header, and where the values begin."""
    start = file.read(8)
    width = {1: 2, 2: 4, 3: 4}.get(start[6]) if len(start) == 8 and not start[7] else None
    if start[:6] != _MAGIC or width is None:
        raise FormatError(f"{quoted(path)} is not a file of an array that NumPy has written.")
    length = int.from_bytes(file.read(width), "little")
    if length > _LONGEST_HEADER:
        raise FormatError(
            f"{quoted(path)} has a header of {length} bytes; {_LONGEST_HEADER} are enough."
        )
    text = file.read(length)
    if len(text) < length:
        raise FormatError(f"{quoted(path)} is cut off.")
    try:
        return text.decode("ascii"), 8 + width + length
    except UnicodeDecodeError:
        raise FormatError(f"{quoted(path)} has a header that is not plain text.") from None


@contextmanager
def read(source: Source, names: Callable[[], Mapping[str, str]]) -> Iterator[Folder]:
    """Give the root of a file.

    Raises:
        FormatError: it is not such a file, or is damaged.
    """
    archive = ArchiveReader(source.file, source.budget, in_arrays)
    source.budget.charge("tensors", len(archive.members))
    places = {name: name.removesuffix(".npy") for name in archive.members}
    tensors = {at: Member(at, archive.open(name), source) for name, at in places.items()}
    for name, at in places.items():
        tensors[at].checksum = archive.members[name].crc
    yield FlatFolder("", tree(tensors.items()))


def write(file: BinaryIO, holdings: Iterable[Holding], texts: Mapping[str, str]) -> None:
    """Write a file; it has no room for texts."""
    with ArchiveWriter(file) as archive:
        for holding in holdings:
            for key, value in holding.values.items():
                array = value.fetch()
                if array.dtype.name == "bfloat16":
                    array = array.astype("float32")
                with archive.member(f"{holding.path}/vars/{key}.npy".lstrip("/")) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
