"""RESULTS.md: rows of a table, each replaced by itself when it is measured again."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.table import ROWS, Row

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADER = (
    "| what | engine | lamina | Keras | by hand | / Keras | / by hand | asked for | measured |",
    "|---|---|---|---|---|---|---|---|---|",
)
_INTRODUCTION = """# Benchmarks

Written by `make bench`; `python -m benchmarks mlp cnn --engines jax` renews these rows alone. The sides
of a row are processes of their own that run in turns; the best of all rounds counts. "By hand" is a
loop written in the engine's own library (`benchmarks/works`), or what the row names. "/ Keras" and
"/ by hand" are lamina's time divided by theirs: smaller is better. "Asked for" is the most that
"/ Keras" may be, unless it says something else. The machine may be shared: believe ratios, not times."""


def cell(seconds: float | None, is_memory: bool = False) -> str:
    """A time as one reads it; memory comes in terabytes."""
    if seconds is None:
        return ""
    if is_memory:
        return f"{seconds * 1e6:.0f} MB"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def line(row: Row, engine: str, times: dict[str, float]) -> str:
    """The row of the table."""
    ours = times["lamina"]
    keras = times.get("keras")
    by_hand = next((t for side, t in times.items() if side not in ("lamina", "keras")), None)
    is_memory = row.name.endswith(":memory")
    bound = row.bounds.get(engine, "")
    cells = [
        row.what,
        engine,
        *(cell(t, is_memory) for t in (ours, keras, by_hand)),
        *("" if t is None else f"**{ours / t:.2f}**" if t else "" for t in (keras, by_hand)),
        f"<= {bound}" if bound else "",
        f"{datetime.date.today()}, {os.cpu_count()} cores",
    ]
    return f"| {' | '.join(cells)} |"


def merge(lines: list[str], path: Path = RESULTS) -> None:
    """Write the rows: each takes the place of its older self; the order is the table's."""
    kept = {_key(text): text for text in _rows(path)} | {_key(text): text for text in lines}
    order = [(row.what, engine) for row in ROWS for engine in row.engines]
    rows = [kept[key] for key in order if key in kept]
    text = "\n".join([_INTRODUCTION, "", f"Last run: {versions()}.", "", *HEADER, *rows])
    path.write_text(text + "\n", encoding="utf-8")


def _rows(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [t for t in text.splitlines() if t.startswith("| ") and t != HEADER[0]]


def _key(text: str) -> tuple[str, ...]:
    return tuple(text.strip("| ").split(" | ")[:2])


def versions() -> str:
    """When, where, and the versions of what took part."""
    parts = []
    for package in ("lamina", "keras", "jax", "torch", "tensorflow-cpu", "numpy"):
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"{package} (not installed)")
    return (
        f"{datetime.date.today()}, {platform.machine()}, {platform.system()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; {', '.join(parts)}"
    )
