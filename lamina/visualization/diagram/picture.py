"""A picture of a graph as PNG, PDF or what else matplotlib writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lamina.core import optional
from lamina.visualization.diagram.placing import FONT, Plan, flat, texts
from lamina.visualization.diagram.svg import LOOKS, MARGIN, tip_corners

_PIXELS = 96  # of the layout, in an inch
_LONGEST_SIDE = 30_000  # pixels that matplotlib draws


def draw(plan: Plan, path: Path, kind: str, dpi: float) -> None:
    """Write the picture into `path`; the resolution is lower where a side would be too long.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: it does not write files of this kind.
    """
    optional.load("matplotlib", "plot", f"plot_model to a file .{kind}")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = plan.width + 2 * MARGIN, plan.height + 2 * MARGIN
    figure = Figure(figsize=(width / _PIXELS, height / _PIXELS))
    canvas = FigureCanvasAgg(figure)
    if kind not in canvas.get_supported_filetypes():
        known = ["dot", "html", *sorted(canvas.get_supported_filetypes())]
        raise ValueError(f"plot_model: `to_file` ends with .{kind}, which is not one of {known}.")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    for depth, (x, y, part) in enumerate(flat(plan, MARGIN, MARGIN)):
        _draw(axes, part, x, y, depth)
    dpi = min(dpi, _LONGEST_SIDE * _PIXELS / max(width, height))
    figure.savefig(path, format=kind, dpi=dpi)


def _draw(axes: Any, plan: Plan, x: float, y: float, depth: int) -> None:
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
    from matplotlib.path import Path as Curve

    codes = {"M": [Curve.MOVETO], "L": [Curve.LINETO], "C": [Curve.CURVE4] * 3}
    for commands in plan.edges:
        points = [(x + a, y + b) for _, points in commands for a, b in points]
        curve = Curve(points, [code for kind, _ in commands for code in codes[kind]])
        axes.add_patch(PathPatch(curve, fill=False, edgecolor="#5f6368", lw=0.8, zorder=depth))
        corners = tip_corners(plan, *points[-1])
        axes.add_patch(Polygon(corners, facecolor="#5f6368", lw=0, zorder=depth))
    for place in plan.places:
        ground, border, _, _ = LOOKS[place.box.look]
        corner = (x + place.x, y + place.y)
        box = FancyBboxPatch(
            corner,
            place.width,
            place.height,
            boxstyle="round,pad=0,rounding_size=4",
            facecolor=ground,
            edgecolor=border,
            lw=0.8,
            zorder=depth,
        )
        axes.add_patch(box)
        for text, left, base, title in texts(place, x, y):
            size = (FONT + title) * 72 / _PIXELS
            axes.text(
                left, base, text, size=size, ha="center", zorder=depth + 0.5, parse_math=False
            )
