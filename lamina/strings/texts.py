"""What users give as strings, as flat lists of bytes with a shape; and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.strings.packed import PADDING, Packed

_ENCODING = "utf-8"
_LOSSLESS = "surrogateescape"  # bytes that are not UTF-8 come back as they were
_BREAK = b"\n"


def to_array(x: Any) -> np.ndarray:
    """Return strings, numbers, lists of them, frames' columns or tensors as one NumPy array.

    Raises:
        ValueError: the lists within a list have different lengths.
    """
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, (str, bytes)):
        return _of_objects([x]).reshape(())
    if isinstance(x, (list, tuple)) and any(isinstance(part, (str, bytes)) for part in x):
        return _of_objects(x)  # each in its own length, and with zero bytes at its end
    if isinstance(x, (list, tuple)):
        parts = [to_array(part) for part in x]
        if len({part.shape for part in parts}) > 1:
            raise ValueError(
                f"A list of lists of one length is a table of strings, but here are the shapes "
                f"{sorted({part.shape for part in parts})}. Join the words of each text with spaces."
            )
        return np.stack(parts) if parts else np.empty(0, object)
    numpy_of = getattr(x, "numpy", None)  # TensorFlow's strings, which `asarray` does not take
    return np.asarray(numpy_of() if callable(numpy_of) else x)


def _of_objects(values: Any) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def is_text(array: Any) -> bool:
    """Say whether an array holds strings: by its dtype, or by its first value where that is `object`."""
    kind = getattr(getattr(array, "dtype", None), "kind", None)
    if kind == "O" and isinstance(array, np.ndarray):
        return array.size == 0 or isinstance(array.flat[0], (str, bytes))
    return kind in ("U", "S", "T")


def as_bytes(array: np.ndarray, what: str) -> list[bytes]:
    """Return the strings in `array`, flat, as bytes in UTF-8.

    Args:
        what: takes them, for messages.

    Raises:
        TypeError: something in the array is not a string.
        ValueError: a string cannot be written in UTF-8.
    """
    if array.dtype.kind not in "USOT":
        raise TypeError(
            f"{what} takes strings, not an array of {array.dtype}. Numbers become strings by x.astype(str)."
        )
    try:
        return [
            text if type(text) is bytes else text.encode(_ENCODING, _LOSSLESS)
            for text in array.ravel().tolist()
        ]
    except UnicodeEncodeError as error:
        raise ValueError(f"{what}: {error.object!r:.100} cannot be written in UTF-8.") from error
    except AttributeError:
        wrong = [(i, x) for i, x in enumerate(array.flat) if not isinstance(x, (str, bytes))]
        raise TypeError(
            f"{what} takes strings, but value number {wrong[0][0]} is {wrong[0][1]!r:.100} "
            f"({type(wrong[0][1]).__name__}), and {len(wrong)} of {array.size} are not strings. Replace missing "
            "values first, such as by ''."
        ) from None


def as_packed(array: np.ndarray, what: str) -> Packed:
    """Return what `as_bytes` returns as `Packed`, sooner: in most cases all strings are encoded as one."""
    values = array.ravel().tolist() if array.dtype.kind in "USOT" else []
    try:
        if values and type(values[0]) is bytes:
            joined = _BREAK.join(values)
        else:
            joined = _BREAK.decode().join(values).encode(_ENCODING, _LOSSLESS)
    except (TypeError, UnicodeEncodeError):
        return Packed(as_bytes(array, what))
    joined += _BREAK + PADDING
    ends = np.flatnonzero(np.frombuffer(joined, np.uint8) == ord(_BREAK))
    if len(ends) != len(values):  # there are none, or some hold a break themselves
        return Packed(as_bytes(array, what))
    starts = np.zeros_like(ends)
    np.add(ends[:-1], 1, out=starts[1:])
    return Packed.within(joined, starts, ends - starts)


def as_text(token: bytes, encoding: str = _ENCODING) -> str:
    """Return `token` as a `str`; bytes that are not in the encoding come back as they were by `as_bytes`."""
    return token.decode(encoding, _LOSSLESS)


def text_array(tokens: list[bytes], encoding: str = _ENCODING) -> np.ndarray:
    """Return tokens as an array of `str`: NumPy's own, or objects if one ends in a zero byte, which NumPy drops."""
    texts = [as_text(token, encoding) for token in tokens]
    exact = any(text.endswith("\0") for text in texts)
    return _of_objects(texts) if exact else np.array(texts, str)
