"""Kill saves at random times; the file is then the old one or the new one, whole.

    python -m tools.kill_saves --kills 200

A file holds a trained model. A fork trains on and saves over it, and is killed (SIGKILL) at a moment drawn
from the whole of a save's time. Whatever is left must load, and be equal to one of the two models to the
last bit. The next save removes what the dead left behind. Then two processes save over each other's file,
while a third loads it again and again.

The parent process makes models, and every save is a fork of it. So the engine must be one without threads
of its own: a fork has the locks that other threads held, and nobody to open them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import lamina
from lamina import layers

FORKED = ("numpy",)  # engines that have no threads, so that a fork of a process with models works
ENDINGS = (".keras", ".weights.h5", ".safetensors", ".npz")
# Sets of files have fixed names, so they cannot all be replaced at one moment: a kill in just that moment
# leaves some of each, which a load refuses (counted as "neither"). They are not among the default endings.
SHARDS = {".weights.json": 2**-10, ".safetensors.index.json": 2**-10}  # GiB: some ten files


def make(units: int) -> lamina.Sequential:
    """Return a compiled model of some megabytes."""
    model = lamina.Sequential(
        [layers.Dense(units, input_shape=(64,)), layers.Dense(units), layers.Dense(4)]
    )
    model.compile(lamina.optimizers.SGD(momentum=0.9), "mse")
    model.optimizer.ensure_built(model.trainable_variables)
    return model


def set_all(model: lamina.Sequential, number: float) -> None:
    """Let all weights, and the optimizer's state, hold one number."""
    for variable in [*model.weights, *model.optimizer.variables]:
        variable.assign(np.full(variable.shape, number, variable.dtype))


def digest(model: lamina.Sequential) -> str:
    """Return what is compared."""
    return hashlib.sha256(b"".join(w.numpy().tobytes() for w in model.weights)).hexdigest()


def save(model: lamina.Sequential, path: Path, ending: str) -> None:
    """Save the model, or its weights."""
    if ending == ".keras":
        model.save(path)
    else:
        model.save_weights(path, max_shard_size=SHARDS.get(ending))


def load(model: lamina.Sequential, path: Path, ending: str) -> str:
    """Return the digest of what is in the file."""
    if ending == ".keras":
        return digest(lamina.saving.load_model(path))
    model.load_weights(path)
    return digest(model)


def fork(work: Callable[[], None]) -> int:
    """Do some work in a process of its own; return its number."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ended_well(process: int) -> bool:
    """Wait; tell whether the process ended by itself, and well."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def kill_saves(ending: str, kills: int, seed: int, folder: Path, units: int) -> dict[str, int]:
    """Return how many kills there were, and what was found in the file after them."""
    draw, model, path = random.Random(seed), make(units), folder / f"m{ending}"
    digests = []
    for number in (2.0, 1.0):  # the old state is the last
        set_all(model, number)
        digests.append(digest(model))
    save(model, path, ending)
    counts = {"kills": 0, "within a save": 0, "old": 0, "new": 0, "neither": 0, "left behind": 0}
    seconds = 1e9
    for attempt in range(-3, kills):  # the first are left alone, to know how long a save takes
        set_all(model, 2.0)
        began = time.perf_counter()
        process = fork(lambda: save(model, path, ending))
        if attempt < 0:
            assert ended_well(process), "The save that nobody kills has failed."
            seconds = min(seconds, time.perf_counter() - began)
        else:
            time.sleep(draw.uniform(0, seconds))
            os.kill(process, signal.SIGKILL)
            counts["kills"] += not ended_well(process)
            counts["within a save"] += any(folder.glob(".*.part"))
        try:
            left = digests.index(load(model, path, ending))
        except (ValueError, OSError) as error:
            print(f"After kill {attempt}: {error}", file=sys.stderr)
            left = 2
        counts[("new", "old", "neither")[left]] += attempt >= 0
        set_all(model, 1.0)
        if left != 1:
            save(model, path, ending)
    save(model, path, ending)
    counts["left behind"] = sum(".part" in p.name for p in folder.iterdir())
    return counts


def save_together(ending: str, saves: int, folder: Path, units: int) -> dict[str, int]:
    """Let two processes save to one path, while this one loads it."""
    model, path = make(units), folder / f"together{ending}"

    def writer(number: float) -> Callable[[], None]:
        def work() -> None:
            set_all(model, number)
            for _ in range(saves):
                save(model, path, ending)

        return work

    digests = []
    for number in (1.0, 2.0):
        set_all(model, number)
        digests.append(digest(model))
    save(model, path, ending)
    processes = [fork(writer(number)) for number in (1.0, 2.0)]
    counts = {"loads meanwhile": 0, "neither": 0, "writers that failed": 0}
    while processes:
        counts["loads meanwhile"] += 1
        try:
            counts["neither"] += load(model, path, ending) not in digests
        except (ValueError, OSError) as error:
            print(f"While two write: {error}", file=sys.stderr)
            counts["neither"] += 1
        for process in list(processes):
            number, status = os.waitpid(process, os.WNOHANG)
            if number:
                processes.remove(process)
                counts["writers that failed"] += os.waitstatus_to_exitcode(status) != 0
    return counts


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--engine", default=FORKED[0], help=f"one of {FORKED}")
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--saves", type=int, default=20, help="of each of two writers")
    options.add_argument(
        "--units", type=int, default=1000, help="of a layer: it makes files larger"
    )
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--endings", nargs="*", default=ENDINGS)
    arguments = options.parse_args()
    if arguments.engine not in FORKED:
        options.error(
            f"--engine {arguments.engine}: saves are killed in forks of this process, and threads of that engine "
            f"would let forks hang. Take one of {FORKED}; what is killed is the same code on every engine."
        )
    lamina.config.set_backend(arguments.engine)
    failed = False
    for ending in arguments.endings:
        with tempfile.TemporaryDirectory() as folder:
            counts = kill_saves(
                ending, arguments.kills, arguments.seed, Path(folder), arguments.units
            )
            counts_together = save_together(ending, arguments.saves, Path(folder), arguments.units)
        for each in (counts, counts_together):
            print(arguments.engine, ending, ", ".join(f"{name}: {n}" for name, n in each.items()))
            failed |= any(each.get(k) for k in ("neither", "left behind", "writers that failed"))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
