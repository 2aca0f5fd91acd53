"""`import lamina` loads nothing heavy (how long it takes: `make bench`); the floors of the house hold."""

import ast
import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lamina

ROOT = Path(__file__).parent.parent
HEAVY = ("jax", "torch", "tensorflow", "h5py", "rich", "numpy", "matplotlib")


def run(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def loaded_by(program: str) -> set[str]:
    """Which of the heavy packages a fresh process has after `program`."""
    report = f"import sys, json; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    return set(json.loads(run(f"{program}\n{report}").splitlines()[-1]))


def test_importing_lamina_loads_nothing_heavy():
    assert loaded_by("import lamina; dir(lamina); lamina.version()") == set()


def test_settings_load_no_engine():
    assert loaded_by("import lamina; lamina.config.floatx()") <= {"numpy"}


def test_bundled_data_load_no_engine():
    program = "import lamina; lamina.datasets.digits.load_data()"
    assert not loaded_by(program) & {"jax", "torch", "tensorflow", "h5py"}


def test_layers_load_no_part_of_scipy_that_few_need():
    heavy = ("scipy.signal", "scipy.stats", "scipy.optimize")
    program = f"import lamina, sys; lamina.layers.Dense, lamina.Model; print([m for m in {heavy} if m in sys.modules])"
    assert run(program).strip() == "[]"


FIRST_STEP = """
import sys, numpy as np, lamina
from lamina import layers
lamina.config.set_backend("torch")
model = lamina.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(2),
    layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")])
model.compile("adam", lamina.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
model.train_on_batch(np.zeros((4, 8, 8, 1)), np.zeros(4, "int32"))
print([m for m in ("sympy", "torch._dynamo") if m in sys.modules])
"""


def test_usual_networks_take_their_first_step_on_torch_without_its_compiler():
    """Where PyTorch computes shapes without values it loads that, which takes most of a second."""
    assert run(FIRST_STEP).strip() == "[]"


@pytest.mark.parametrize("engine", ["numpy", "jax", "torch", "tensorflow"])
def test_only_the_engine_that_is_asked_for_is_loaded(engine):
    program = f"from lamina import config as c; c.set_backend({engine!r}); print(c.backend())"
    engines = {"jax", "torch", "tensorflow"}
    by_itself = loaded_by(f"import {engine}") & engines  # TensorFlow looks for JAX
    assert loaded_by(program) & engines == by_itself


@pytest.mark.parametrize("name", sorted({*lamina.__all__} - {"__version__"}))
def test_a_public_name_is_the_thing_of_that_name(name):
    found = getattr(lamina, name).__name__
    assert found == (f"lamina.{name}" if name in lamina._SUBMODULES else name)


def test_other_names_are_not_there():
    assert dir(lamina) == sorted(lamina.__all__)
    with pytest.raises(AttributeError, match=r"has no 'Layr'.* Did you mean 'Layer'"):
        lamina.Layr  # noqa: B018


def test_the_stub_tells_the_same_names_from_the_same_places():
    stub = ast.parse((ROOT / "lamina" / "__init__.pyi").read_text(encoding="utf-8"))
    homes = {"__version__": None, "version": None}
    for node in ast.walk(stub):
        if isinstance(node, ast.ImportFrom):
            homes |= {alias.asname: node.module for alias in node.names}
    expected = {name: lamina._HOMES.get(name, "lamina") for name in lamina.__all__}
    assert {name: home or "lamina" for name, home in homes.items()} == expected


def test_public_functions_and_classes_are_documented():
    things = [getattr(lamina, name) for name in lamina.__all__ if name != "__version__"]
    assert [thing for thing in things if not inspect.getdoc(thing)] == []


def test_the_floors_hold():
    lint = Path(sys.executable).parent / "lint-imports"
    command = str(lint) if lint.exists() else shutil.which("lint-imports")
    assert command, "import-linter is part of the extra `test`"
    found = subprocess.run([command, "--no-cache"], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stdout
