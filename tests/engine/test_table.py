"""docs/engines-table.md says what the installed engines say."""

from __future__ import annotations

from types import SimpleNamespace

from lamina.engine import current
from lamina.engine.contract import Engine
from tools import engines_table


def test_the_table_is_what_the_engines_say():
    """If not: `python -m tools.engines_table` writes it."""
    assert engines_table.TABLE.read_text("utf-8") == engines_table.page(current.available())


def test_cells_tell_partial_engines_apart():
    members = {k: v for k, v in vars(current.load("numpy")).items() if k != "uniform"}
    changes = {"name": "half", "capabilities": "compiles", "untraced": {"fft": "It has no fft."}}
    half = Engine(SimpleNamespace(**(members | changes)))
    cells = [engines_table.cell(half, name) for name in ("exp", "fft", "repeat", "uniform")]
    assert cells == ["yes", "values", "stand-in", "–"]
