"""Pages tell the truth: their Python runs on every engine that trains; paths and commands are there."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.engine import current
from tools import ops_coverage

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
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


WRITTEN = {
    page.name: page.read_text("utf-8") for page in [*ROOT.glob("*.md"), *sorted(DOCS.glob("*.md"))]
}
del WRITTEN["CHANGELOG.md"]  # tells of what was
# The design lies beside the checkout, and calls a file otherwise; the demo writes these.
NOT_FILES = {"DESIGN.md", "ops/shape.py"} | {
    f"demo/{name}"
    for name in ("digits.weights.h5", "history.png", "predictions.png", "report.html")
}
EACH_PAGE = pytest.mark.parametrize("page", WRITTEN)


def _is_there(path: str) -> bool:
    """Whether a path leads somewhere from the root or the package, or a name is some file's."""
    if "/" in path:
        return (ROOT / path).exists() or (ROOT / "lamina" / path).exists()
    return (ROOT / path).exists() or any((ROOT / "lamina").rglob(path))


@EACH_PAGE
def test_paths_lead_somewhere(page):
    quoted = set(re.findall(r"`([\w.-]+(?:/[\w.-]*)*)`", WRITTEN[page]))
    paths = {name for name in quoted if "/" in name or re.search(r"\.(py|md|toml)$", name)}
    assert [path for path in sorted(paths - NOT_FILES) if not _is_there(path)] == []


@EACH_PAGE
def test_targets_of_make_are_in_the_makefile(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", WRITTEN[page], re.MULTILINE))
    assert named <= targets


COMMANDS = sorted(
    {
        (module, *re.findall(r"--[a-z-]+", rest))
        for text in WRITTEN.values()
        for module, rest in re.findall(r"python3? -m ([\w.]+)([^`\n]*)", text)
    }
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_modules_run_with_these_options(command):
    module, *options = command
    found = importlib.util.find_spec(module)
    assert found is not None
    if options:
        usage = [sys.executable, "-m", module, "--help"]
        shown = subprocess.run(usage, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        known = set(re.findall(r"--[a-z-]+", shown))
        assert set(options) <= known


def test_options_of_pytest_are_known_to_it(pytestconfig):
    calls = [call for text in WRITTEN.values() for call in re.findall(r"pytest( [^`\n]*)", text)]
    options = {option for call in calls for option in re.findall(r" --([a-z-]+)", call)}
    assert options
    absent = object()
    assert [o for o in sorted(options) if pytestconfig.getoption(o, absent) is absent] == []


@EACH_PAGE
def test_files_that_are_run_are_there(page):
    files = re.findall(r"(?:python3?|pytest[^`\n]*) ([\w/]+\.py)", WRITTEN[page])
    assert [file for file in files if not (ROOT / file).is_file()] == []
