"""The graph of a model in the language of Graphviz."""

from __future__ import annotations

import shutil
import subprocess
from html import escape
from pathlib import Path

from lamina.visualization.diagram.boxes import Box, Diagram
from lamina.visualization.diagram.placing import Way


class Dot:
    """A graph in the language DOT, as text.

    `graphviz.Source(dot.source)` and `pydot.graph_from_dot_data(str(dot))` take it on from here.

    Attributes:
        source: the text.
    """

    def __init__(self, source: str):
        self.source = source

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<Dot of {self.source.count(chr(10))} lines; str(dot) is the text>"

    def to_string(self) -> str:
        """Return the text."""
        return self.source

    def create(self, prog: str = "dot", format: str = "svg") -> bytes:
        """Let Graphviz draw the graph.

        Args:
            prog: its program, which decides the layout.
            format: `"svg"`, `"png"`, `"pdf"` and others that it knows.

        Raises:
            ImportError: the program is not installed.
            ValueError: it refuses the text or the format.
        """
        program = shutil.which(prog)
        if program is None:
            raise ImportError(
                f"Dot.create needs Graphviz' program {prog!r}, which is not installed. Install Graphviz, or let "
                "plot_model(model, 'model.svg') draw without it."
            )
        done = subprocess.run(
            [program, f"-T{format}"], input=self.source.encode(), capture_output=True
        )
        if done.returncode:
            raise ValueError(f"{prog} -T{format}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def write(self, path: str | Path, prog: str = "dot", format: str = "raw") -> None:
        """Write the text, or what `create` makes of it, into a file."""
        raw = self.source.encode() if format in ("raw", "dot") else self.create(prog, format)
        Path(path).write_bytes(raw)


_COLORS = {"input": "#eceff1", "weights": "#dceaf8", "plain": "#f6f6f4", "model": "#fdf6e9"}


def as_dot(diagram: Diagram, way: Way, dpi: float, subgraph: bool = False) -> Dot:
    """Return a graph, or a cluster to be put into one.

    Names go into labels alone, as escaped text: nodes are called `n0`, `n1`, ...
    """
    head = "subgraph cluster_model" if subgraph else "digraph G"
    settings = f"rankdir={way.rankdir}; splines={way.splines}; compound=true;"
    if not subgraph:
        settings += f" dpi={dpi:g}; concentrate=true;"
    lines = [
        f"{head} {{",
        f"{settings} label={_label([diagram.name]) if subgraph else '<>'};",
        'node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12];',
        *_parts(diagram, "n"),
        "}\n",
    ]
    return Dot("\n".join(lines))


def _parts(diagram: Diagram, prefix: str) -> list[str]:
    lines = []
    for i, box in enumerate(diagram.boxes):
        name = f"{prefix}{i}"
        label = _label([box.kind, *box.lines])
        color = _COLORS[box.look]
        if box.inner is None:
            lines.append(f'{name} [label={label}, fillcolor="{color}"];')
        else:
            inner = _parts(box.inner, f"{name}_")
            lines += [f"subgraph cluster_{name} {{", f"label={label};", *inner, "}"]
    for source, target in diagram.edges:
        begin, end = diagram.boxes[source], diagram.boxes[target]
        clusters = [
            f"{key}=cluster_{prefix}{i}"
            for key, i, box in (("ltail", source, begin), ("lhead", target, end))
            if box.inner is not None
        ]
        settings = f" [{', '.join(clusters)}]" if clusters else ""
        names = _inside(begin, f"{prefix}{source}", -1), _inside(end, f"{prefix}{target}", 0)
        lines.append(f"{names[0]} -> {names[1]}{settings};")
    return lines


def _inside(box: Box, name: str, which: int) -> str:
    """The node that stands for a box: for a model its first or its last one."""
    while box.inner is not None:
        number = which % len(box.inner.boxes)
        box, name = box.inner.boxes[number], f"{name}_{number}"
    return name


def _label(lines: list[str]) -> str:
    return "<" + "<br/>".join(map(escape, lines)) + ">"
