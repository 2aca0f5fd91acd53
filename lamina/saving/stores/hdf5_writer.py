"""Writing HDF5 files of weights, laid out as Keras lays them out."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np

from lamina.core.file_errors import quoted
from lamina.saving.stores.holding import Holding

CHECKSUM = b"crc32"


def write(file: BinaryIO, holdings: Iterable[Holding], texts: Mapping[str, str]) -> None:
    """Write an HDF5 file into `file`, which is empty, and reads, writes and seeks.

    Each dataset has its CRC-32 as an attribute, which Keras does not look at.

    Args:
        texts: short ones, for attributes of the root.

    Raises:
        OSError: it cannot be written.
    """
    import h5py

    try:
        with h5py.File(file, "w") as opened:
            for name, text in texts.items():
                opened.attrs[name] = np.bytes_(text)
            for holding in holdings:
                _write(opened.create_group(f"{holding.path}/vars"), holding)
    except RuntimeError as error:  # a full disk while closing
        raise OSError(quoted(str(error))) from error


def _write(group: Any, holding: Holding) -> None:
    if holding.name is not None:
        group.attrs["name"] = holding.name
    for key, value in holding.values.items():
        array = np.ascontiguousarray(value.fetch()).reshape(value.shape)
        half = array.dtype.name == "bfloat16"
        dataset = group.create_dataset(key, data=array.view("V2") if half else array)
        if half:  # HDF5 has no such type: opaque bytes, and an attribute
            dataset.attrs["dtype"] = "bfloat16"
        _write_checksum(dataset.id, zlib.crc32(array.reshape(-1).view(np.uint8).data))


def _write_checksum(dataset: Any, checksum: int) -> None:
    from h5py import h5a, h5s, h5t

    attribute = h5a.create(dataset, CHECKSUM, h5t.STD_U32LE, h5s.create(h5s.SCALAR))
    attribute.write(np.array(checksum, np.uint32))
