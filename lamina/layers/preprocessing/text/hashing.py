"""`Hashing`."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.core import dtypes, settings
from lamina.core.choices import one_of
from lamina.core.sparse_rows import count, one_hot
from lamina.core.symbolic import KerasTensor
from lamina.layers.preprocessing.encoding import check_sparse
from lamina.layers.preprocessing.text.host_layer import HostLayer
from lamina.layers.preprocessing.text.lookup_arguments import salt_of
from lamina.strings.farmhash import fingerprint64
from lamina.strings.siphash import siphash
from lamina.strings.texts import as_bytes, is_text

_MODES = ("int", "one_hot", "multi_hot", "count")


def hashed(array: np.ndarray, bins: int, salt: list[int] | None, what: str) -> np.ndarray:
    """Return the bin of each value: of a string by its bytes, of a number by the digits of its whole part.

    Args:
        array: strings or numbers, of any shape.
        bins: how many there are.
        salt: the key of SipHash; without one it is FarmHash's fingerprint that counts.
        what: hashes them, for messages.

    Returns:
        int64 of the shape of `array`.
    """
    if is_text(array):
        texts = as_bytes(array, what)
    else:
        texts = [b"%d" % number for number in array.ravel().astype(np.int64).tolist()]
    hashes = fingerprint64(texts) if salt is None else siphash(texts, salt)
    return (hashes % np.uint64(bins)).astype(np.int64).reshape(array.shape)


class Hashing(HostLayer):
    """The bin of each string or number, by a hash that is the same everywhere and for ever.

    NumPy computes it on the host. Strings are hashed as UTF-8, numbers as the digits of their whole part.

    Args:
        num_bins: how many bins there are.
        mask_value: has bin 0, and nothing else has.
        salt: one or two integers, the key of SipHash-2-4; without it FarmHash's Fingerprint64 is taken.
        output_mode: `"int"`: bins, int64 (int32 where the engine has no int64); `"one_hot"`: a row for each
            value; `"multi_hot"`, `"count"`: a row for each row of values, with 1 or the count in its bins.
        sparse: return sparse tensors (`docs/sparse.md`), where rows of them come out.

    Raises:
        ValueError: arguments that do not fit each other.

    Example:
        >>> import lamina
        >>> np.asarray(Hashing(num_bins=5)([["a"], ["b"]])).tolist()
        [[4], [2]]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ):
        one_of("Hashing", "output_mode", output_mode, _MODES)
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else settings.floatx()
        super().__init__(**kwargs)
        check_sparse("Hashing", sparse, output_mode)
        if not isinstance(num_bins, int) or num_bins <= 0:
            raise ValueError(f"Hashing: `num_bins` must be at least 1, not {num_bins!r}.")
        if output_mode == "int" and self.compute_dtype not in dtypes.INTS:
            raise ValueError(
                f"Hashing: with output_mode='int' the dtype must be one of integers, not {self.compute_dtype}."
            )
        self.num_bins, self.mask_value, self.salt = num_bins, mask_value, salt_of(salt)
        self.output_mode, self.sparse = output_mode, sparse

    def on_host(self, inputs: np.ndarray) -> np.ndarray:
        """Return the bins, or rows of them."""
        bins = self.bins_of(inputs)
        if self.output_mode == "int":
            return bins.astype(self.compute_dtype)
        if self.output_mode == "one_hot":
            return one_hot(bins, self.num_bins, self.sparse).astype(self.compute_dtype)
        number = int(np.prod(inputs.shape[:-1]))
        rows = np.repeat(np.arange(number), inputs.shape[-1] if inputs.ndim else 1)
        counts = count(rows, bins.ravel(), number, self.num_bins, self.sparse)
        counts = counts > 0 if self.output_mode == "multi_hot" else counts
        counts = counts.astype(self.compute_dtype)
        return counts.reshape(*inputs.shape[:-1], self.num_bins)

    def bins_of(self, inputs: np.ndarray) -> np.ndarray:
        """Return the bin of each value, int64."""
        reserved = int(self.mask_value is not None and self.num_bins > 1)
        bins = (
            hashed(inputs, self.num_bins - reserved, self.salt, f"Hashing {self.name!r}") + reserved
        )
        if self.mask_value is not None:
            bins[self.is_masked(inputs)] = 0
        return bins

    def is_masked(self, inputs: np.ndarray) -> np.ndarray:
        """Tell for each value whether it is the mask's."""
        if not is_text(inputs):
            return inputs == self.mask_value
        mask = as_bytes(np.array([self.mask_value], object), "mask_value")[0]
        same = [text == mask for text in as_bytes(inputs, "Hashing")]
        return np.array(same, bool).reshape(inputs.shape)

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """Return a KerasTensor like the output."""
        shape = tuple(inputs.shape)
        if self.output_mode != "int":
            if self.output_mode != "one_hot" or (shape and shape[-1] == 1):
                shape = shape[:-1]
            shape = (*shape, self.num_bins)
        return KerasTensor(shape, self.compute_dtype, self.sparse)
