"""Kill runs at random times, let the same program go on, and compare what it ends with, bit for bit.

    python -m tools.kill_runs --engine jax --runs 30

Each run trains a network with dropout, shuffling, accumulated gradients, averaged weights, loss
scaling, validation and callbacks that remember, and writes a backup after every second step. It is
killed (SIGKILL) up to three times, then left alone: at a moment drawn from the whole of its time, at one
after its first backup, or while a backup is being written. One process imports; runs are its forks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import lamina
from lamina import callbacks, layers

SECONDS_PER_STEP = 0.004  # a run should not be over before it can be killed
MOST_KILLS = 3


class Wait(callbacks.Callback):
    """Makes steps longer."""

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(SECONDS_PER_STEP)


def train(folder: Path) -> dict[str, str]:
    """Train, or go on; return what is compared."""
    lamina.utils.set_random_seed(7)
    model = lamina.Sequential(
        [
            layers.Dense(64, activation="tanh", input_shape=(16,)),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(5, activation="softmax"),
        ]
    )
    adam = lamina.optimizers.Adam(0.01, use_ema=True, gradient_accumulation_steps=3)
    optimizer = lamina.optimizers.LossScaleOptimizer(adam, dynamic_growth_steps=10)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    draw = np.random.default_rng(0)
    x, y = draw.random((400, 16), "float32"), draw.integers(0, 5, 400)
    history = model.fit(
        x,
        y,
        batch_size=16,
        epochs=4,
        verbose=0,
        validation_split=0.2,
        preflight=False,
        callbacks=[
            callbacks.BackupAndRestore(folder, every=2, delete_checkpoint=False),
            callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.05),
            callbacks.EarlyStopping("val_loss", patience=9, restore_best_weights=True),
            Wait(),
        ],
    )
    variables = [*model.variables, *model.optimizer.variables]
    return {
        "history": json.dumps(history.history),
        "variables": hashlib.sha256(b"".join(v.numpy().tobytes() for v in variables)).hexdigest(),
        "draws": str((lamina.core.seeds.position(), random.random(), np.random.random())),
    }


def fork(folder: Path, result: Path) -> int:
    """Train in a process of its own, which writes `result` at its end; return its number."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        result.write_text(json.dumps(train(folder)))
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def finished(process: int) -> bool:
    """Wait; tell whether the process ended by itself, and well."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def wait_for(pattern: str, place: Path, seconds: float) -> None:
    """Wait until a file of that kind is in `place`, or the time is over."""
    end = time.perf_counter() + seconds
    while not any(place.glob(pattern)) and time.perf_counter() < end:
        time.sleep(0.0002)


def kill(process: int, place: Path, seconds: float, draw: random.Random) -> None:
    """Kill the run at a moment that is drawn; it takes so many seconds in all."""
    moment = draw.choice(("anywhere", "after a backup", "within a save"))
    if moment != "anywhere":
        wait_for("epoch-*", place, seconds)
        time.sleep(draw.uniform(0, 0.5))
    else:
        time.sleep(draw.uniform(0.1, 1) * seconds)
    if moment == "within a save":
        wait_for(".*.part", place, 0.5)
    os.kill(process, signal.SIGKILL)


def kill_runs(runs: int, seed: int, folder: Path) -> dict[str, int]:
    """Return how many runs, kills, kills within a save, and differences there were."""
    draw = random.Random(seed)
    began = time.perf_counter()
    if not finished(fork(folder / "whole", folder / "whole.json")):
        raise SystemExit("The run that nobody kills has failed.")
    seconds = time.perf_counter() - began
    expected = json.loads((folder / "whole.json").read_text())
    counts = {"runs": runs, "kills": 0, "within a save": 0, "different": 0}
    for run in range(runs):
        place, result = folder / str(run), folder / f"{run}.json"
        for _ in range(draw.randint(1, MOST_KILLS)):
            process = fork(place, result)
            kill(process, place, seconds, draw)
            counts["kills"] += not finished(process)
            counts["within a save"] += any(place.glob(".*.part"))
        if not finished(fork(place, result)) or json.loads(result.read_text()) != expected:
            counts["different"] += 1
    return counts


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--engine", default=lamina.config.backend())
    options.add_argument("--runs", type=int, default=30)
    options.add_argument("--seed", type=int, default=0)
    arguments = options.parse_args()
    lamina.config.set_backend(arguments.engine)
    with tempfile.TemporaryDirectory() as folder:
        counts = kill_runs(arguments.runs, arguments.seed, Path(folder))
    print(arguments.engine, ", ".join(f"{name}: {n}" for name, n in counts.items()))
    return counts["different"] > 0


if __name__ == "__main__":
    sys.exit(main())
