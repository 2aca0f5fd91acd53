"""What every file of weights is to the code that loads it: folders of tensors, whatever the format."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from lamina.core.file_errors import FormatError, quoted
from lamina.core.variable import numpy_dtype


class Tensor(ABC):
    """An array that may be read: shape and dtype are known, and its bytes are there.

    Attributes:
        path: where it lies in the file, as `"layers/dense/vars/0"`.
        shape: its shape.
        dtype: the name of its dtype, as `"float32"` or `"bfloat16"`.
        checksum: the CRC-32 that its bytes must have, `None` if the file does not say.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    checksum: int | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return math.prod(self.shape) * numpy_dtype(self.dtype).itemsize

    @abstractmethod
    def read(self) -> np.ndarray:
        """Return the values, in memory of their own and of this machine's byte order.

        Raises:
            FormatError: the bytes cannot be read, are not valid, or were damaged.
            LimitError: they are more than the load's budget has left.
        """


class Folder(ABC):
    """A named place with tensors and further folders in it.

    Attributes:
        path: where it lies in the file; empty for the root.
        texts: what else a root holds, by name, in formats that have room for it.
    """

    path: str
    texts: Mapping[str, str] = MappingProxyType({})

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __contains__(self, name: str) -> bool: ...

    @abstractmethod
    def names(self, at_most: int) -> list[str]:
        """Return names of members; of very many, some."""

    @abstractmethod
    def open(self, name: str) -> Folder | Tensor:
        """Return the member `name`, which must be there.

        Raises:
            FormatError: it is of a kind that is not read.
        """

    def folder(self, name: str) -> Folder | None:
        """Return the folder `name`, `None` if it is not there."""
        member = self.open(name) if name in self else None
        if isinstance(member, Tensor):
            raise FormatError(f"{quoted(member.path)} is a dataset; a group is expected there.")
        return member

    def tensor(self, name: str) -> Tensor:
        """Return the tensor `name`, which must be there."""
        member = self.open(name) if name in self else None
        if not isinstance(member, Tensor):
            fault = "is not there" if member is None else "is a group; a dataset is expected there"
            raise FormatError(f"{quoted(f'{self.path}/{name}')} {fault}.")
        return member
