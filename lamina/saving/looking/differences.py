"""`compare_files`: how two files of models or weights differ, whatever their formats."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lamina.core.file_errors import quoted
from lamina.core.load_policy import LoadPolicy
from lamina.core.shown import printable
from lamina.core.tabular import Tabular
from lamina.saving import progress
from lamina.saving.looking.contents import Contents
from lamina.saving.looking.opening import STATE, opened
from lamina.saving.stores.tree import Tensor

_AT_ONCE = 2**16  # entries that are compared in one go
_SHOWN = 50  # differences of one kind in a text; the data have all


@dataclass(frozen=True)
class WeightDifference:
    """How a weight differs between two files.

    Attributes:
        path: in the first file.
        shapes, dtypes: in the first and in the second file.
        entries: how many differ; all, if the shapes do.
        largest: the largest absolute difference; infinite where only one of both is a number.
        relative: the largest difference, divided by the largest absolute value in both.
    """

    path: str
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    dtypes: tuple[str, str]
    entries: int
    largest: float
    relative: float


@dataclass(frozen=True)
class SettingDifference:
    """How a setting differs between two configurations.

    Attributes:
        where: its JSON path.
        first, second: as they are in the files, escaped; `"-"` if the setting is not there.
    """

    where: str
    first: str
    second: str


@dataclass(frozen=True)
class FileDifferences(Tabular):
    """What `compare_files` saw; it is false if the files hold the same.

    Attributes:
        first, second: the paths of the files.
        equal: how many weights are the same.
        weights: those that are not.
        only_first, only_second: paths of weights that the other file does not have.
        settings: of the configurations, if both files have one.
    """

    first: str
    second: str
    equal: int
    weights: tuple[WeightDifference, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    settings: tuple[SettingDifference, ...]

    text_columns = 3

    def __bool__(self) -> bool:
        return bool(self.weights or self.only_first or self.only_second or self.settings)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data; what is infinite is `None` there, since JSON has no such number."""
        data = asdict(self)
        for weight in data["weights"]:
            for name in ("largest", "relative"):
                weight[name] = weight[name] if np.isfinite(weight[name]) else None
        return data

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return a row for each weight that differs."""
        names = ["weight", "shape", "dtype", "entries", "largest difference", "relative"]
        return "", names, [_row(weight) for weight in self.weights[:_SHOWN]]

    def __str__(self) -> str:
        """The table as plain text, with what stands in one file only."""
        table = [super().__str__()] if self.weights else []
        return "\n".join([*table, *self.tail()])

    def __rich__(self) -> Any:
        """All of it for `rich.print`."""
        from rich.console import Group
        from rich.text import Text

        return Group(*([super().__rich__()] if self.weights else []), *map(Text, self.tail()))

    def tail(self) -> list[str]:
        """Return the lines below the table."""
        lines = [
            f"{sign} {printable(path)}: only in {printable(file)}"
            for sign, file, paths in (
                ("-", self.first, self.only_first),
                ("+", self.second, self.only_second),
            )
            for path in _short(paths)
        ]
        lines += [f"{s.where}: {s.first} -> {s.second}" for s in self.settings[:_SHOWN]]
        more = sum(max(len(kind) - _SHOWN, 0) for kind in (self.weights, self.settings))
        lines += [f"and {more} more differences"] if more else []
        lines.append(f"{self.equal} weights are equal, {len(self.weights)} differ.")
        return lines


def compare_files(
    first: str | os.PathLike[str], second: str | os.PathLike[str], policy: LoadPolicy | None = None
) -> FileDifferences:
    """Compare two files of models or of weights, without building anything.

    One weight of each file is in memory at a time. Not-a-number equals itself. What only one of both formats
    has room for is not a difference: settings, and the state of random keys and metrics.

    Args:
        first, second: files of any kinds that lamina loads.
        policy: as for loading.

    Raises:
        LoadError: a file, or something in it, is refused.
        ValueError: one of them is a legacy `.h5` file, and the other is not.
        FileNotFoundError: there is no such file.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(2, input_shape=(3,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save_weights(folder + "/a.weights.h5")
        ...     model.layers[0].bias.assign([0, 0.5])
        ...     model.save_weights(folder + "/b.weights.h5")
        ...     differences = compare_files(folder + "/a.weights.h5", folder + "/b.weights.h5")
        >>> [(w.path, w.entries, w.largest) for w in differences.weights]
        [('layers/dense/vars/1', 1, 0.5)]
    """
    with opened(first, policy) as a, opened(second, policy) as b:
        for contents in (a, b):
            contents.require_whole()
        if (a.format == ".h5") != (b.format == ".h5"):
            raise ValueError(
                f"{a.path} and {b.path} cannot be compared: a legacy .h5 file has other places for weights. "
                f"Convert it first: lamina convert {a.path if a.format == '.h5' else b.path} converted.keras"
            )
        in_a, in_b = _comparable(a, b)
        pairs = [(path, x, in_b.pop(path)) for path, x in in_a.items() if path in in_b]
        paired = {path for path, _, _ in pairs}
        differences = list(_differences(pairs))
        settings = _settings(a, b)
    return FileDifferences(
        first=str(a.path),
        second=str(b.path),
        equal=len(pairs) - len(differences),
        weights=tuple(differences),
        only_first=tuple(path for path in in_a if path not in paired),
        only_second=tuple(in_b),
        settings=settings,
    )


def _comparable(a: Contents, b: Contents) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the tensors of both files, without the state of training where only one has it."""
    whole = [any(path.startswith(f"{STATE}/") for path in side.tensors) for side in (a, b)]
    left, right = (
        {
            path: x
            for path, x in side.tensors.items()
            if all(whole) or not path.startswith(f"{STATE}/")
        }
        for side in (a, b)
    )
    return left, right


def _differences(pairs: list[tuple[str, Tensor, Tensor]]) -> Iterator[WeightDifference]:
    """Give what differs; where much is to be read, and somebody looks, a bar shows how far it is."""
    with progress.shown(sum(x.nbytes for _, x, _ in pairs)) as count:
        for path, x, y in pairs:
            if (difference := _difference(path, x, y)) is not None:
                yield difference
            if count is not None:
                count(x.nbytes)


def _difference(path: str, x: Tensor, y: Tensor) -> WeightDifference | None:
    shapes, dtypes = (x.shape, y.shape), (x.dtype, y.dtype)
    if x.shape != y.shape:
        entries = max(int(np.prod(shape)) for shape in shapes)
        return WeightDifference(path, shapes, dtypes, entries, np.inf, np.inf)
    entries, largest, scale = 0, 0.0, 0.0
    a, b = x.read().reshape(-1), y.read().reshape(-1)
    for at in range(0, a.size, _AT_ONCE):
        part = a[at : at + _AT_ONCE], b[at : at + _AT_ONCE]
        wide = [side.astype("float64") for side in part]
        same_kind = x.dtype == y.dtype
        same = part[0] == part[1] if same_kind else wide[0] == wide[1]
        different = ~(same | (np.isnan(wide[0]) & np.isnan(wide[1])))
        entries += int(different.sum())
        with np.errstate(invalid="ignore"):
            gaps = np.abs(wide[0] - wide[1])[different]
        largest = max(largest, float(np.where(np.isnan(gaps), np.inf, gaps).max(initial=0.0)))
        scale = max(
            scale, *(float(np.abs(side[np.isfinite(side)]).max(initial=0.0)) for side in wide)
        )
    if not entries and x.dtype == y.dtype:
        return None
    relative = largest / scale if scale else largest
    return WeightDifference(path, shapes, dtypes, entries, largest, relative)


def _settings(a: Contents, b: Contents) -> tuple[SettingDifference, ...]:
    if a.config is None or b.config is None:
        return ()
    return tuple(_differing("config", a.config, b.config))


def _differing(path: str, a: Any, b: Any) -> Iterator[SettingDifference]:
    """Give the innermost parts of two trees of data that differ. JSON from files is nested to a limit."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            yield from _differing(
                f"{path}.{printable(key)}", a.get(key, _ABSENT), b.get(key, _ABSENT)
            )
    elif isinstance(a, list) and isinstance(b, list):
        for i in range(max(len(a), len(b))):
            left, right = (side[i] if i < len(side) else _ABSENT for side in (a, b))
            yield from _differing(f"{path}[{i}]", left, right)
    elif type(a) is not type(b) or a != b:
        yield SettingDifference(path, *(_text(side) for side in (a, b)))


_ABSENT: Any = object()


def _text(value: Any) -> str:
    return "-" if value is _ABSENT else quoted(value)


def _row(weight: WeightDifference) -> list[str]:
    return [
        weight.path,
        " / ".join(dict.fromkeys(map(str, weight.shapes))),
        " / ".join(dict.fromkeys(weight.dtypes)),
        f"{weight.entries:,}",
        f"{weight.largest:.3g}",
        f"{weight.relative:.3g}",
    ]


def _short(paths: tuple[str, ...]) -> tuple[str, ...]:
    more = len(paths) - _SHOWN
    return (*paths[:_SHOWN], *([f"{more} more"] if more > 0 else []))
