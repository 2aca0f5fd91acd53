"""A user's error shows the user's lines, one of lamina, and one message, on every engine."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import lamina
from lamina.core.tracebacks import shorten, shortened

ROOT = Path(__file__).parents[2]
SETUP = """
import numpy as np
import lamina as keras
from lamina import layers, ops

class Mine(keras.Layer):
    def build(self, shape):
        self.w = self.add_weight((5, 2))
    def call(self, x):
        return ops.matmul(x, self.w)

class Broken(keras.Layer):
    def call(self, x):
        return self.w * x
"""
# What the program does last, and the lines of it that its error has to show.
PROGRAMS = {
    "a wrong shape in fit": (
        """
model = keras.Sequential([layers.Dense(2)])
model.compile("sgd", "mse")
model.build((None, 5))
model.fit(np.ones((4, 7), "float32"), np.ones((4, 2)), verbose=0)
""",
        ["model.fit("],
    ),
    "a wrong shape in the user's layer, within fit": (
        """
model = keras.Sequential([Mine()])
model.compile("sgd", "mse")
model.fit(np.ones((4, 3), "float32"), np.ones((4, 2)), verbose=0)
""",
        ["model.fit(", "return ops.matmul(x, self.w)"],
    ),
    "a wrong shape in predict": (
        """
model = keras.Sequential([layers.Dense(2)])
model.build((None, 5))
model.predict(np.ones((4, 7), "float32"), verbose=0)
""",
        ["model.predict("],
    ),
    "a wrong shape in an op": ("ops.matmul(np.ones((2, 3)), np.ones((4, 5)))", ["ops.matmul(np"]),
    "a wrong shape in a symbolic op": (
        "ops.matmul(keras.Input((3,)), np.ones((4, 5)))",
        ["ops.matmul(keras"],
    ),
    "a wrong shape in the user's layer": (
        "Mine()(np.ones((2, 3), 'float32'))",
        ["Mine()(", "return ops.matmul(x, self.w)"],
    ),
    "a mistake in the user's layer": (
        "Broken()(np.ones((2, 3), 'float32'))",
        ["Broken()(", "return self.w * x"],
    ),
    "an unknown optimizer": (
        "keras.Sequential([layers.Dense(2)]).compile('adm')",
        ["compile('adm')"],
    ),
    "a loss of shapes that do not fit": (
        "keras.losses.MeanSquaredError()(np.ones((4, 2)), np.ones((3, 5)))",
        ["keras.losses.Mean"],
    ),
    "a gradient of another shape": (
        "keras.optimizers.Adam().apply([np.ones(2)], [keras.Variable([1.0, 2.0, 3.0])])",
        ["keras.optimizers.Adam"],
    ),
    "layers that do not go together": (
        "layers.Add()([keras.Input((4,)), keras.Input((3,))])",
        ["layers.Add()("],
    ),
}


def failure(program: str, folder: Path) -> tuple[BaseException, str]:
    """The error with which `program` ends, and what Python prints of it."""
    source = SETUP + program
    path = folder / "program.py"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(Exception) as raised:
        exec(compile(source, str(path), "exec"), {"__name__": "__main__"})
    # Without this test's own frame, as at the top of a program.
    return raised.value.with_traceback(raised.value.__traceback__.tb_next), str(path)


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_error_shows_the_users_lines_and_one_of_lamina(trains, name, tmp_path, capfd):
    lamina.config.enable_traceback_filtering()
    program, expected = PROGRAMS[name]
    error, path = failure(program, tmp_path)
    sys.__excepthook__(type(error), error, error.__traceback__)
    printed = capfd.readouterr().err
    lines = printed.splitlines()
    places = [line for line in lines if line.startswith("  File ")]
    others = [place for place in places if path not in place]
    assert len(lines) <= 12, printed
    assert len(others) == 1 and "/lamina/" in others[0] and "/engine/" not in others[0], printed
    shown = [line.strip() for line in lines]
    for line in expected:
        assert sum(line in each for each in shown) == 1, printed
    assert printed.count(str(error)) == 1


def test_without_filtering_everything_is_shown(tmp_path, capfd):
    lamina.config.disable_traceback_filtering()
    error, _ = failure(PROGRAMS["a wrong shape in fit"][0], tmp_path)
    sys.__excepthook__(type(error), error, error.__traceback__)
    assert capfd.readouterr().err.count("  File ") > 10


def test_a_program_prints_what_the_user_needs(tmp_path):
    program, expected = PROGRAMS["a wrong shape in the user's layer, within fit"]
    path = tmp_path / "program.py"
    path.write_text(SETUP + program, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=ROOT,
                          env={"PYTHONPATH": str(ROOT), "LAMINA_BACKEND": "jax"})  # fmt: skip
    assert done.returncode == 1 and len(done.stderr.splitlines()) <= 12, done.stderr
    assert all(line in done.stderr for line in expected)


def fails() -> None:
    raise ValueError("inner")


def test_the_users_own_causes_stay():
    lamina.config.enable_traceback_filtering()

    @shortened
    def entry():
        try:
            fails()
        except ValueError as error:
            raise TypeError("outer") from error

    with pytest.raises(TypeError) as raised:
        entry()
    assert str(raised.value.__cause__) == "inner" and raised.value.__cause__.__traceback__


def test_the_error_that_was_being_handled_stays():
    lamina.config.enable_traceback_filtering()
    with pytest.raises(Exception) as raised:
        try:
            fails()
        except ValueError:
            lamina.ops.matmul([1.0, 2.0], [1.0])
    error = raised.value
    assert isinstance(error.__context__, ValueError) and not error.__suppress_context__


def test_an_error_that_is_its_own_cause_ends():
    lamina.config.enable_traceback_filtering()
    error = ValueError("round")
    error.__cause__ = error
    shorten(error)
    assert error.__traceback__ is None


def test_a_decorated_function_keeps_its_name_and_signature():
    assert lamina.Model.fit.__name__ == "fit"
    assert list(inspect.signature(lamina.Model.fit).parameters)[:3] == ["self", "x", "y"]


def test_a_warning_shows_the_users_line_however_deep_it_arises(tmp_path):
    program = tmp_path / "mine.py"
    program.write_text(
        "import numpy as np, lamina\n"
        "model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(2,))])\n"
        "model.compile('sgd', 'mse')\n"
        "model.fit(np.full((8, 2), np.nan), np.ones((8, 1)), verbose=0, preflight=False)  # here\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "mine.py:4: UserWarning" in done.stderr, done.stderr


def test_every_warning_finds_the_users_line_in_the_same_way():
    """A fixed number of frames is wrong as soon as somebody calls from deeper, or derives a class."""
    fixed = []
    for path in sorted((ROOT / "lamina").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            warns = isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn"
            if warns or (isinstance(node, ast.keyword) and node.arg == "stacklevel"):
                fixed.append(str(path.relative_to(ROOT / "lamina")))
    assert set(fixed) == {"engine/warning.py"}


def test_a_warning_of_a_layer_shows_the_users_line(backend):
    with pytest.warns(UserWarning, match="RMSNormalization") as caught:
        line = inspect.currentframe().f_lineno + 1
        lamina.layers.LayerNormalization(rms_scaling=True)
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
