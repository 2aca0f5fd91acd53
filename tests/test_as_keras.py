"""`import keras` gives lamina where it was asked for, and says so where it cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
import sys
import keras, keras.ops.image
from keras import layers, models
from keras.layers import Dense
import numpy as np
import lamina

assert keras is lamina and layers is lamina.layers and Dense is lamina.layers.Dense
assert sys.modules["keras.ops.image"] is lamina.ops.image
assert layers.__spec__.name == "lamina.layers"
model = models.Sequential([layers.Dense(2)])
model.compile("sgd", "mse")
model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
print(*sys.argv, __name__, lamina.config.backend())
"""


def python(*arguments: str, engine: str = "jax") -> subprocess.CompletedProcess:
    environment = {"PYTHONPATH": str(ROOT), "LAMINA_BACKEND": engine, "KERAS_BACKEND": "jax"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("engine", ["jax", "tensorflow"])  # TensorFlow looks for Keras by itself
def test_a_program_written_for_keras_runs(tmp_path, engine):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = python("-m", "lamina", "run", str(program), "--rate", "1", engine=engine)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(program), "--rate", "1", "__main__", engine]


def test_a_program_that_fails_shows_its_own_lines(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import keras\n\nkeras.layers.Dnse(3)\n", encoding="utf-8")
    done = python("-m", "lamina", "run", str(program))
    assert done.returncode == 1 and "Did you mean 'Dense'?" in done.stderr
    assert f'File "{program}", line 3' in done.stderr and "cli" not in done.stderr


def test_a_program_that_is_not_there_is_named():
    done = python("-m", "lamina", "run", "nowhere.py")
    assert done.returncode == 2
    assert done.stderr == "lamina run: nowhere.py cannot be read: No such file or directory\n"


def test_keras_itself_is_not_replaced():
    done = python("-c", "import keras, lamina; lamina.install_as_keras()")
    assert done.returncode == 1
    assert "ImportError: Keras itself (3." in done.stderr and "before anything" in done.stderr


def test_it_may_be_asked_for_twice():
    program = "import lamina as l; l.install_as_keras(); import keras; l.install_as_keras()"
    assert python("-c", f"{program}; assert keras is l").returncode == 0
