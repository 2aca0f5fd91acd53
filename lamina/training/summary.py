"""The table that `model.summary()` prints: layers, output shapes, numbers of weights."""

from __future__ import annotations

import html
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lamina.core import tree
from lamina.core.graph import Node
from lamina.core.shown import memory, printable
from lamina.core.variable import Variable, numpy_dtype

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NARROWEST = 8


@dataclass(slots=True)
class Row:
    """One layer (or op) of the table, as text."""

    name: str
    kind: str
    shape: str
    params: str
    connected: str = ""
    trainable: str = "-"
    depth: int = 0


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print a table of a model's layers, and how many weights it has.

    Args:
        model: any model; one that is not built yet has layers with `0 (unbuilt)` weights.
        line_length: columns of the screen to fill; by default no more than needed, at most all.
        positions: where the table's columns end, from 0 to 1 or in columns of the screen.
        print_fn: called once with all the text; by default it is printed, in colour where possible.
        expand_nested: list the layers of models within the model, too.
        show_trainable: whether each layer's weights train: Y or N, `-` if it has none.
        layer_range: names (or regular expressions) of the first and the last layer to list.

    Raises:
        ValueError: `layer_range` is not a pair of names of layers, or `positions` do not fit.

    Example:
        >>> import lamina
        >>> hidden = lamina.layers.Dense(32, input_shape=(784,), name="hidden")
        >>> lines = []
        >>> print_summary(lamina.Sequential([hidden]), print_fn=lines.append)
        >>> print(lines[0].splitlines()[4].replace("│", "|"))
        | hidden (Dense) | (None, 32)   |  25,120 |
    """
    from rich.console import Console

    rows = chosen(rows_of(model, expand_nested), layer_range)
    text = io.StringIO()
    if print_fn is None:
        console = Console(width=line_length, highlight=False)
    else:
        console = Console(
            file=text,
            width=line_length or 80,
            highlight=False,
            color_system=None,
            force_jupyter=False,
            force_terminal=False,
        )
    table = _table(rows, console, line_length, positions, is_graph(model), show_trainable)
    console.print(f'[bold]Model: "{_escaped(printable(model.name))}"[/bold]')
    console.print(table)
    console.print(
        "\n".join(f" [bold]{label}:[/bold] {figures}" for label, figures in totals(model))
    )
    if print_fn is not None:
        print_fn(text.getvalue())


def as_html(model: Any) -> str:
    """Return the table as HTML, for a notebook; the layers of models within unfold at a click."""
    rows = rows_of(model, expand_nested=True)
    figures = "<br/>".join(f"{label}: {text}" for label, text in totals(model))
    name = html.escape(printable(model.name))
    return f"<b>{name}</b>{_html_table(rows, is_graph(model))}<small>{figures}</small>"


def _html_table(rows: Sequence[Row], graph: bool) -> str:
    """A table of the rows of the first one's depth; deeper ones are folded behind the row before them."""
    titles = ["Layer (type)", "Output shape", "Param #"] + ["Connected to"] * graph
    lines = ["".join(f"<th>{title}</th>" for title in titles)]
    starts = [i for i, row in enumerate(rows) if row.depth == rows[0].depth]
    for i, end in zip(starts, [*starts[1:], len(rows)], strict=False):
        row, inner = rows[i], rows[i + 1 : end]
        cells = [f"{printable(row.name)} ({row.kind})", row.shape, row.params]
        cells = [html.escape(cell) for cell in cells + [row.connected] * graph]
        if inner:
            connected = any(deeper.connected for deeper in inner)
            table = _html_table(inner, connected)
            cells[0] = f"<details><summary>{cells[0]}</summary>{table}</details>"
        lines.append("".join(f"<td>{cell}</td>" for cell in cells))
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


# What there is to tell.


def rows_of(model: Any, expand_nested: bool = False, depth: int = 0) -> list[Row]:
    """A row for each layer, or each operation of the graph, in order."""
    calls = _calls(model)
    names = _names(calls)
    rows = []
    for operation, its_calls in [(group[0].operation, group) for group in calls] or [
        (layer, []) for layer in model.layers
    ]:
        row = _row(operation, its_calls)
        row.depth = depth
        if its_calls:
            row.name = names[id(its_calls[0])].rpartition("[")[0]
            row.connected = (
                ", ".join(_place(x, names) for call in its_calls for x in call.inputs) or "-"
            )
        rows.append(row)
        if expand_nested and hasattr(operation, "layers"):
            rows += rows_of(operation, True, depth + 1)
    return rows


def _calls(model: Any) -> list[list[Node]]:
    """The calls of a model's graph: those of a layer together, those of an op each by itself."""
    nodes = model.__calls__() if hasattr(model, "__calls__") else []
    if any(kind.__name__ == "Sequential" for kind in type(model).__mro__):
        nodes = [node for node in nodes if node.inputs]  # a stack does not show its Input
    groups: dict[int, list[Node]] = {}
    for node in nodes:
        groups.setdefault(id(node.operation) if _is_layer(node.operation) else id(node), []).append(
            node
        )
    return list(groups.values())


def _names(calls: list[list[Node]]) -> dict[int, str]:
    """`dense[1]` for the second call of a layer, `add_1[0]` for the second call of an op."""
    return {id(node): f"{node.name}[{i}]" for group in calls for i, node in enumerate(group)}


def _is_layer(operation: Any) -> bool:
    return hasattr(operation, "weights")


def _place(tensor: Any, names: dict[int, str]) -> str:
    """Where a tensor comes from: `dense[0][1]`, the second output of the first call."""
    if id(tensor.node) not in names:
        return printable(tensor.name)
    return f"{printable(names[id(tensor.node)])}[{tensor.index}]"


def is_graph(model: Any) -> bool:
    """Tell whether the calls are not a plain chain, so that it takes words to say what leads where."""
    before: Any = None
    for group in _calls(model):
        if len(group) > 1 or len(group[0].inputs) > 1:
            return True
        if before is not None and (not group[0].inputs or group[0].inputs[0].node is not before):
            return True
        before = group[0]
    return False


def _row(operation: Any, calls: list[Node]) -> Row:
    if not _is_layer(operation):
        return Row(
            getattr(operation, "__name__", type(operation).__name__),
            "op",
            _shapes(calls, operation),
            "0",
        )
    weights = operation.weights
    params = f"{_count(weights):,}" if operation.built else f"{_count(weights):,} (unbuilt)"
    trainable = "-" if not weights else "Y" if operation.trainable else "N"
    return Row(
        operation.name,
        type(operation).__name__,
        _shapes(calls, operation),
        params,
        trainable=trainable,
    )


def _shapes(calls: list[Node], operation: Any) -> str:
    """Shapes of the outputs, each different one once; `?` if no graph knows."""
    trees = [call.outputs for call in calls]
    if not trees:
        try:
            trees = [operation.output]
        except (AttributeError, ValueError):
            return "?"
    tensors = [x for outputs in trees for x in tree.flatten(outputs) if hasattr(x, "shape")]
    return ", ".join(dict.fromkeys(str(tuple(x.shape)) for x in tensors)) or "-"


def chosen(rows: list[Any], layer_range: Sequence[str] | None, who: str = "summary") -> list[Any]:
    """Return the rows (or boxes) from the first to the last name of `layer_range`.

    Raises:
        ValueError: it is not a pair of names, or there is no layer called so.
    """
    if layer_range is None:
        return rows
    if isinstance(layer_range, str) or len(layer_range) != 2:
        raise ValueError(
            f"{who}: `layer_range` must be a pair of names, the first and the last layer to show, "
            f"not {layer_range!r}."
        )
    ends = []
    for pattern in layer_range:
        matching = [
            i
            for i, row in enumerate(rows)
            if row.name == pattern or re.fullmatch(pattern, row.name)
        ]
        if not matching:
            matching = [i for i, row in enumerate(rows) if re.match(pattern, row.name)]
        if not matching:
            raise ValueError(
                f"{who}: `layer_range` names {pattern!r}, but no layer is called so. "
                f"Layers: {[row.name for row in rows]}."
            )
        ends.append(matching)
    first, last = ends[0][0], ends[1][-1]
    if first > last:
        raise ValueError(
            f"{who}: in `layer_range` {layer_range!r} the first layer comes after the last one."
        )
    return rows[first : last + 1]


def totals(model: Any) -> list[tuple[str, str]]:
    """Labels and figures below the table."""
    trained = {id(v) for v in model.trainable_variables}
    weights = model.weights
    optimizer = getattr(model, "optimizer", None)
    slots = (
        list(optimizer.variables)
        if optimizer is not None and getattr(optimizer, "built", False)
        else []
    )
    groups = [
        ("Total params", [*weights, *slots]),
        ("Trainable params", [v for v in weights if id(v) in trained]),
        ("Non-trainable params", [v for v in weights if id(v) not in trained]),
    ]
    if slots:
        groups.append(("Optimizer params", slots))
    return [(label, f"{_count(group):,} ({_memory(group)})") for label, group in groups]


def _count(variables: Sequence[Variable]) -> int:
    return sum(math.prod(v.shape) for v in variables)


def _memory(variables: Sequence[Variable]) -> str:
    return memory(sum(math.prod(v.shape) * numpy_dtype(v.dtype).itemsize for v in variables))


# How it looks.


def _table(
    rows: list[Row],
    console: Console,
    line_length: int | None,
    positions: Sequence[float] | None,
    graph: bool,
    trainable: bool,
) -> Table:
    from rich.table import Table

    branch = "- " if console.options.ascii_only else "└ "
    names = [_indented(row, branch) for row in rows]
    columns = [
        ("Layer (type)", names),
        ("Output Shape", [row.shape for row in rows]),
        ("Param #", [row.params for row in rows]),
    ]
    if graph:
        columns.append(("Connected to", [row.connected for row in rows]))
    if trainable:
        columns.append(("Trainable", [row.trainable for row in rows]))
    available = console.width - 3 * len(columns) - 1  # a border and two blanks each
    if positions is not None:
        widths = _given_widths(positions, len(columns), console.width)
    else:
        widths = _widths(columns, available, fill=line_length is not None)
    table = Table(show_lines=graph, header_style="bold")
    for (title, _), width in zip(columns, widths, strict=True):
        justify = {"Param #": "right", "Trainable": "center"}.get(title, "left")
        # Folded, not cut: what does not fit goes on in the next line.
        table.add_column(title, width=width, overflow="fold", justify=justify)  # type: ignore[arg-type]
    for cells in zip(*(cells for _, cells in columns), strict=True):
        table.add_row(*map(_escaped, cells))
    return table


def _indented(row: Row, branch: str) -> str:
    name = f"{printable(row.name)} ({row.kind})"
    return f"{'   ' * row.depth}{branch}{name}" if row.depth else name


def _widths(columns: list[tuple[str, list[str]]], available: int, fill: bool) -> list[int]:
    """As wide as its longest cell, each; the widest give way until all fit."""
    widths = [max(map(len, (title, *cells))) for title, cells in columns]
    yielding = [i for i, (title, _) in enumerate(columns) if title not in ("Param #", "Trainable")]
    while sum(widths) > available and max(widths) > _NARROWEST:
        candidates = [i for i in yielding if widths[i] > _NARROWEST] or range(len(widths))
        widths[max(candidates, key=lambda i: widths[i])] -= 1
    while fill and sum(widths) < available:
        widths[min(yielding, key=lambda i: widths[i])] += 1
    return widths


def _given_widths(positions: Sequence[float], count: int, width: int) -> list[int]:
    ends = [round(p * width) if positions[-1] <= 1 else round(p) for p in positions][:count]
    widths = [end - start - 3 for start, end in zip([0, *ends], ends, strict=False)]
    if len(widths) < count or min(widths) < 1 or ends[-1] > width:
        raise ValueError(
            f"summary: `positions` must be {count} rising numbers, one per column, in the line; "
            f"not {list(positions)}."
        )
    widths[-1] -= 1  # the border at the end
    return widths


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
