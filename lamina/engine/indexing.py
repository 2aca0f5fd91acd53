"""`x[key]` with NumPy's meaning, on the primitives: for libraries whose own index arrays mean something else.

Slices, new axes and (beside arrays without axes) ints are the library's own indexing; arrays are gathered.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.engine.current import engine

_EVERYTHING = slice(None)


def getitem(x: Any, key: Any, plainly: Callable[[Any, list], Any]) -> Any:
    """The contract's `getitem`; `plainly(x, parts)` is it for a key without arrays."""
    e = engine()
    arrays = (list, np.ndarray, np.generic, *e.array_types)
    parts = list(key) if isinstance(key, tuple) else [key]
    if not any(isinstance(part, arrays) for part in parts):
        return plainly(x, parts)
    parts = [y for part in parts for y in (_indices(part) if isinstance(part, arrays) else [part])]
    parts = spelled_out(parts, len(e.shape(x)))
    if any(isinstance(part, e.array_types) and len(e.shape(part)) for part in parts):
        # NumPy counts an int beside an index array as an index array.
        parts = [e.asarray(part) if type(part) is int else part for part in parts]
    plain = [_EVERYTHING if isinstance(part, e.array_types) else part for part in parts]
    if any(part != _EVERYTHING for part in plain):
        x = plainly(x, plain)
    left = [part for part in parts if type(part) is not int]  # one for each axis of the new `x`
    return _gathered(x, {i: y for i, y in enumerate(left) if isinstance(y, e.array_types)})


def _indices(part: Any) -> list:
    """An array of a key as index arrays: a mask as those where it is true, one for each of its axes."""
    e = engine()
    if not isinstance(part, e.array_types):
        part = np.asarray(part)
        result = np.nonzero(part) if part.dtype == bool else [part]
        return [e.asarray(y, "int32") for y in result]
    if e.dtype(part) == "bool":
        places = e.argwhere(part)
        return [_column(places, i) for i in range(len(e.shape(part)))]
    return [part if e.dtype(part) in ("int32", "int64") else e.cast(part, "int64")]


def _column(x: Any, i: int) -> Any:
    """The i-th column of a matrix."""
    return engine().getitem(x, (_EVERYTHING, i))


def spelled_out(parts: list, ndim: int) -> list:
    """`parts` without an ellipsis, one for every axis and for every new one."""
    given = sum(part is not None and part is not Ellipsis for part in parts)
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    return parts[:at] + [_EVERYTHING] * (ndim - given) + parts[at + 1 :]


def _gathered(x: Any, indices: dict[int, Any]) -> Any:
    """`x` at index arrays by axis; their common axes stand where NumPy puts them."""
    e = engine()
    axes, sizes = list(indices), e.shape(x)
    first, others = axes[0], [axis for axis in range(len(sizes)) if axis not in indices]
    if len(axes) == 1:
        return e.take(x, _from_start(indices[first], sizes[first]), first)
    # As one axis, of which an index counts all elements.
    count = math.prod(sizes[axis] for axis in axes)
    is_wide = count > 2**31 or any(e.dtype(index) == "int64" for index in indices.values())
    at: Any = None
    for axis, index in indices.items():
        index = e.cast(_from_start(index, sizes[axis]), "int64" if is_wide else "int32")
        at = index if at is None else e.add(index, e.multiply(at, sizes[axis]))
    joined = e.reshape(e.transpose(x, axes + others), (count, *(sizes[axis] for axis in others)))
    result = e.take(joined, at, 0)
    if first == 0 or axes != list(range(first, first + len(axes))):
        return result
    new, rest = len(e.shape(at)), range(len(e.shape(at)), len(e.shape(result)))
    return e.transpose(result, [*rest[:first], *range(new), *rest[first:]])


def _from_start(index: Any, size: int) -> Any:
    e = engine()
    return e.where(e.less(index, 0), e.add(index, size), index)
