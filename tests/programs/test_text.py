"""Programs for Keras that classify texts run with `import lamina as keras`, and nothing else changed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import lamina

FOLDER = Path(__file__).parent / "text"
PROGRAMS = sorted(path for path in FOLDER.glob("*.py") if path.stem != "corpus")


def test_there_are_five():
    assert len(PROGRAMS) == 5


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_of_keras_runs_with_its_import_changed(path, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    code = path.read_text("utf-8")
    changed = re.sub(r"^import keras$", "import lamina as keras", code, flags=re.M)
    changed = re.sub(r"^from keras import", "from lamina import", changed, flags=re.M)
    assert changed != code
    with lamina.config.using_backend("jax"):
        lamina.utils.set_random_seed(1)
        names: dict = {}
        exec(compile(changed, str(path), "exec"), names)
    sys.modules.pop("corpus", None)
    assert names["accuracy"] > 0.9
