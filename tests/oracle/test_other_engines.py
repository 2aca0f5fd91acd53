"""The drawn comparisons on Keras' other engines: a process has one, so each gets a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_drawn_ops_are_those_of_keras_there(name):
    command = [sys.executable, "-m", "pytest", "-q", "tests/oracle/test_drawn_ops.py"]
    environment = os.environ | {"LAMINA_ORACLE_BACKEND": name}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:]
