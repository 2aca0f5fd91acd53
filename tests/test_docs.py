"""The pages in `docs/` tell the truth: their Python runs, page by page, on every engine that trains."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = {
    page.name: blocks
    for page in sorted((Path(__file__).parents[1] / "docs").glob("*.md"))
    if (blocks := re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
}


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page, trains):
    exec(compile("\n".join(PAGES[page]), page, "exec"), {"__name__": "page"})
