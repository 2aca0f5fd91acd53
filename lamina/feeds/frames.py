"""Tables with named columns: frames of pandas, polars, Arrow and their like, read through narwhals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lamina.engine.current import to_host
from lamina.feeds.kinds import family_of
from lamina.strings.texts import is_text


class Columns(dict[str, Any]):
    """The columns of a table by name, arrays with one sample per entry of axis 0."""


def is_frame(data: Any) -> bool:
    """Tell whether `data` is a table in memory.

    Raises:
        ValueError: it is the plan of one, which has no rows yet.
    """
    family = family_of(data)
    if family == "lazy frame":
        raise ValueError("A LazyFrame has no rows yet: call its `collect()`, and give the result.")
    return family == "frame"


def read(frame: Any, names: Iterable[str] | None = None) -> Columns:
    """Return the columns `names` of a table (all by default) as arrays, of numbers or not.

    Missing values are NaN; lists of one length become an axis.
    """
    if isinstance(frame, Columns):
        return Columns({name: to_host(frame[name]) for name in names or frame})
    import narwhals

    if type(frame).__name__ == "RecordBatch":
        import pyarrow

        frame = pyarrow.Table.from_batches([frame])
    columns = narwhals.from_native(frame, eager_only=True).iter_columns()
    arrays = {str(column.name): column for column in columns}
    return Columns({name: _values(arrays[name]) for name in names or arrays})


def numbers(columns: Columns, what: str, strings: bool = False) -> Columns:
    """Return `columns`, all of which hold numbers, or with `strings` these.

    Raises:
        ValueError: a column holds strings, dates, objects or lists of many lengths; the message names it.
    """
    for name, array in columns.items():
        if array.dtype.kind not in "biufc" and not (strings and is_text(array)):
            raise ValueError(
                f"Column {name!r} of `{what}` holds {kind_of_values(array)} (dtype {array.dtype}), but a model "
                "takes numbers. Turn it into numbers first, e.g. with pandas.get_dummies or pandas.factorize."
            )
    return columns


def column_of(series: Any) -> np.ndarray:
    """Return a single column (a pandas or polars Series, an Arrow array) as an array."""
    import narwhals

    return _values(narwhals.from_native(series, series_only=True, pass_through=False))


def together(columns: Columns, what: str) -> np.ndarray:
    """Return columns side by side along axis 1; a single column of arrays stays as it is.

    Raises:
        ValueError: several columns, and one has arrays of more than one axis.
    """
    arrays = list(columns.values())
    if len(arrays) == 1 and arrays[0].ndim > 1:
        return arrays[0]
    if any(array.ndim > 2 for array in arrays):
        shapes = {name: array.shape[1:] for name, array in columns.items()}
        raise ValueError(
            f"The columns of `{what}` do not fit side by side: their samples have the shapes {shapes}. "
            "Name the model's inputs as the columns, or keep only those that it takes."
        )
    if {array.dtype.kind for array in arrays} > {"b"}:  # truth among numbers
        arrays = [array.astype("int8") if array.dtype == bool else array for array in arrays]
    return np.concatenate([a[:, None] if a.ndim == 1 else a for a in arrays], axis=1)


def parted(x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """Take columns of the table `x` that `y` and `sample_weight` name; the rest is what a model sees.

    Raises:
        ValueError: the table has no such column.

    Example:
        >>> table = Columns(size=np.arange(3), price=np.arange(3.0))
        >>> parted(table, "price", None)
        ({'size': array([0, 1, 2])}, array([0., 1., 2.]), None)
    """
    if not (_named(y) or _named(sample_weight)) or not is_frame(x):
        return x, y, sample_weight
    rest = read(x)
    everything = dict(rest)

    def take(names: Any, what: str) -> Any:
        if not _named(names):
            return names
        absent = [name for name in _listed(names) if name not in everything]
        if absent:
            raise ValueError(f"`{what}` names the columns {absent}; `x` has {list(everything)}.")
        for name in _listed(names):
            rest.pop(name, None)
        picked = numbers(Columns({name: everything[name] for name in _listed(names)}), what)
        return picked[names] if isinstance(names, str) else picked

    y, sample_weight = take(y, "y"), take(sample_weight, "sample_weight")
    return rest, y, sample_weight


def _listed(names: Any) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _named(given: Any) -> bool:
    return isinstance(given, str) or (
        isinstance(given, (list, tuple)) and bool(given) and all(isinstance(n, str) for n in given)
    )


def _values(column: Any) -> np.ndarray:
    """NumPy's form of a column of narwhals."""
    import narwhals

    if column.dtype == narwhals.Boolean and column.null_count():
        column = column.cast(narwhals.Float64)
    array = column.to_numpy()
    if array.dtype == object and column.dtype in (narwhals.List, narwhals.Array) and len(array):
        lengths = {len(row) for row in array if row is not None}
        if len(lengths) == 1 and all(row is not None for row in array):
            return np.stack([np.asarray(list(row)) for row in array])
    return array


def kind_of_values(array: np.ndarray) -> str:
    """Say in a word or two what an array that is not of numbers holds."""
    first: Any = array.ravel()[:10]
    if array.dtype.kind in "US" or any(isinstance(x, str) for x in first):
        return "strings"
    if any(isinstance(x, (list, tuple, np.ndarray)) for x in first):
        return "lists of different lengths"
    return "dates" if array.dtype.kind in "Mm" else "Python objects"
