"""Some of the files that `tools/mutate_files.py` damages by the ten thousand, with another seed; A05."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = 1200  # of all eight formats together; a number, since a time would leave some out


@pytest.mark.skipif(not hasattr(os, "fork"), reason="files are loaded in forks")
def test_damaged_and_forged_files_load_equal_or_are_refused():
    """In a child, which forks others with little memory: not even they may crash."""
    child = subprocess.run(
        [sys.executable, "-m", "tools.mutate_files", "--count", str(COUNT), "--seed", "7"],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert child.returncode == 0, child.stdout + child.stderr[-2000:]
    lines = child.stdout.splitlines()
    assert lines[-1].endswith(" files, 0 failures")
    kinds = [line for line in lines if re.search(r"refused: [1-9]", line)]
    assert len(kinds) >= 8  # of each format some were refused


_CONTROL = """
import os, sys
import tools.mutate_files as tool
sound = tool.load
def otherwise(kind, path):
    return "another model"
def crash(kind, path):
    os.kill(os.getpid(), 9)
def error(kind, path):
    raise KeyError("x")
def memory(kind, path):
    bytearray(2**31)
for wrong in (otherwise, crash, error, memory):
    calls = []
    def load(kind, path):
        calls.append(path)
        return (sound if len(calls) == 1 else wrong)(kind, path)  # the first is the original
    tool.load = load
    sys.argv[1:] = ["--count", "4", "--kinds", "weights.weights.h5"]
    print(wrong.__name__, tool.main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="files are loaded in forks")
def test_the_tool_sees_what_it_looks_for():
    """A live control: loaders that are wrong in each way are found out; of each file the twin, the original, loads."""
    child = subprocess.run(
        [sys.executable, "-c", _CONTROL],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert child.returncode == 0, child.stdout + child.stderr[-2000:]
    for wrong, said in {
        "otherwise": "silent difference",
        "crash": "child ended with -9",
        "error": "KeyError",
        "memory": "MemoryError",
    }.items():
        assert said in child.stdout and f"{wrong} 1" in child.stdout, child.stdout
