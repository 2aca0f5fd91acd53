"""What a file holds, in tables and texts."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lamina.core.file_errors import LoadError
from lamina.core.shown import memory, printable
from lamina.core.tabular import Tabular
from lamina.saving.looking.contents import Problem

_SHOWN = 50  # problems, assets or weights in a text; the data have all


@dataclass(frozen=True)
class WeightReport:
    """A tensor of a file.

    Attributes:
        path: in the file.
        shape: of the tensor.
        dtype: as it is stored.
        nbytes: that it takes.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int

    @property
    def parameters(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class LayerReport:
    """An object that has weights in a file: a layer, an optimizer.

    Attributes:
        path: of its folder in the file.
        name: of the object, if the file says it.
        class_name: of the object, if the file has a configuration.
        weights: its own, not those of layers within.
    """

    path: str
    name: str
    class_name: str
    weights: tuple[WeightReport, ...]

    @property
    def parameters(self) -> int:
        """The number of entries of all its weights."""
        return sum(weight.parameters for weight in self.weights)

    @property
    def nbytes(self) -> int:
        """Bytes of all its weights."""
        return sum(weight.nbytes for weight in self.weights)


@dataclass(frozen=True)
class FileReport(Tabular):
    """What `inspect_model` saw in a file; it shows itself as a table.

    Attributes:
        path: of the file.
        format: its ending, such as `".keras"`.
        size: bytes on the disk.
        written_by: versions, date and engine, as the file says.
        model: class and name of the model, if the file has its configuration.
        layers: those that have weights or a configuration.
        state: what training depends on besides: the optimizer's, random keys, metrics.
        compiled: what optimizer, loss and metrics the file names.
        assets: sizes in bytes by path.
        checksums: how many weights have one, which is compared when they are read.
        problems: why loading the file would be refused; empty if it would not.
    """

    path: str
    format: str
    size: int
    written_by: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    layers: tuple[LayerReport, ...] = ()
    state: tuple[LayerReport, ...] = ()
    compiled: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, int] = field(default_factory=dict)
    checksums: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def parameters(self) -> int:
        """The number of entries of all weights, without the state of training."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def nbytes(self) -> int:
        """Bytes of all weights, without the state of training."""
        return sum(layer.nbytes for layer in self.layers)

    @property
    def refusal(self) -> LoadError | None:
        """The error that loading the file raises for its first problem; `None` if there is none."""
        return self.problems[0].error() if self.problems else None

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data, with sums."""
        data = asdict(self)
        for kind in ("layers", "state"):
            for entry, layer in zip(data[kind], getattr(self, kind), strict=True):
                entry |= {"parameters": layer.parameters, "nbytes": layer.nbytes}
        return data | {"parameters": self.parameters, "nbytes": self.nbytes}

    text_columns = 4

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return the layers and their weights; the state of training stands below a gap."""
        names = ["layer", "class", "weights", "dtype", "parameters", "memory"]
        rows = [_row(layer) for layer in self.layers]
        rows += [[], *map(_row, self.state)] if self.state else []
        return "", names, rows

    def __str__(self) -> str:
        """The table as plain text, between what goes before and after it."""
        table = [super().__str__(), ""] if self.layers or self.state else []
        return "\n".join([*self.head(), "", *table, *self.tail()])

    def __rich__(self) -> Any:
        """All of it for `rich.print`."""
        from rich.console import Group
        from rich.text import Text

        table = [super().__rich__()] if self.layers or self.state else []
        return Group(*map(Text, self.head()), *table, *map(Text, self.tail()))

    def _repr_html_(self) -> str:
        texts = ["<br/>".join(map(html.escape, lines)) for lines in (self.head(), self.tail())]
        return f"<p>{texts[0]}</p>{super()._repr_html_()}<p>{texts[1]}</p>"

    def head(self) -> list[str]:
        """Return the lines above the table."""
        written = ", ".join(f"{printable(k)} {printable(v)}" for k, v in self.written_by.items())
        lines = [f"{printable(self.path)}: {self.format}, {memory(self.size)}"]
        lines += [f"written by: {written}"] if written else []
        lines += [f"model: {printable(self.model)}"] if self.model else []
        return lines

    def tail(self) -> list[str]:
        """Return the lines below the table."""
        lines = [f"weights: {self.parameters:,} parameters, {memory(self.nbytes)}"]
        lines += [f"{what}: {text}" for what, text in self.compiled.items()]
        assets = [f"  {printable(path)}: {memory(n)}" for path, n in self.assets.items()]
        lines += ["assets:", *_short(assets)] if assets else []
        count = sum(len(layer.weights) for layer in (*self.layers, *self.state))
        lines.append(f"checksums: of {self.checksums} of {count} arrays")
        if not self.problems:
            return [*lines, "Nothing in it is refused."]
        problems = (
            f"  {printable(p.where)}: {p.kind}: {printable(p.what, 500)}" for p in self.problems
        )
        return [*lines, "It is refused, because of:", *_short(list(problems))]


def _short(lines: list[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([f"  and {more} more"] if more > 0 else [])]


def _row(layer: LayerReport) -> list[str]:
    shapes = [str(weight.shape).replace(",)", ")") for weight in layer.weights]
    more = f" and {len(shapes) - 4} more" if len(shapes) > 4 else ""
    return [
        layer.path or layer.name,
        layer.class_name,
        " ".join(shapes[:4]) + more,
        ", ".join(dict.fromkeys(weight.dtype for weight in layer.weights)),
        f"{layer.parameters:,}",
        memory(layer.nbytes),
    ]
