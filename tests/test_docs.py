"""The pages in `docs/` tell the truth: their Python runs, page by page, on every engine that trains."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lamina.engine import current
from tools import ops_coverage

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {
    page.name: blocks
    for page in sorted(DOCS.glob("*.md"))
    if (blocks := re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
}


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page, trains):
    exec(compile("\n".join(PAGES[page]), page, "exec"), {"__name__": "page"})


def test_the_coverage_table_has_every_name_and_engine():
    """`python -m tools.ops_coverage` wrote it; here only that nothing is missing from it or blank."""
    table = (DOCS / "ops-coverage.md").read_text("utf-8")
    assert f"| name | {' | '.join(current.BUILT_IN)} |" in table
    rows = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", table, re.MULTILINE))
    assert sorted(rows) == ops_coverage.names()
    for name, row in rows.items():
        cells = row.split(" | ")
        assert len(cells) == len(current.BUILT_IN), name
        assert all(re.fullmatch("works|not applicable: .+", cell) for cell in cells), name
