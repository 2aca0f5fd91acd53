"""Texts, words and hashes: what Keras gives on TensorFlow, in one process for all cases."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lamina import layers
from tests.oracle.text_cases import CASES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def of_keras(tmp_path_factory):
    results = tmp_path_factory.mktemp("text") / "results.pickle"
    program = Path(__file__).with_name("text_cases.py")
    done = subprocess.run(
        [sys.executable, str(program), str(results)],
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return pickle.loads(results.read_bytes())


@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_keras(case, of_keras):
    expected, result = of_keras[case], np.asarray(CASES[case](layers))
    assert result.shape == expected.shape
    if "tf_idf" in case:  # TensorFlow adds up a mean in the order that the processor likes
        np.testing.assert_array_max_ulp(result, expected, maxulp=2)
    else:
        assert np.array_equal(result, expected)
