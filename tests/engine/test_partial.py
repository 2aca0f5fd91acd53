"""Engines with few capabilities: what they promise is asked of them, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.engine import current
from lamina.engine.contract import Engine, MissingCapabilityError
from lamina.testing import recording


def test_a_recording_engine_passes_its_part_of_the_contract():
    run = subprocess.run(
        [
            *(sys.executable, "-m", "lamina.testing.contract"),
            *("--engine", "lamina.testing.recording:ENGINE"),
            *("-q", "-p", "no:cacheprovider", "-o", "addopts="),
        ],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "does not declare 'differentiates'" in run.stdout
    assert "does not declare 'draws'" in run.stdout
    assert "skipped" not in run.stdout


def test_what_was_recorded_is_computed_again_by_another_engine(engine):
    recording.tape.clear()
    with current.using(current.add(recording.ENGINE)):
        x = ops.convert_to_tensor([[1.0, 2.0], [3.0, 4.0]])
        y = ops.softmax(ops.matmul(x, ops.multiply(x, 0.1)))
    again = recording.replay(engine)[id(y)]
    np.testing.assert_allclose(engine.to_numpy(again), y.value, rtol=1e-5)


def test_an_engine_may_leave_out_what_it_does_not_declare():
    numpy = current.load("numpy")
    members = {name: value for name, value in vars(numpy).items() if name != "uniform"}
    engine = Engine(SimpleNamespace(**{**members, "capabilities": "compiles"}))
    assert engine.capabilities == {"compiles"}
    with pytest.raises(MissingCapabilityError, match="does not draw: it has no `uniform`"):
        _ = engine.uniform


@pytest.mark.parametrize(
    ("capabilities", "left_out", "message"),
    [
        ("draws", "uniform", r"missing from the contract: \['uniform'\]"),
        ("repeats", "repeat", r"missing from the contract: \['repeat'\]"),
        ("", "matmul", r"missing from the contract: \['matmul'\]"),
        ("flies", "", r"there is no capability \['flies'\]"),
    ],
)
def test_an_engine_that_does_not_keep_its_promise_is_refused(capabilities, left_out, message):
    members = {k: v for k, v in vars(current.load("numpy")).items() if k != left_out}
    with pytest.raises(TypeError, match=message):
        Engine(SimpleNamespace(**{**members, "capabilities": capabilities}))


def test_gradients_on_an_engine_that_does_not_differentiate():
    with (
        lamina.config.using_backend("numpy"),
        pytest.raises(NotImplementedError, match=r"'numpy' does not differentiate.*set_backend"),
    ):
        lamina.autodiff.grad(lambda x: x * x)(np.float32(2))


def test_nothing_of_an_earlier_engine_stays(process_engine):
    lamina.config.set_backend("jax")
    lamina.config.set_backend("numpy")
    assert not hasattr(current.engine(), "value_and_grad")
