"""What a type checker says of programs that use lamina."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


@functools.cache
def _errors() -> dict[str, set[int]]:
    """The lines, counted from 1, in which pyright finds errors, by file."""
    pyright = Path(sys.executable).with_name("pyright")
    command = [pyright, "--outputjson", "--pythonpath", sys.executable]
    files = [HERE / "mistakes.py", HERE / "inferred.py"]
    done = subprocess.run([*command, *files], capture_output=True, text=True, cwd=HERE.parents[1])
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 2
    lines: dict[str, set[int]] = {file.name: set() for file in files}
    for found in report["generalDiagnostics"]:
        lines[Path(found["file"]).name].add(found["range"]["start"]["line"] + 1)
    return lines


def test_mistakes_in_a_users_program_are_found():
    text = (HERE / "mistakes.py").read_text("utf-8").splitlines()
    wrong = {number for number, line in enumerate(text, 1) if "# wrong" in line}
    errors = _errors()["mistakes.py"]
    assert len(wrong) == 11
    assert len(errors & wrong) >= 10
    assert errors <= wrong  # what is right is not called wrong


def test_everyday_calls_have_types():
    """Each line of the file asserts one: `Dense`, `Sequential`, `History`, `np.ndarray`."""
    assert _errors()["inferred.py"] == set()
