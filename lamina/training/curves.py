"""Logs of epochs as pictures and tables."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.core import optional, screen
from lamina.core.shown import printable

_ROWS = 12  # of a table in a notebook; epochs between the first and the last ones are left out
_WIDTH, _HEIGHT = 120, 24  # of a small curve, in pixels


def pairs(history: Mapping[str, Sequence[Any]], names: Sequence[str] | None = None) -> list[str]:
    """Return the names of the logs, without `val_`, each once, in their order.

    Raises:
        ValueError: one of `names` is not among them.
    """
    single = [name for name, values in history.items() if all(np.ndim(v) == 0 for v in values)]
    there = list(dict.fromkeys(name.removeprefix("val_") for name in single))
    for name in names or ():
        if name not in there:
            raise ValueError(f"There is no log {name!r} to draw. There are: {there}.")
    return there if names is None else list(names)


def draw(
    epochs: Sequence[int], history: Mapping[str, Sequence[Any]], names: Sequence[str] | None = None
) -> Any:
    """Draw logs over the epochs, each beside its validation, as a matplotlib figure without a window."""
    optional.load("matplotlib", "plot", "A plot of the history")
    from lamina.core.picture import Picture

    names = pairs(history, names)
    columns = min(len(names), 3) or 1
    rows = math.ceil(len(names) / columns) or 1
    figure = Picture(4 * columns, 3 * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for name, ax in zip(names, axes, strict=False):
        for label in (name, f"val_{name}"):
            if label in history:
                numbers = _numbers(epochs, history[label])
                ax.plot(
                    numbers, history[label], marker="." if len(numbers) < 30 else "", label=label
                )
        ax.set_xlabel("epoch")
        ax.legend()
        ax.grid(alpha=0.3)
    for ax in axes[len(names) :]:
        ax.remove()
    return figure


def _numbers(epochs: Sequence[int], values: Sequence[Any]) -> list[int]:
    """The numbers, from 1, of the epochs of `values`: of the last ones, if there are not as many."""
    if len(values) > len(epochs):  # several calls of `fit`
        return list(range(1, len(values) + 1))
    return [epoch + 1 for epoch in epochs[len(epochs) - len(values) :]]


def as_html(epochs: Sequence[int], history: Mapping[str, Sequence[Any]]) -> str:
    """Return a table of the epochs for a notebook, with a small curve above each column."""
    count = max(map(len, history.values()), default=0)
    if not count:
        return "<p>History: no epoch has ended yet.</p>"
    rows = range(count)
    shown = list(rows) if count <= _ROWS else [*rows[: _ROWS // 2], None, *rows[-(_ROWS // 2) :]]
    head = "".join(
        f"<th>{html.escape(printable(name))}<br/>{_curve(v)}</th>" for name, v in history.items()
    )
    lines = [
        "<tr><td>…</td></tr>" if row is None else _line(row, count, epochs, history)
        for row in shown
    ]
    return f"<table><thead><tr><th>epoch</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _line(row: int, count: int, epochs: Sequence[int], history: Mapping[str, Sequence[Any]]) -> str:
    number = epochs[row] + 1 if len(epochs) == count else row + 1
    cells = []
    for values in history.values():
        i = row - (count - len(values))  # what came later belongs to the last epochs
        cells.append(f"<td>{html.escape(screen.number(values[i])) if i >= 0 else ''}</td>")
    return f"<tr><td>{number}</td>{''.join(cells)}</tr>"


def _curve(values: Sequence[Any]) -> str:
    """A small curve, as SVG; empty for less than two finite numbers."""
    points = [(i, float(v)) for i, v in enumerate(values) if np.ndim(v) == 0 and math.isfinite(v)]
    if len(points) < 2:
        return ""
    low, high = min(y for _, y in points), max(y for _, y in points)
    x_scale, y_scale = _WIDTH / points[-1][0], _HEIGHT / ((high - low) or 1)
    line = " ".join(f"{x * x_scale:.1f},{(high - y) * y_scale + 1:.1f}" for x, y in points)
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT + 2}"><polyline points="{line}" fill="none" '
        'stroke="currentColor" stroke-width="1.5"/></svg>'
    )
