"""Writing HDF5 files of weights, laid out as Keras lays them out."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np

from lamina.saving.archive.window import WritableWindow
from lamina.saving.stores.holding import Holding

CHECKSUM = b"crc32"


def write(file: BinaryIO, holdings: Iterable[Holding], texts: Mapping[str, str]) -> None:
    """Write an HDF5 file into `file`, which is empty, and reads, writes and seeks.

    Each dataset has its CRC-32 as an attribute, which Keras does not look at; but not within an archive,
    which has checksums itself.

    Args:
        texts: short ones, for attributes of the root.

    Raises:
        OSError: it cannot be written.
    """
    import h5py

    within = isinstance(file, WritableWindow)
    window = file if within else WritableWindow(file, 0, "")
    with window.uncovered(), h5py.File(window, "w") as opened:
        for name, text in texts.items():
            opened.attrs[name] = np.bytes_(text)
        for holding in holdings:
            group = opened.create_group(f"{holding.path}/vars")
            _write(group, holding, has_checksums=not within)


def _write(group: Any, holding: Holding, has_checksums: bool) -> None:
    if holding.name is not None:
        group.attrs["name"] = holding.name
    for key, value in holding.values.items():
        write_array(group, key, value.fetch(), has_checksums)


def write_array(group: Any, name: str, array: np.ndarray, has_checksum: bool = True) -> None:
    """Write an array as a dataset of `group`, bfloat16 and checksum as `hdf5.read` expects them."""
    array = np.ascontiguousarray(array).reshape(array.shape)
    half = array.dtype.name == "bfloat16"
    dataset = group.create_dataset(name, data=array.view("V2") if half else array)
    if half:  # HDF5 has no such type: opaque bytes, and an attribute
        dataset.attrs["dtype"] = "bfloat16"
    if has_checksum:
        write_checksum(dataset.id, zlib.crc32(array.reshape(-1).view(np.uint8).data))


def write_checksum(member: Any, checksum: int) -> None:
    """Write the CRC-32 of what belongs to a dataset or a group (its low-level object)."""
    from h5py import h5a, h5s, h5t  # pyright: ignore[reportAttributeAccessIssue]

    attribute = h5a.create(member, CHECKSUM, h5t.STD_U32LE, h5s.create(h5s.SCALAR))
    attribute.write(np.array(checksum, np.uint32))
