"""Read numbers out of pickles without running what pickles can run.

IMDB's and CIFAR-10's files are pickles. A pickle may call anything that it can name, so this
reader knows no name but the few with which NumPy's arrays are written, and for these it has
stand-ins of its own: they hold what the file says until it was checked, then become arrays.
Everything else is refused.
"""

import math
import pickle
import zipfile
from collections.abc import Callable, Sequence
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

_DTYPES = frozenset({"b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"})
_PLAIN = frozenset({int, float, bool, bytes, str, type(None)})
_MAX_DEPTH = 8
_DAMAGE = (
    pickle.UnpicklingError, zipfile.BadZipFile, EOFError, KeyError, IndexError, AttributeError,
    TypeError, ValueError, ImportError, OverflowError, MemoryError, RecursionError,
)  # fmt: skip


def read(file: IO[bytes], name: str) -> Any:
    """Return the numbers, byte strings, lists, tuples, dicts and arrays in the pickle `file`.

    Raises:
        ValueError: the pickle is damaged or names anything but NumPy's arrays; `name` says which.
    """
    try:
        return _finished(_Reader(file, encoding="bytes").load(), 0, {})
    except _DAMAGE as error:
        raise ValueError(
            f"{name} is refused: {error}. Only plain arrays of numbers are read."
        ) from error


def read_npz(path: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the arrays `names` of an `.npz` file; arrays of objects must be lists of integers.

    Raises:
        ValueError: an array is missing, damaged, or holds other objects.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            return {name: _read_member(bundle, f"{name}.npy", path) for name in names}
    except _DAMAGE as error:
        raise ValueError(f"{path} is refused: {error}.") from error


def array_of_lists(lists: Sequence[list]) -> np.ndarray:
    """Make a one-dimensional array of lists, also where all are of one length."""
    array = np.empty(len(lists), object)
    for position, row in enumerate(lists):
        array[position] = row
    return array


def _read_member(bundle: zipfile.ZipFile, member: str, path: str) -> np.ndarray:
    with bundle.open(member) as file:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        if not header(file)[2].hasobject:
            with bundle.open(member) as again:
                return npy.read_array(again, allow_pickle=False)
        rows = read(file, f"{path} ({member})")
    if type(rows) is not list or not all(
        type(row) is list and {*map(type, row)} <= {int} for row in rows
    ):
        raise ValueError(
            f"{path} ({member}) is refused: it holds other objects than lists of integers."
        )
    return array_of_lists(rows)


class _Reader(pickle.Unpickler):
    """Looks nothing up but NumPy's array and dtype, and for these finds the stand-ins below."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _STAND_INS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


class _Callable:
    """A function that a pickle may call, but neither change nor instantiate."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable):
        self._function = function

    def __call__(self, *args: Any) -> Any:
        return self._function(*args)

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("it changes a function")


class _Dtype:
    """A dtype as a pickle describes it."""

    __slots__ = ("code", "order")

    def __init__(self, code: Any, *_: Any):
        self.code = code.decode("ascii", "replace") if isinstance(code, bytes) else code
        self.order = "="
        if self.code not in _DTYPES and self.code not in ("O", "O8", "O4"):
            raise pickle.UnpicklingError(f"it holds an array of the dtype {self.code!r:.40}")

    def __setstate__(self, state: Any) -> None:
        order = state[1].decode() if isinstance(state[1], bytes) else state[1]
        if order not in ("<", ">", "|", "="):
            raise pickle.UnpicklingError(f"it holds an array of the byte order {order!r:.40}")
        self.order = order


class _Array:
    """An array as a pickle describes it."""

    __slots__ = ("state",)

    def __init__(self, *_: Any):
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def finished(self, depth: int, done: dict[int, Any]) -> Any:
        """Return the array; of an array of objects, which must have one axis, the list of them."""
        _, shape, dtype, fortran, data = self.state
        sizes = type(shape) is tuple and all(type(size) is int and size >= 0 for size in shape)
        if not sizes or type(dtype) is not _Dtype:
            raise pickle.UnpicklingError("it holds an array without shape or dtype")
        if dtype.code.startswith("O"):
            if type(data) is not list or shape != (len(data),):
                raise pickle.UnpicklingError("it holds an array of objects that is not a list")
            return _finished(data, depth, done)
        kind = np.dtype(dtype.order + dtype.code)
        if type(data) is not bytes or len(data) != math.prod(shape) * kind.itemsize:
            raise pickle.UnpicklingError(
                f"it holds an array of the shape {shape} without the bytes for it"
            )
        order = "F" if fortran else "C"
        return np.frombuffer(bytearray(data), kind).reshape(shape, order=order)


def _encode(text: str, encoding: str) -> bytes:
    # Python 3 writes byte strings so in the older protocols.
    if type(text) is not str or encoding != "latin1":
        raise pickle.UnpicklingError("it encodes a text in an unusual way")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    return b""


_STAND_INS: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _Callable(_Array),
    ("numpy._core.multiarray", "_reconstruct"): _Callable(_Array),
    ("numpy", "ndarray"): _Callable(_Array),
    ("numpy", "dtype"): _Callable(_Dtype),
    ("_codecs", "encode"): _Callable(_encode),
    ("__builtin__", "bytes"): _Callable(_no_bytes),
}


def _finished(value: Any, depth: int, done: dict[int, Any]) -> Any:
    """Return `value` with every stand-in checked and made an array; only plain data are let through.

    `done` holds the result for each object met so far: a pickle may name one many times.
    """
    if type(value) in _PLAIN:
        return value
    if id(value) in done:
        return done[id(value)]
    if depth > _MAX_DEPTH:
        raise pickle.UnpicklingError("it is nested too deeply")
    done[id(value)] = value  # a list within itself ends here
    done[id(value)] = result = _finished_container(value, depth + 1, done)
    return result


def _finished_container(value: Any, depth: int, done: dict[int, Any]) -> Any:
    if type(value) is list:
        if not {*map(type, value)} <= _PLAIN:
            value[:] = [_finished(item, depth, done) for item in value]
        return value
    if type(value) is tuple:
        return tuple(_finished(item, depth, done) for item in value)
    if type(value) is dict:
        if not {*map(type, value)} <= _PLAIN:
            raise pickle.UnpicklingError("it holds a dict with unusual keys")
        return {key: _finished(item, depth, done) for key, item in value.items()}
    if type(value) is _Array:
        return value.finished(depth, done)
    raise pickle.UnpicklingError(f"it holds a {type(value).__name__}")
