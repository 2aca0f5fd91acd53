"""Charts of a report: Vega-Lite, drawn as SVG when the page is written, so that the page needs no program.

Vega-Lite (BSD-3) comes with the package `vl-convert-python`. Its charts are the smallest of the libraries that we
looked at: a page with Vega's own program has 0.9 MB, with Bokeh's 1.3, with Plotly's 4.8; without one 0.1 to 0.3.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.core.shown import printable

TRAIN, VALIDATION = "#2f7fc1", "#e08214"  # both are read on white and on black
_WIDTH, _HEIGHT = 360, 180
_MOST_POINTS = 100  # with a text of their own; the line has all
_BINS = 30
_MOST_WEIGHTS = 24
_MOST_CLASSES = 40
_LONGEST = 36  # characters of a weight's path
_CONFIG = {
    "background": None,
    "view": {"stroke": None},
    "font": "DejaVu Sans, Verdana, sans-serif",
    "axis": {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"},
    "legend": {"labelFontSize": 11, "orient": "top", "title": None, "labelLimit": 300},
    "header": {"labelFontSize": 11, "labelLimit": 160},
}


def svg(chart: Mapping[str, Any]) -> str:
    """Draw a chart; what has a description tells it where a pointer rests."""
    convert = optional.load("vl_convert", "report", "A report")
    text = convert.vegalite_to_svg(json.dumps({"config": _CONFIG, **chart}))
    return re.sub(
        r'<path aria-label="([^"]*)"([^>]*)/>',
        r'<path aria-label="\1"\2><title>\1</title></path>',
        text,
    )


def _of(field: str, kind: str = "quantitative", **settings: Any) -> dict[str, Any]:
    """What shows a field of the data; without a title unless it is given."""
    return {"field": field, "type": kind, "title": None, **settings}


def curve(epochs: Sequence[int], lines: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Chart lines over the epochs: the first one is the training's, the second one the validation's."""
    values = [
        {"epoch": int(epoch) + 1, "log": printable(name), "value": float(value)}
        for name, numbers in lines.items()
        for epoch, value in zip(epochs[len(epochs) - len(numbers) :], numbers, strict=True)
        if math.isfinite(value)
    ]
    step = math.ceil(len(values) / _MOST_POINTS) or 1
    marked = [{**value, "text": _described(value)} for value in values[::step]]
    many = len({value["epoch"] for value in values}) > 1
    x = _of("epoch", title="epoch", axis={"tickMinStep": 1, "format": "d"})
    if many:
        x["scale"] = {"zero": False, "nice": False}
    colors = {"domain": [*map(printable, lines)], "range": [TRAIN, VALIDATION]}
    encoding = {
        "x": x,
        "y": _of("value", scale={"zero": False}, axis={"format": ".3~g"}),
        "color": _of("log", "nominal", scale=colors),
    }
    points = {"data": {"values": marked}, "mark": {"type": "point", "filled": True, "size": 25}}
    points["encoding"] = {"description": {"field": "text"}}
    if len(values) > 40:
        points["mark"] |= {"opacity": 0, "size": 80}
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "data": {"values": values},
        "encoding": encoding,
        "layer": [{"mark": {"type": "line", "strokeWidth": 2, "description": "line"}}, points],
    }


def _described(value: Mapping[str, Any]) -> str:
    return f"epoch {value['epoch']}, {value['log']}: {value['value']:.6g}"


def times(seconds: Mapping[str, float]) -> dict[str, Any]:
    """Chart where the time went, the longest part first."""
    whole = sum(seconds.values()) or 1.0
    values = [
        {"part": printable(what), "seconds": spent, "text": f"{spent:.3g} s, {spent / whole:.0%}"}
        for what, spent in sorted(seconds.items(), key=lambda pair: -pair[1])[:14]
    ]
    y = _of("part", "nominal", sort=None, axis={"labelLimit": 200})
    return {
        "width": 200,
        "height": {"step": 22},
        "data": {"values": values},
        "encoding": {"y": y, "x": _of("seconds", title="seconds")},
        "layer": [
            {
                "mark": {"type": "bar", "color": TRAIN, "height": 14},
                "encoding": {"description": {"field": "text"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }


def confusion(matrix: np.ndarray, names: Sequence[str]) -> dict[str, Any] | None:
    """Chart a matrix: rows are true classes, columns predicted ones; `None` for too many classes."""
    if len(names) > _MOST_CLASSES:
        return None
    shown = _distinct([printable(name, 24) for name in names])
    sums = matrix.sum(1, keepdims=True)
    shares = np.divide(matrix, sums, out=np.zeros(matrix.shape), where=sums > 0)
    values = [
        {
            "true": shown[i],
            "predicted": shown[j],
            "count": f"{matrix[i, j]:g}" if matrix[i, j] else "",
            "share": float(shares[i, j]),
            "text": f"{shown[i]} taken for {shown[j]}: {matrix[i, j]:g} ({shares[i, j]:.1%})",
        }
        for i in range(len(shown))
        for j in range(len(shown))
    ]
    side = max(12, min(40, 360 // len(shown)))
    turned = -90 if max(map(len, shown)) > 3 else 0
    axes = {
        name: _of(
            field, "nominal", sort=None, title=field, axis={"labelLimit": 140, "labelAngle": angle}
        )
        for name, field, angle in (("y", "true", 0), ("x", "predicted", turned))
    }
    shades = {"domain": [0, 1], "range": ["rgba(47,127,193,0.04)", "rgba(47,127,193,1)"]}
    shade = {"color": _of("share", legend=None, scale=shades), "description": {"field": "text"}}
    cells = {"mark": {"type": "rect"}, "encoding": shade}
    layers: list[dict[str, Any]] = [cells]
    if side >= 20:
        mark = {"type": "text", "fontSize": 10}
        layers.append({"mark": mark, "encoding": {"text": {"field": "count"}}})
    size = {"step": side}
    data = {"values": values}
    return {"width": size, "height": size, "data": data, "encoding": axes, "layer": layers}


def _end(path: str) -> str:
    """A path's end tells more than its beginning."""
    return path if len(path) <= _LONGEST else f"…{path[1 - _LONGEST :]}"


def _distinct(names: list[str]) -> list[str]:
    """Two things of one name would be one in a chart."""
    return [f"{name} ({i})" if names.count(name) > 1 else name for i, name in enumerate(names)]


def histograms(weights: Mapping[str, np.ndarray]) -> dict[str, Any] | None:
    """Chart how the numbers of each weight are spread; `None` if there are no weights."""
    values: list[dict[str, Any]] = []
    names = _distinct([_end(printable(name)) for name in weights])
    for shown, array in list(zip(names, weights.values(), strict=True))[:_MOST_WEIGHTS]:
        numbers = array[np.isfinite(array)].ravel()
        if not numbers.size:
            continue
        counts, edges = np.histogram(numbers, _BINS if np.ptp(numbers) > 0 else 1)
        values += [
            {
                "weight": shown,
                "from": float(low),
                "to": float(high),
                "count": int(n),
                "text": f"{shown}: {n} from {low:.3g} to {high:.3g}",
            }
            for n, low, high in zip(counts, edges, edges[1:], strict=False)
        ]
    if not values:
        return None
    x = _of("from", axis={"tickCount": 4}, scale={"zero": False}, bin={"binned": True})
    y = _of("count", axis={"tickCount": 3, "tickMinStep": 1, "format": "~s"})
    order = list(dict.fromkeys(value["weight"] for value in values))
    return {
        "data": {"values": values},
        "facet": _of("weight", "nominal", sort=order),
        "columns": 2,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "spec": {
            "width": 150,
            "height": 60,
            "mark": {"type": "bar", "color": TRAIN, "binSpacing": 0},
            "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "description": {"field": "text"}},
        },
    }
