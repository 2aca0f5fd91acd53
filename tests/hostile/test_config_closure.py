"""What holds for all classes and all functions: nothing that a file can name opens, imports or runs anything."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lamina
from lamina.core import registry
from tests.hostile.closure import NOT_HERE

ROOT = Path(__file__).parent.parent.parent


def test_every_class_is_made_of_data_alone(tmp_path):
    """Also from spoilt data: nothing is opened, imported, compiled or called, and errors are of one family."""
    (tmp_path / "canary").write_bytes(os.urandom(32))
    report = subprocess.run(
        [sys.executable, "-m", "tests.hostile.closure", str(tmp_path / "canary"), "9"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "LAMINA_BACKEND": "numpy"},
        check=True,
    )
    found = json.loads(report.stdout)
    classes = {
        f"{kind}.{name}"
        for kind, shelf in registry.shelves.items()
        for name, cls in shelf.objects.items()
        if isinstance(cls, type) and kind != "ops" and cls.__module__.startswith("lamina")
    }
    missing = {
        name for name in classes - {*found["classes"]} if name.split(".")[-1] not in NOT_HERE
    }
    assert not missing
    assert found["tried"] > 10_000 and found["seen"] == [] and found["wrong"] == []


def test_code_of_layers_is_never_typed_as_data():
    """The classes that files cannot make without their caller say so themselves."""
    layers = registry.shelves["layers"].objects.values()
    given = {cls.__name__ for cls in layers if cls.from_caller}
    assert given == {"Lambda", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "TFSMLayer"}


FORBIDDEN_MODULES = {"pickle", "marshal", "dill", "cloudpickle", "yaml", "shelve", "imp", "runpy"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "literal_eval", "import_module"}
# (file, what): why it does no harm.
ALLOWED = {
    ("datasets/pickled.py", "pickle"): "a reader that knows the few names of NumPy's arrays",
    (
        "core/registry.py",
        "import_module",
    ): "of lamina's own packages, by names that stand in the code",
    (
        "core/lookup.py",
        "import_module",
    ): "of lamina's own packages, by names that stand in the code",
    ("core/optional.py", "import_module"): "of optional packages, by names that stand in the code",
}


def _forbidden(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {n.name.split(".")[0] for n in node.names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").split(".")[0]} & FORBIDDEN_MODULES
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", None)
            attribute = getattr(node.func, "attr", None)
            called = (
                {name} if name else {attribute} & (FORBIDDEN_CALLS - {"eval", "exec", "compile"})
            )
            if ast.unparse(node.func) == "torch.load":
                found.add("torch.load")
            found |= called & FORBIDDEN_CALLS
            for keyword in node.keywords:
                unsafe = getattr(keyword.value, "value", True) is not False
                if keyword.arg == "allow_pickle" and unsafe:
                    found.add("allow_pickle")
    return found


@pytest.mark.parametrize("folder", ["saving", "core", "models", "datasets", "utils"])
def test_nothing_that_reads_files_can_run_what_it_reads(folder):
    found = {}
    for path in (ROOT / "lamina" / folder).rglob("*.py"):
        name = path.relative_to(ROOT / "lamina").as_posix()
        if words := {word for word in _forbidden(path) if (name, word) not in ALLOWED}:
            found[name] = words
    assert found == {}


@pytest.mark.parametrize(
    "program",
    [
        "import pickle",
        "from marshal import loads",
        "eval('1')",
        "__import__('os')",
        "import numpy as np; np.load('x', allow_pickle=True)",
        "import torch; torch.load('x')",
        "import ast; ast.literal_eval('1')",
    ],
)
def test_the_check_of_programs_finds_what_it_is_for(program, tmp_path):
    (tmp_path / "a.py").write_text(program)
    assert _forbidden(tmp_path / "a.py")


READS = re.compile(r"load|from_|deserial|clone|read|restore")
# Names that go through the matrix of entry points (`entry_points.py`), themselves or by what they call.
IN_THE_MATRIX = {
    *("deserialize", "deserialize_keras_object", "from_config", "load_model", "model_from_json"),
    *("clone_model", "build_from_config", "compile_from_config"),
}
# What is not a way from a file's bytes to an object, or is tested elsewhere.
REASONS = {
    "audio_dataset_from_directory": "reads sounds",
    "from_unit": "of layers of images: scales numbers",
    "read": "of layers of images: takes pixels from their places",
    "image_dataset_from_directory": "reads pictures",
    "text_dataset_from_directory": "reads texts",
    "timeseries_dataset_from_array": "takes an array",
    "add_variable_from_reference": "makes a variable like another",
    "clone": "copies a shape or a metric that is there",
    "enable_unsafe_deserialization": "raises an error, always",
    "load": "of exported programs: JAX compiles them, lamina makes nothing of what they name",
    "load_img": "reads pictures",
    "exclude_from_weight_decay": "takes names that the program gives",
    "from_optax": "takes an object of the program",
    "from_torch": "takes an object of the program",
    "restore": "of a callback: reads arrays and positions, tests/training/test_resume",
    "load_assets": "of a lookup: reads tokens, line by line, from the folder that load_model makes",
    "load_own_variables": "takes arrays that were read",
    "load_weights": "reads arrays: test_weights_files and those beside it",
}


def _public() -> set[str]:
    names: set[str] = set()
    inner = (getattr(lamina, name, None) for name in dir(lamina) if name[0] != "_")
    for space in [lamina, *filter(inspect.ismodule, inner)]:
        for name in dir(space):
            if name[0] == "_":
                continue
            try:
                thing: Any = getattr(space, name)
            except Exception:  # a name that says that it is not there yet
                continue
            if not str(getattr(thing, "__module__", "")).startswith("lamina"):
                continue
            if inspect.isclass(thing):
                members = inspect.getmembers(thing, inspect.isroutine)
                names |= {n for n, _ in members if n[0] != "_" and READS.search(n)}
            if callable(thing) and READS.search(name):
                names.add(name)
    return names


def test_every_public_way_in_is_in_the_matrix_or_has_a_reason():
    assert sorted(_public() - IN_THE_MATRIX - {*REASONS}) == []
    assert {*REASONS} <= _public()  # the control: what reads is found
