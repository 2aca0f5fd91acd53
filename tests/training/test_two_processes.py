"""Four epochs are two, a file, another process, and two: to the last bit, with dropout and shuffling."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import layers

ROOT = Path(__file__).parents[2]


def data():
    draw = np.random.default_rng(0)
    return draw.random((50, 6), "float32"), draw.random((50, 1), "float32")


def model():
    lamina.utils.set_random_seed(1)
    net = lamina.Sequential(
        [layers.Input((6,)), layers.Dense(8, "relu"), layers.Dropout(0.3), layers.Dense(1)]
    )
    net.compile("adam", "mse", metrics=["mae"])
    return net


def fit(net, epochs, **options):
    history = net.fit(*data(), epochs=epochs, batch_size=8, verbose=0, **options).history
    return [history, [w.tolist() for w in net.get_weights()]]


def go_on(folder):
    """Run in the other process: the saved model goes on, and so does the run with backups."""
    lamina.utils.set_random_seed(1)
    loaded = fit(lamina.saving.load_model(f"{folder}/two.keras"), 4, initial_epoch=2)
    return loaded, fit(model(), 4, resume=f"{folder}/backups")


@pytest.mark.parametrize("engine_name", ["jax", "torch", "tensorflow"])
def test_two_epochs_another_process_and_two_are_four(engine_name, tmp_path):
    with lamina.config.using_backend(engine_name):
        history, weights = fit(model(), 4)
        half = model()
        fit(half, 2)
        half.save(tmp_path / "two.keras")
        fit(model(), 2, resume=tmp_path / "backups")
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.test_two_processes", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
        env={**os.environ, "LAMINA_BACKEND": engine_name},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded, resumed = json.loads(done.stdout.splitlines()[-1])
    assert resumed == [history, weights]
    assert loaded == [{name: values[2:] for name, values in history.items()}, weights]


if __name__ == "__main__":
    print(json.dumps(go_on(sys.argv[1])))
