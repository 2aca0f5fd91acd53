"""`report`: one page about a training that can be read anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import optional, screen
from lamina.core.replacing import replacing
from lamina.core.shown import printable
from lamina.engine.current import to_host
from lamina.metrics.classification_report import ClassificationReport
from lamina.metrics.confusion_matrix import counted
from lamina.training.callbacks.profile import Profile
from lamina.training.curves import pairs
from lamina.training.summary import totals
from lamina.visualization.diagram import folding
from lamina.visualization.diagram.boxes import Shown
from lamina.visualization.diagram.drawing import Drawing
from lamina.visualization.diagram.placing import Way
from lamina.visualization.learned import logs_of
from lamina.visualization.reporting import charts, facts
from lamina.visualization.reporting.samples import Tested, picture_of, tested
from lamina.visualization.reporting.style import STYLE

_WORST = 12
_MOST_ROWS = 1000
# Nothing may be fetched, and nothing run: a browser holds the page to that.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def report(
    model: Any,
    history: Any = None,
    data: Any = None,
    path: str | Path = "report.html",
    *,
    names: Sequence[str] | None = None,
    profile: Profile | None = None,
    image_shape: Sequence[int] | None = None,
    title: str | None = None,
) -> Path:
    """Write one page about a training: it holds all that it shows, runs no program and fetches nothing.

    On it: curves and rates, times, the confusion matrix and figures of each class, the samples with the largest
    losses, the model's graph, histograms of the weights, settings and versions.

    Args:
        model: that was trained.
        history: what `fit` returned, or a dict of logs; by default that of the last `fit`.
        data: a tuple `(x, y)` to test with, or what gives such tuples, batch by batch (then the first 10,000
            samples count). Without it there is nothing about mistakes.
        path: of the page.
        names: of the classes, in the order of their numbers.
        profile: a `callbacks.Profile` that took part in the training, for the times.
        image_shape: `(rows, columns)` or `(rows, columns, channels)` where images are in `x` as rows of numbers.
        title: of the page, by default the model's name.

    Returns:
        The path.

    Raises:
        ImportError: the package that draws the charts is not installed; it comes with the extra `report`.
        ValueError: the model is not built, or `data` do not fit it.
        TypeError: `history` is not what `fit` returned.
        OSError: the page cannot be written.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.Input((2,)), lamina.layers.Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = report(model, {"loss": [2.0, 1.0]}, path=f"{folder}/report.html")
        ...     "epoch 2, loss: 1" in path.read_text("utf-8")
        True
    """
    optional.load("vl_convert", "report", "A report")
    history = getattr(model, "history", None) if history is None else history
    epochs, logs = ([], {}) if history is None else logs_of(history, "report")
    result = None if data is None else tested(model, data)
    name = printable(model.name if title is None else title)
    sections = [
        _figures(model, epochs, logs, result),
        _curves(epochs, logs, history),
        _times(profile),
        *_mistakes(result, names, tuple(image_shape) if image_shape else None),
        _graph(model),
        _weights(model),
        _settings(model),
    ]
    page = _page(name, [section for section in sections if section])
    path = Path(path)
    with replacing(path) as part:
        part.write_text(page, "utf-8")
    return path


def _page(name: str, sections: list[str]) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        '<meta name="color-scheme" content="light dark"/>'
        f"<title>{escape(name)}</title><style>{STYLE}{folding.style()}</style></head>"
        f"<body><h1>{escape(name)}</h1>{''.join(sections)}</body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>" if content else ""


def _card(title: str, content: str) -> str:
    return f'<figure class="card"><figcaption>{escape(title)}</figcaption>{content}</figure>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    cells = "".join(f"<th>{escape(printable(cell))}</th>" for cell in head)
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(printable(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    top = f"<thead><tr>{cells}</tr></thead>" if head else ""
    return f'<div class="scroll"><table class="{kind}">{top}<tbody>{lines}</tbody></table></div>'


def _figures(model: Any, epochs: list[int], logs: Mapping[str, Any], result: Tested | None) -> str:
    """The few numbers at the top."""
    figures = [("epochs", str(len(epochs)))] if epochs else []
    for name, values in logs.items():
        if len(values) and np.ndim(values[-1]) == 0:
            figures.append((f"{printable(name)}, last", screen.number(values[-1])))
    if result is not None:
        figures.append(("samples tested", f"{len(result.y):,}"))
        if result.true is not None and result.taken is not None:
            figures.append(("right", f"{np.mean(result.true == result.taken):.2%}"))
    figures += [(label.lower(), text.partition(" ")[0]) for label, text in totals(model)[:1]]
    items = "".join(f"<div><b>{escape(v)}</b><span>{escape(k)}</span></div>" for k, v in figures)
    return f'<div class="figures">{items}</div>'


def _curves(epochs: list[int], logs: Mapping[str, Any], history: Any) -> str:
    logs = {name: values for name, values in logs.items() if all(np.ndim(v) == 0 for v in values)}
    rates = getattr(history, "rates", None) or {}
    logs |= {n: values for n, values in rates.items() if n not in logs and len({*values}) > 1}
    cards = []
    for name in pairs(logs):
        lines = {n: logs[n] for n in (name, f"val_{name}") if n in logs}
        longest = max(map(len, lines.values()))
        numbers = epochs if len(epochs) >= longest else range(longest)
        cards.append(_card(name, charts.svg(charts.curve(numbers, lines))))
    count = max(map(len, logs.values()), default=0)
    rows = [
        [str(i + 1), *(_cell(values, i - count + len(values)) for values in logs.values())]
        for i in range(count)[:_MOST_ROWS]
    ]
    numbers = _table(["epoch", *logs], rows, "numbers") if rows else ""
    return _section(
        "Training",
        f'<div class="cards">{"".join(cards)}</div>'
        + (f"<details><summary>All numbers</summary>{numbers}</details>" if numbers else ""),
    ) * bool(cards)


def _cell(values: Sequence[Any], i: int) -> str:
    return f"{float(values[i]):.6g}" if i >= 0 else ""


def _times(profile: Profile | None) -> str:
    if profile is None or not profile.clock.seconds:
        return ""
    seconds = dict(profile.clock.seconds)
    seconds["everything else"] = max(profile.total - sum(seconds.values()), 0.0)
    chart = _card(f"{profile.total:.3g} s in all", charts.svg(charts.times(seconds)))
    return _section("Where the time went", f'<div class="cards">{chart}</div>')


def _mistakes(
    result: Tested | None, names: Sequence[str] | None, image_shape: tuple[int, ...] | None
) -> list[str]:
    """Sections about what the model gets wrong."""
    if result is None:
        return []
    sections = []
    labels: dict[int, str] = {}
    if result.true is not None and result.taken is not None:
        matrix = counted(result.true, result.taken, names=names)
        labels = dict(zip(map(int, matrix.classes), matrix.names, strict=True))
        chart = charts.confusion(matrix.matrix, matrix.names)
        figures = ClassificationReport(result.true, result.taken, None, names).table()
        cards = [_card("Each class", _table(figures[1], figures[2], "numbers"))]
        if chart is not None:
            cards.insert(0, _card("True and predicted classes", charts.svg(chart)))
        sections.append(_section("Classes", f'<div class="cards">{"".join(cards)}</div>'))
    if result.losses is None:
        return sections
    worst = np.argsort(-np.nan_to_num(result.losses, nan=math.inf), kind="stable")[:_WORST]
    cards = [_sample(result, int(i), float(result.losses[i]), labels, image_shape) for i in worst]
    sections.append(
        _section("Samples with the largest losses", f'<div class="tiles">{"".join(cards)}</div>')
    )
    return sections


def _sample(
    result: Tested,
    number: int,
    loss: float,
    labels: Mapping[int, str],
    image_shape: tuple[int, ...] | None,
) -> str:
    if result.true is not None and result.taken is not None:
        true, taken = (
            printable(labels.get(int(a[number]), int(a[number])), 40)
            for a in (result.true, result.taken)
        )
        said = f"{taken}, is {true}" if true != taken else taken
    else:
        said = f"{_short(result.predicted[number])}, is {_short(result.y[number])}"
    address = picture_of(result.x, number, image_shape)
    picture = f'<img alt="sample {number}" src="{address}"/>' if address else ""
    text = f"<b>{escape(said)}</b><br/>number {number}<br/>loss {loss:.4g}"
    return f"<figure>{picture}<figcaption>{text}</figcaption></figure>"


def _short(values: np.ndarray) -> str:
    return printable(
        np.array2string(np.asarray(values).ravel()[:4], precision=3, separator=", "), 60
    )


def _graph(model: Any) -> str:
    shown = Shown(show_shapes=True, show_layer_names=True, show_layer_activations=True)
    element = Drawing(model, shown, Way()).element
    return _section("Model", f'<div class="scroll graph">{element}</div>')


def _weights(model: Any) -> str:
    arrays = {v.path: np.asarray(to_host(v.value), "float64") for v in model.weights}
    chart = charts.histograms({k: a for k, a in arrays.items() if a.size})
    drawn = "" if chart is None else _card("How the numbers are spread", charts.svg(chart))
    rows = [
        [k, str(a.shape), f"{a.mean():.4g}", f"{a.std():.4g}", f"{a.min():.4g}", f"{a.max():.4g}"]
        for k, a in arrays.items()
        if a.size
    ]
    numbers = _table(["weight", "shape", "mean", "deviation", "least", "greatest"], rows, "numbers")
    more = f"<details><summary>All weights</summary>{numbers}</details>" if rows else ""
    return _section("Weights", f'<div class="cards">{drawn}</div>{more}' * bool(rows))


def _settings(model: Any) -> str:
    cards = [_card("Versions", _table([], facts.versions(), "pairs"))]
    if rows := facts.settings(model):
        cards.insert(0, _card("Compiled with", _table([], rows, "pairs")))
    counts = _table([], totals(model), "pairs")
    cards.append(_card("Size", counts))
    return _section("Settings and versions", f'<div class="cards">{"".join(cards)}</div>')
