"""Texts, words and hashes: what Keras gives on TensorFlow, in one process for all cases."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import layers
from tests.oracle.text_cases import CASES
from tests.oracle.text_models import MODELS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def of_keras(tmp_path_factory):
    results = tmp_path_factory.mktemp("text") / "results.pickle"
    ours = {name: make(lamina) for name, make in MODELS.items()}
    for name, (model, _) in ours.items():
        model.save(results.with_name(f"ours_{name}.keras"))
    program = Path(__file__).with_name("text_cases.py")
    done = subprocess.run(
        [sys.executable, str(program), str(results)],
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return pickle.loads(results.read_bytes()) | {"folder": results.parent, "models": ours}


@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_keras(case, of_keras):
    expected, result = of_keras[case], np.asarray(CASES[case](layers))
    assert result.shape == expected.shape
    if "tf_idf" in case:  # TensorFlow adds up a mean in the order that the processor likes
        np.testing.assert_array_max_ulp(result, expected, maxulp=2)
    else:
        assert np.array_equal(result, expected)


@pytest.mark.parametrize("name", MODELS)
def test_files_of_keras_are_read_with_their_vocabularies(name, of_keras):
    _, x = of_keras["models"][name]
    model = lamina.models.load_model(of_keras["folder"] / f"theirs_{name}.keras")
    assert np.allclose(model.predict(x, verbose=0), of_keras[f"theirs {name}"], atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_keras_reads_files_with_their_vocabularies(name, of_keras):
    model, x = of_keras["models"][name]
    assert np.allclose(model.predict(x, verbose=0), of_keras[f"ours {name}"], atol=1e-6)
