"""A file of named arrays beside plain data, in the format of safetensors, with a checksum.

Eight bytes say how long the header is; the header is JSON: for each array its dtype, its shape, and where
its bytes lie after the header, without gaps. Plain data stand in the header's `__metadata__`. So nothing in
a file can be run, and every byte of memory that a reader takes is backed by a byte of the file.

Source: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lamina.core.file_errors import FormatError, quoted
from lamina.core.plain import read_json
from lamina.core.regular_file import open_regular, size_of
from lamina.core.replacing import replacing
from lamina.core.variable import numpy_dtype

DTYPES = {
    "bool": "BOOL",
    "bfloat16": "BF16",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    **{f"int{8 * n}": f"I{8 * n}" for n in (1, 2, 4, 8)},
    **{f"uint{8 * n}": f"U{8 * n}" for n in (1, 2, 4, 8)},
}
_NAMES = {code: name for name, code in DTYPES.items()}
_LONGEST_HEADER = 2**28  # bytes
_AT_ONCE = 2**24  # bytes that are read, or written, in one go
_UNKNOWN = "0" * 32  # stands for the checksum while it is computed


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
    header: dict[str, Any] = {
        "__metadata__": {"lamina": json.dumps(plain, ensure_ascii=False), "checksum": _UNKNOWN}
    }
    begin, native = 0, {name: _native(name, array) for name, array in arrays.items()}
    for name, array in native.items():
        offsets = [begin, begin := begin + array.nbytes]
        code = DTYPES[array.dtype.name]
        header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": offsets}
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with replacing(path) as part, part.open("r+b") as file:
        digest = hashlib.blake2b(digest_size=16)
        for piece in (len(text).to_bytes(8, "little"), text, *map(_bytes_of, native.values())):
            for at in range(0, len(piece), _AT_ONCE):
                digest.update(piece[at : at + _AT_ONCE])
                file.write(piece[at : at + _AT_ONCE])
        file.seek(8 + _place_of_checksum(text))
        file.write(digest.hexdigest().encode())


def _native(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.name not in DTYPES:
        raise TypeError(f"{name!r} has dtype {array.dtype}, which cannot be kept in a file.")
    array = np.ascontiguousarray(array).reshape(array.shape)  # it makes scalars vectors
    little = array.dtype.newbyteorder("<") if array.dtype.name != "bfloat16" else array.dtype
    return array.astype(little, copy=False)


def _bytes_of(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _place_of_checksum(text: bytes) -> int:
    """Return where the checksum stands: a quote within plain data would be escaped."""
    return text.index(b'"checksum": "') + len(b'"checksum": "')


def read(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """Return the plain data and the arrays of a file that `write` made.

    Raises:
        OSError: there is no such file, or it may not be read.
        FormatError: it is damaged, cut off, or something else; the message says what is wrong.
    """
    with open_regular(path) as file:
        try:
            return _read(file, size_of(file))
        except FormatError as error:
            raise FormatError(f"{path} is refused: {error}") from None


def _read(file: BinaryIO, size: int) -> tuple[Any, dict[str, np.ndarray]]:
    begin, brace = file.read(8), file.read(1)
    length = int.from_bytes(begin, "little")
    if brace != b"{" or not 0 < length <= min(size - 8, _LONGEST_HEADER):
        raise FormatError(f"it does not begin as a file of arrays does ({size} bytes).")
    text = brace + file.read(length - 1)
    header = read_json(text)
    metadata = header.pop("__metadata__", None) if isinstance(header, dict) else None
    match metadata:
        case {"lamina": str(plain), "checksum": str(checksum)} if len(checksum) == len(_UNKNOWN):
            pass
        case _:
            raise FormatError("it was not written by lamina.")
    at = text.find(b'"checksum": "') + len(b'"checksum": "')
    blank = text[:at] + _UNKNOWN.encode() + text[at + len(_UNKNOWN) :]
    digest = hashlib.blake2b(begin + blank, digest_size=16)
    arrays = _arrays(file, header, size - 8 - length, digest)
    if digest.hexdigest() != checksum:
        raise FormatError("its checksum is wrong: it was damaged after it was written.")
    return read_json(plain.encode()), arrays


def _arrays(file: BinaryIO, header: dict, size: int, digest: Any) -> dict[str, np.ndarray]:
    arrays, begin = {}, 0
    for name, entry in header.items():
        match entry:
            case {"dtype": str(code), "shape": list(shape), "data_offsets": [int(first), int(end)]}:
                pass
            case _:
                raise FormatError(f"{quoted(name)} is not described as an array.")
        if (
            code not in _NAMES
            or len(shape) > 32
            or not all(type(n) is int and n >= 0 for n in shape)
        ):
            raise FormatError(f"{quoted(name)} has a dtype or a shape that no array has.")
        dtype = numpy_dtype(_NAMES[code])
        needed = math.prod(shape) * dtype.itemsize
        if first != begin or end - first != needed or end > size:
            raise FormatError(f"the bytes of {quoted(name)} are not where they should be.")
        memory = np.empty(needed, np.uint8)
        view = memory.data
        for at in range(0, needed, _AT_ONCE):
            piece = view[at : at + _AT_ONCE]
            if file.readinto(piece) < len(piece):  # type: ignore[attr-defined]
                raise FormatError("it is cut off.")
            digest.update(piece)
        arrays[name], begin = memory.view(dtype).reshape(shape), end
    if begin != size:
        raise FormatError(f"{size - begin} bytes of it belong to nothing.")
    return arrays
