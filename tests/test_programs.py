"""Programs written for Keras run with one line changed: `import lamina as keras`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "programs"
PROGRAMS = sorted(
    str(path.relative_to(FOLDER))
    for path in FOLDER.glob("*/*.py")
    if path.stem not in ("corpus", "recordings", "shapes")
)


@pytest.fixture
def recordings(tmp_path):
    from tests.programs.audio import recordings

    recordings.write(tmp_path / "recordings")
    return str(tmp_path / "recordings")


def with_lamina(program: str) -> str:
    """Change the import, and that of modules from there."""
    changed, count = re.subn(r"^import keras$", "import lamina as keras", program, flags=re.M)
    assert count == 1
    return re.sub(r"^from keras import", "from lamina import", changed, flags=re.M)


def test_there_are_five_of_each_kind():
    kinds = [name.partition(os.sep)[0] for name in PROGRAMS]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "audio": 5,
        "images": 5,
        "series": 5,
        "structured_data": 5,
        "text": 5,
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_keras_runs_on_lamina(trains, name, recordings, capsys, monkeypatch):
    program = with_lamina((FOLDER / name).read_text("utf-8"))
    monkeypatch.setattr(sys, "argv", [name, recordings])
    names = {"__name__": "program"}
    exec(compile(program, name, "exec"), names)
    assert names["result"], capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_one_of_keras(name, recordings):
    """The control: on Keras itself it runs as well, unchanged."""
    program = (FOLDER / name).read_text("utf-8") + "\nassert result\n"
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [sys.executable, "-c", program, recordings], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
