"""Every network in every format, read back by a process that knows only the format's own library."""

from __future__ import annotations

import importlib.util
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
ENGINES = {
    "tf_saved_model": "jax",
    "stablehlo": "torch",
    "torch": "tensorflow",
    "onnx": "numpy",
    "litert": "numpy",
}
if importlib.util.find_spec("openvino"):
    ENGINES["openvino"] = "torch"
# Networks that a format takes with a fixed length only.
FIXED = [("torch", "lstm"), ("onnx", "lstm")]
# Networks that a format does not take.
REFUSED = [("litert", "lstm")]


@pytest.fixture(scope="module", params=ENGINES)
def differences(request):
    """How far the outputs of each network lie apart in a format, or what went wrong."""
    format = request.param
    with tempfile.TemporaryDirectory() as folder:
        for name in taken_by(format):
            with using(ENGINES[format]):
                _export(NETWORKS[name](), Path(folder, name), format)
        read = [sys.executable, str(Path(__file__).with_name("reading.py")), format, folder]
        shown = subprocess.run(read, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout.splitlines()[-1])


def taken_by(format):
    return [name for name in NETWORKS if (format, name) not in REFUSED]


def path_of(path, format):
    return path.with_suffix(exporting.form_of(format).SUFFIX)


def _export(model, path, format):
    """Export a model, and keep samples and its outputs for them."""
    given = None
    if (format, path.name) in FIXED:
        given = [lamina.InputSpec(shape=(None, 7), dtype="int32")]
    model.export(path_of(path, format), format=format, verbose=False, input_signature=given)
    signature = exporting.of_model(model)
    inputs = signature.samples(lambda _, axis: 7 if axis else 5)
    args, kwargs = signature.bind(inputs)
    outputs = [np.asarray(y) for y in tree.flatten(model(*args, **kwargs))]
    named = dict(zip([spec.name for spec in signature.inputs], inputs, strict=True))
    np.savez(path.with_suffix(".npz"), **named, **{f"y{i}": y for i, y in enumerate(outputs)})


def test_the_format_s_own_library_computes_what_the_model_does(differences):
    assert all(isinstance(difference, float) for difference in differences.values()), differences
    assert max(differences.values()) < 1e-5


def test_networks_that_a_format_takes_are_all_read_back(differences, request):
    format = request.node.callspec.params["differences"]
    assert [*differences] == sorted(taken_by(format))


def test_every_format_is_tested():
    assert {*ENGINES, "openvino"} == exporting.FORMATS.keys()


def test_a_format_whose_library_is_missing_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)  # as if it were not installed
    with pytest.raises(ImportError, match=r"pip install 'lamina\[openvino\]'"):
        NETWORKS["mlp"]().export(tmp_path / "m.xml", format="openvino", verbose=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ENGINES)
def test_a_model_stays_as_it_was(format, tmp_path, engine):
    model = NETWORKS["mlp"]()
    model(np.ones((2, 12), "float32"))
    held, values = [v.held for v in model.variables], to_arrays(model.variables)
    model.export(path_of(tmp_path / "m", format), format=format, verbose=False)
    assert all(v.held is before for v, before in zip(model.variables, held, strict=True))
    assert all(map(np.array_equal, to_arrays(model.variables), values))


@pytest.mark.parametrize(("format", "name"), FIXED)
def test_what_a_format_does_not_take_for_any_size_says_so(format, name, tmp_path):
    with pytest.raises(ValueError, match="does not take the model with axes of any size"):
        NETWORKS[name]().export(path_of(tmp_path / "m", format), format=format, verbose=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("format", "name"), REFUSED)
def test_what_a_format_does_not_take_at_all_says_what_does(format, name, tmp_path):
    fixed = [lamina.InputSpec(shape=(None, 7), dtype="int32")]
    with pytest.raises(ValueError, match="Use format='onnx'"):
        NETWORKS[name]().export(
            path_of(tmp_path / "m", format), format=format, verbose=False, input_signature=fixed
        )
    assert list(tmp_path.iterdir()) == []
