"""A picture of a model, as `plot_model` returns it."""

from __future__ import annotations

import html
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lamina.core.replacing import replacing
from lamina.visualization.diagram import folding, picture, svg
from lamina.visualization.diagram.boxes import Shown, diagram_of
from lamina.visualization.diagram.dot import Dot, as_dot
from lamina.visualization.diagram.placing import Plan, Way, plan_of


class Drawing:
    """A picture of a model's graph. A notebook shows it; `save` writes it into a file.

    Args:
        model: any model that is built.
        shown: what its boxes tell.
        way: how it grows.
    """

    def __init__(self, model: Any, shown: Shown, way: Way):
        self.diagram = diagram_of(model, shown)
        self.__model, self.__shown, self.__way = model, shown, way

    def __repr__(self) -> str:
        return f"<picture of {self.diagram.name!r}: {len(self.diagram.boxes)} boxes>"

    @cached_property
    def plan(self) -> Plan:
        """Where everything lies."""
        return plan_of(self.diagram, self.__way)

    @cached_property
    def __unfolded(self) -> Plan:
        if self.__shown.expand_nested:
            return self.plan
        return plan_of(
            diagram_of(self.__model, replace(self.__shown, expand_nested=True)), self.__way
        )

    @property
    def svg(self) -> str:
        """The picture as SVG."""
        return svg.as_svg(self.plan)

    @property
    def html(self) -> str:
        """The picture as a page in which models within the model fold."""
        return folding.as_page(self.__unfolded, self.__shown.expand_nested)

    @property
    def element(self) -> str:
        """The picture as a part of a page that has `folding.style()` in its head."""
        return folding.as_html(self.__unfolded, self.__shown.expand_nested)

    def dot(self, dpi: float = 200, subgraph: bool = False) -> Dot:
        """Return the graph in the language of Graphviz."""
        return as_dot(self.diagram, self.__way, dpi, subgraph)

    def save(self, path: str | Path, dpi: float = 200, engine: str = "lamina") -> None:
        """Write the picture; the ending of `path` says as what.

        Args:
            path: ends with .svg, .html, .dot (or .gv), .png, .pdf, or what else matplotlib writes.
            dpi: pixels per inch, of .png and .jpg.
            engine: `"lamina"`, or `"graphviz"`, which must be installed.

        Raises:
            ValueError: there is no such kind of file or engine.
            ImportError: what draws the picture is not installed.
        """
        path = Path(path)
        kind = path.suffix.lower().removeprefix(".")
        if not kind:
            raise ValueError(
                f"plot_model: `to_file` must end with .svg, .html, .png, .pdf or .dot, not {path.name!r}."
            )
        if engine not in ("lamina", "graphviz"):
            raise ValueError(
                f"plot_model: `engine` must be 'lamina' or 'graphviz', not {engine!r}."
            )
        with replacing(path) as part:
            if kind in ("dot", "gv"):
                part.write_text(str(self.dot(dpi)), "utf-8")
            elif engine == "graphviz":
                part.write_bytes(self.dot(dpi).create(format=kind))
            elif kind in ("svg", "html"):
                part.write_text(self.svg if kind == "svg" else self.html, "utf-8")
            else:
                picture.draw(self.plan, part, kind, dpi)

    def _repr_html_(self) -> str:
        # In a frame of its own, so that no rule of the notebook's style reaches it.
        height = min(self.plan.height + 60, 700)
        return (
            f'<iframe style="width:100%;height:{height:.0f}px;border:0" srcdoc="{html.escape(self.html)}">'
            "</iframe>"
        )
