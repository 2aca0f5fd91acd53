"""The note's network in PyTensor's own default mode, which compiles by Numba, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

_PROGRAM = """
import json, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_training import trained
import pytensor
from lamina import config
losses = trained("note", "pytensor")[0]
files = sorted(str(path) for path in Path(pytensor.config.compiledir).parent.rglob("*.nb[ci]"))
linker = type(pytensor.compile.mode.get_default_mode().linker).__name__
print(json.dumps([linker, list(losses), list(trained("note", "jax")[0]), files]))
"""


@pytest.mark.slow
def test_the_second_process_compiles_nothing(tmp_path):
    here = str(Path(__file__).parent)
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}
    results = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM.format(tests=here)],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        results.append(json.loads(done.stdout.splitlines()[-1]))
    (linker, losses, on_jax, files), (_, again, _, files_again) = results
    assert linker == "NumbaLinker"
    np.testing.assert_allclose(losses, on_jax, rtol=1e-5)
    np.testing.assert_allclose(losses, again, rtol=1e-5)  # sums depend on where memory lies
    assert files and files == files_again
