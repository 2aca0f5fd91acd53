"""Writing HDF5 files of weights, laid out as Keras lays them out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from lamina.core.file_errors import quoted
from lamina.saving.stores.holding import Holding, as_array


def write(file: BinaryIO, holdings: Iterable[Holding]) -> None:
    """Write an HDF5 file into `file`, which is empty, and reads, writes and seeks.

    Raises:
        OSError: it cannot be written.
    """
    import h5py

    try:
        with h5py.File(file, "w") as opened:
            for holding in holdings:
                _write(opened.create_group(f"{holding.path}/vars"), holding)
    except RuntimeError as error:  # a full disk while closing
        raise OSError(quoted(str(error))) from error


def _write(group, holding: Holding) -> None:
    if holding.name is not None:
        group.attrs["name"] = holding.name
    for key, value in holding.values.items():
        array = as_array(value)
        half = array.dtype.name == "bfloat16"
        dataset = group.create_dataset(key, data=array.view("V2") if half else array)
        if half:  # HDF5 has no such type: opaque bytes, and an attribute
            dataset.attrs["dtype"] = "bfloat16"
