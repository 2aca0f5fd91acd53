"""A file of named arrays beside texts, in the format of safetensors, with checksums.

Eight bytes say how long the header is; the header is JSON: for each array its dtype, its shape, and where
its bytes lie after the header, without gaps. Texts stand in the header's `__metadata__`. So nothing in a
file can be run, and every byte of memory that a reader takes is backed by a byte of the file.

lamina adds a text `crc32`: the CRC-32 of the header (with zeros for this text) and of each array, in
hexadecimal. Files of others have none, and are read all the same where the caller allows it.

Source: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lamina.core.file_errors import FormatError, LimitError, quoted
from lamina.core.file_source import Source, opened
from lamina.core.load_policy import Budget
from lamina.core.plain import read_json
from lamina.core.replacing import replacing
from lamina.core.variable import numpy_dtype

CODES = {
    "bool": "BOOL",
    "bfloat16": "BF16",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "complex64": "C64",
    **{f"int{8 * n}": f"I{8 * n}" for n in (1, 2, 4, 8)},
    **{f"uint{8 * n}": f"U{8 * n}" for n in (1, 2, 4, 8)},
}
_NAMES = {code: name for name, code in CODES.items()}
_AT_ONCE = 2**22  # bytes that are written in one go
_MARK = b'"crc32": "'


@dataclass(frozen=True)
class Entry:
    """An array to be written: its values are fetched when its turn comes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    fetch: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Stored:
    """An array in a file.

    Attributes:
        begin: where its bytes lie in the file.
        checksum: of its bytes; `None` if the file does not say.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    nbytes: int
    checksum: int | None

    def read(self, source: Source) -> np.ndarray:
        """Return the values, in aligned memory of their own.

        Raises:
            FormatError: the bytes are damaged, or are not truth values where these are declared.
            LimitError: they are more than the load may still take.
        """
        memory, checksum = source.memory_at(self.begin, self.nbytes)
        if self.checksum not in (None, checksum):
            raise FormatError(f"the checksum of {quoted(self.name)} is wrong: {_DAMAGED}")
        if self.dtype == "bool" and memory.size and memory.max() > 1:
            raise FormatError(f"{quoted(self.name)} holds truth values that are neither 0 nor 1.")
        return memory.view(numpy_dtype(self.dtype)).reshape(self.shape)


_DAMAGED = (
    "it was damaged after it was written, or another program changed it and kept a part of lamina's "
    "`__metadata__`. Then remove its entries 'crc32' and 'format'."
)


def write_to(file: BinaryIO, metadata: Mapping[str, str], entries: Iterable[Entry]) -> None:
    """Write a file of arrays into `file`, which is empty, and writes and seeks.

    Raises:
        TypeError: an array of a dtype that the format does not have.
    """
    entries = list(entries)
    header: dict[str, Any] = {"__metadata__": {**metadata, "crc32": _blank(len(entries))}}
    begin = 0
    for entry in entries:
        if entry.dtype not in CODES:
            raise TypeError(
                f"{entry.name!r} has dtype {entry.dtype}, which cannot be kept in a file."
            )
        size = math.prod(entry.shape) * numpy_dtype(entry.dtype).itemsize
        code, offsets = CODES[entry.dtype], [begin, begin := begin + size]
        header[entry.name] = {"dtype": code, "shape": list(entry.shape), "data_offsets": offsets}
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-(len(text) + 8) % 64)  # so that the first array begins at a multiple of 64
    file.write(len(text).to_bytes(8, "little") + text)
    checksums = [zlib.crc32(text), *(_write_array(file, entry) for entry in entries)]
    file.seek(8 + _place_of_checksums(text))
    file.write(" ".join(f"{checksum:08x}" for checksum in checksums).encode())


def _place_of_checksums(text: bytes) -> int:
    """Return where the checksums stand: a quote within plain data would be escaped."""
    return text.find(_MARK) + len(_MARK)


def _blank(count: int) -> str:
    return " ".join(["0" * 8] * (count + 1))


def _write_array(file: BinaryIO, entry: Entry) -> int:
    array = entry.fetch()
    if array.dtype.name != entry.dtype or array.shape != entry.shape:
        raise TypeError(
            f"{entry.name!r} became {array.dtype}{array.shape}, and was {entry.dtype}{entry.shape}."
        )
    array = np.ascontiguousarray(array)
    if array.dtype.name != "bfloat16":
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    view, checksum = array.reshape(-1).view(np.uint8).data, 0
    for at in range(0, len(view), _AT_ONCE):
        checksum = zlib.crc32(view[at : at + _AT_ONCE], checksum)
        file.write(view[at : at + _AT_ONCE])
    return checksum


def read_header(source: Source) -> tuple[dict[str, str], list[Stored]]:
    """Return the texts and the arrays of a file; no array is read yet.

    Raises:
        FormatError: it is not a file of this format, or its arrays are not where they should be.
        LimitError: it holds more than the load may take.
    """
    length = int.from_bytes(source.read_at(0, 8), "little")
    if source.size < 10 or not 2 <= length <= source.size - 8:
        raise FormatError(f"it does not begin as a file of arrays does ({source.size} bytes).")
    if source.read_at(8, 1) != b"{":
        raise FormatError("it does not begin as a file of arrays does: its header is not a table.")
    source.budget.charge("config_bytes", length)
    text = source.read_at(8, length)
    if len(text) < length:
        raise FormatError("it is cut off.")
    # A text in it may be a whole configuration; what bounds it is the header's size.
    limits = source.budget.limits
    header = read_json(text, Budget(replace(limits, json_string=limits.config_bytes)))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(x, str) for x in metadata.values()):
        raise FormatError("its `__metadata__` is not a table of texts.")
    source.budget.charge("tensors", len(header))
    stored = [_stored(name, entry, 8 + length, source) for name, entry in header.items()]
    stored.sort(key=lambda each: (each.begin, each.nbytes))
    end = 8 + length
    for each in stored:
        if each.begin != end:
            raise FormatError(f"the bytes of {quoted(each.name)} are not where they should be.")
        end += each.nbytes
    if end != source.size:
        raise FormatError(f"{source.size - end} bytes of it belong to nothing.")
    return metadata, _with_checksums(metadata, text, stored)


def _stored(name: str, entry: Any, begin: int, source: Source) -> Stored:
    if not name.isprintable():
        raise FormatError(f"the name {quoted(name)} has characters that cannot be shown.")
    match entry:
        case {"dtype": str(code), "shape": list(shape), "data_offsets": [int(first), int(end)]} if (
            len(entry) == 3 and type(first) is type(end) is int
        ):
            pass
        case _:
            raise FormatError(f"{quoted(name)} is not described as an array.")
    if code not in _NAMES or not all(type(n) is int and n >= 0 for n in shape):
        raise FormatError(f"{quoted(name)} has a dtype or a shape that no array has.")
    source.budget.check("rank", len(shape))
    size = math.prod(shape) * numpy_dtype(_NAMES[code]).itemsize
    if end - first != size or not 0 <= first <= end <= source.size - begin:
        raise FormatError(f"the bytes of {quoted(name)} are not where they should be.")
    return Stored(name, _NAMES[code], tuple(shape), begin + first, size, None)


def _with_checksums(metadata: dict[str, str], text: bytes, stored: list[Stored]) -> list[Stored]:
    """Check the header against its checksum, and give each array its own, if the file has them."""
    listed = metadata.get("crc32")
    if listed is None:
        if "lamina" in (*metadata, metadata.get("format")):  # which writes no file without them
            raise FormatError(f"its checksums are not there: {_DAMAGED}")
        return stored
    at, blank = _place_of_checksums(text), _blank(len(stored)).encode()
    if (
        re.fullmatch(r"[0-9a-f]{8}(?: [0-9a-f]{8})*", listed, re.ASCII) is None
        or len(listed) != len(blank)
        or text[at : at + len(blank)] != listed.encode()
    ):
        raise FormatError(f"its checksums are not such as lamina writes: {_DAMAGED}")
    header, *arrays = (int(word, 16) for word in listed.split(" "))
    if zlib.crc32(text[:at] + blank + text[at + len(blank) :]) != header:
        raise FormatError(f"the checksum of its header is wrong: {_DAMAGED}")
    return [replace(each, checksum=own) for each, own in zip(stored, arrays, strict=True)]


def write(path: Path, plain: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a file that takes the place of `path` when it is whole and on the disk.

    Args:
        plain: what `json.dumps` takes.
        arrays: of numbers or truth values, by name.

    Raises:
        TypeError: an array of another dtype.
        OSError: the file cannot be written; one that was there is as before.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.safetensors"
        >>> write(path, {"epoch": 3}, {"x": np.arange(3)})
        >>> read(path)
        ({'epoch': 3}, {'x': array([0, 1, 2])})
    """
    entries = [
        Entry(name, array.dtype.name, array.shape, lambda array=array: array)
        for name, array in arrays.items()
    ]
    with replacing(path) as part, part.open("r+b") as file:
        write_to(file, {"lamina": json.dumps(plain, ensure_ascii=False)}, entries)


def read(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """Return the plain data and the arrays of a file that `write` made.

    Raises:
        OSError: there is no such file, or it may not be read.
        FormatError: it is damaged, cut off, or something else; the message says what is wrong.
    """
    try:
        with opened(path, None) as source:
            metadata, stored = read_header(source)
            if not {"lamina", "crc32"} <= metadata.keys():
                raise FormatError("it was not written by lamina.")
            arrays = {each.name: each.read(source) for each in stored}
            return read_json(metadata["lamina"].encode()), arrays
    except (FormatError, LimitError) as error:
        raise type(error)(f"{path} is refused: {error}") from None
