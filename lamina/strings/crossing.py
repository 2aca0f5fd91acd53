"""The hash of several values together, as TensorFlow's `cross_hashed` has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamina.strings.farmhash import fingerprint64
from lamina.strings.texts import as_bytes, is_text

_KEY = np.uint64(0xDECAFCAFFE)  # what TensorFlow begins with
_MULTIPLIER = np.uint64(0xC6A4A7935BD1E995)  # of MurmurHash
_SHIFT = np.uint64(47)


def crossed(features: Sequence[np.ndarray], bins: int, what: str) -> np.ndarray:
    """Return the bin of each combination of values, int64.

    Args:
        features: arrays of one size, of strings, of which FarmHash's fingerprints count, or of whole numbers.
        bins: how many there are.
        what: hashes them, for messages.

    Raises:
        ValueError: an array is of other values.

    Example:
        >>> crossed([np.array(["A", "B"]), np.array([101, 101])], 5, "a test").tolist()
        [1, 4]
    """
    shape = features[0].shape
    total = np.full(features[0].size, _KEY, np.uint64)
    for feature in features:
        if is_text(feature):
            values = fingerprint64(as_bytes(feature, what))
        elif feature.dtype.kind in "biu":
            values = feature.ravel().astype(np.int64).view(np.uint64)
        else:
            raise ValueError(
                f"{what} takes strings and whole numbers, not an array of {feature.dtype}."
            )
        total = _together(total, values)
    return (total % np.uint64(bins)).astype(np.int64).reshape(shape)


def _together(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return one fingerprint for two, in this order; products wrap at 64 bits."""
    result = first ^ _MULTIPLIER ^ _mixed(second * _MULTIPLIER) * _MULTIPLIER
    result = _mixed(result * _MULTIPLIER) * _MULTIPLIER
    return _mixed(result)


def _mixed(x: np.ndarray) -> np.ndarray:
    return x ^ (x >> _SHIFT)
