"""Every network in every format, read back by a process that knows only the format's own library."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.core import tree
from lamina.core.variable import to_arrays
from lamina.engine.current import using
from lamina.export import exporting
from tests.export.networks import NETWORKS

# Format -> the engine in force while it is written: another than the one that it needs.
ENGINES = {"tf_saved_model": "jax", "stablehlo": "torch", "onnx": "numpy"}
ONLY_THE_BATCH_IS_OPEN = ("onnx",)


@functools.cache
def differences(format):
    """Return how far the outputs of each network lie apart, or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        for name, make in NETWORKS.items():
            with using(ENGINES[format]):
                _export(make(), Path(folder, name), format)
        read = [sys.executable, str(Path(__file__).with_name("reading.py")), format, folder]
        shown = subprocess.run(read, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout.splitlines()[-1])


def path_of(path, format):
    return path.with_suffix(exporting.form_of(format).SUFFIX)


def _export(model, path, format):
    """Export a model, and keep samples and its outputs for them."""
    signature = exporting.of_model(model)
    more = {}
    if signature.free_axes() and format in ONLY_THE_BATCH_IS_OPEN:
        sizes = [
            [7 if n is None and axis else n for axis, n in enumerate(x.shape)]
            for x in signature.inputs
        ]
        specs = [lamina.InputSpec(x.dtype, n) for x, n in zip(signature.inputs, sizes, strict=True)]
        more = {"input_signature": specs}
    model.export(path_of(path, format), format=format, verbose=False, **more)
    inputs = signature.samples(5, 7)
    args, kwargs = signature.bind(inputs)
    outputs = [np.asarray(y) for y in tree.flatten(model(*args, **kwargs))]
    named = dict(zip([spec.name for spec in signature.inputs], inputs, strict=True))
    np.savez(path.with_suffix(".npz"), **named, **{f"y{i}": y for i, y in enumerate(outputs)})


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("format", ENGINES)
def test_the_format_s_own_library_computes_what_the_model_does(format, name):
    difference = differences(format)[name]
    assert isinstance(difference, float), difference
    assert difference < 1e-5


def test_every_format_is_tested():
    assert ENGINES.keys() == exporting.FORMATS.keys()


@pytest.mark.parametrize("format", ENGINES)
def test_a_model_stays_as_it_was(format, tmp_path, engine):
    model = NETWORKS["mlp"]()
    model(np.ones((2, 12), "float32"))
    held, values = [v.held for v in model.variables], to_arrays(model.variables)
    model.export(path_of(tmp_path / "m", format), format=format, verbose=False)
    assert all(v.held is before for v, before in zip(model.variables, held, strict=True))
    assert all(map(np.array_equal, to_arrays(model.variables), values))
