"""Whole models go from real Keras to lamina and back: outputs agree, and training goes on alike.

Each engine of Keras needs a process of its own. It writes its files, reads those that lamina wrote before, and notes
the outputs and the losses of the next steps of both; the tests compare. By default Keras runs on PyTorch for the
whole zoo, and for a part of it on TensorFlow and JAX, which compile each model; `make test-all` does it all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.engine import current
from tests.engines import engines_under_test
from tests.exchange.course import course, trained
from tests.exchange.zoo import ZOO

ROOT = Path(__file__).parents[2]
NAMES = list(ZOO)
ONLY_HERE = {
    engine: [
        n for n, entry in ZOO.items() if not entry.trains_on("torch") and entry.trains_on(engine)
    ]
    for engine in ("jax", "tensorflow")
}
SAMPLES = {
    "torch": NAMES,
    "tensorflow": sorted({*ONLY_HERE["tensorflow"], *NAMES[1::16]}, key=NAMES.index),
    "jax": sorted({*ONLY_HERE["jax"], *NAMES[2::48]}, key=NAMES.index),
}
# Of lamina's engines PyTorch needs no time to compile; the others take their turns.
TURNS = ["torch"] * 11 + ["jax"] + ["torch"] * 11 + ["tensorflow"]
LONGEST = 500  # seconds to wait for another process


def _cases():
    for engine, sample in SAMPLES.items():
        for name in (n for n in NAMES if engine not in ZOO[n].fails.split()):
            marks = () if name in sample else pytest.mark.slow
            yield pytest.param(engine, name, marks=marks, id=f"{engine}-{name}")


@pytest.fixture(scope="session")
def exchanged(tmp_path_factory, request):
    """`(engine) -> folder` with the files of both libraries, made once for all processes that test."""
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    wanted = {
        engine: [
            item.callspec.params["name"]
            for item in request.session.items
            if item.path == Path(__file__)
            and getattr(item, "callspec", None)
            and item.callspec.params.get("engine_of_keras") == engine
        ]
        for engine in SAMPLES
    }

    def folder_of(engine):
        folder = shared / f"exchange-{engine}"
        try:
            folder.mkdir()
        except FileExistsError:
            _wait_for(folder / "done")
            return folder
        try:
            _exchange(engine, folder, list(dict.fromkeys(wanted[engine])))
        finally:
            (folder / "done").touch()
        return folder

    return folder_of


def _wait_for(file):
    for _ in range(LONGEST):
        if file.exists():
            return
        time.sleep(1)
    raise TimeoutError(f"another process did not make {file}")


def _exchange(engine, folder, names):
    ours = folder / "ours"
    ours.mkdir()
    for name in names:
        try:
            with lamina.config.using_backend(_lamina_on(name)):
                steps = ZOO[name].trains_on(engine)
                model = trained(ZOO[name], lamina, steps)
                model.save(ours / f"{name}.keras")
                np.savez(ours / f"{name}.npz", **course(ZOO[name], model, lamina, steps))
        except Exception:  # the tests of this model tell it
            (ours / f"{name}.error").write_text(traceback.format_exc())
    command = [sys.executable, "-m", "tests.exchange.keras_side", str(folder), *names]
    environment = os.environ | {"KERAS_BACKEND": engine, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]


def _lamina_on(name):
    there = [e for e in engines_under_test() if "differentiates" in current.load(e).capabilities]
    engine = TURNS[NAMES.index(name) % len(TURNS)]
    return engine if engine in there else there[0]


def _results(folder, side, name, suffix):
    if (error := folder / side / f"{name}.error").exists():
        pytest.fail(error.read_text(), pytrace=False)
    return dict(np.load(folder / side / f"{name}{suffix}"))


def _assert_alike(found, expected, tolerance):
    """Relative to the scale: outputs within a millionth unless the entry says why not, logs within ten."""
    assert found.keys() == expected.keys()
    for what, values in expected.items():
        allowed = tolerance if what.startswith("output") else max(tolerance, 1e-5)
        scale = max(1e-3, np.abs(values).max(initial=0))
        np.testing.assert_allclose(found[what], values, rtol=0, atol=allowed * scale, err_msg=what)


@pytest.mark.parametrize(("engine_of_keras", "name"), list(_cases()))
def test_lamina_goes_on_with_what_keras_wrote(engine_of_keras, name, exchanged):
    folder, entry = exchanged(engine_of_keras), ZOO[name]
    expected = _results(folder, "theirs", name, ".npz")
    entry.make(lamina)  # registers its classes
    with lamina.config.using_backend(_lamina_on(name)):
        model = lamina.saving.load_model(folder / "theirs" / f"{name}.keras")
        found = course(entry, model, lamina, entry.trains_on(engine_of_keras))
    _assert_alike(found, expected, entry.tolerance)


@pytest.mark.parametrize(("engine_of_keras", "name"), list(_cases()))
def test_keras_goes_on_with_what_lamina_wrote(engine_of_keras, name, exchanged):
    folder = exchanged(engine_of_keras)
    _results(folder, "theirs", name, ".npz")  # Keras' own errors come first
    expected = _results(folder, "ours", name, ".npz")
    _assert_alike(_results(folder, "ours", name, ".read.npz"), expected, ZOO[name].tolerance)
