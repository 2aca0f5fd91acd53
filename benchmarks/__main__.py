"""Run the benchmarks and write RESULTS.md: `python -m benchmarks [--rounds N] [name ...]`."""

from __future__ import annotations

import argparse
import datetime
import platform
import statistics
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_TRAIN = ("jax", "torch", "tensorflow")
# benchmark -> (what is measured, its rival, (engine, the most that the ratio, or lamina's time, may be) ...)
TABLE = {
    "note_network": (
        "a training step",
        "keras",
        (("jax", 0.6), ("torch", 0.5), ("tensorflow", 0.6)),
    ),
    "small_cnn": (
        "a training step of a small CNN",
        "keras",
        (("tensorflow", None), ("jax", None), ("torch", None)),
    ),
    "predict_one": (
        "`predict` of one sample",
        "own",
        (("jax", 3.0), ("torch", 3.0), ("tensorflow", None), ("numpy", None)),
    ),
    "recurrent:lstm": ("a training step of `LSTM(64)`", "keras", (("torch", None),)),
    "recurrent:gru": ("a training step of `GRU(64)`", "keras", (("torch", None),)),
    **{
        f"training:{kind}": (
            what,
            "keras",
            tuple((e, bound if e == "jax" else None) for e in _TRAIN),
        )
        for kind, what, bound in (
            ("train_on_batch", "`train_on_batch`, 21 layers", 0.5),
            ("evaluate", "`evaluate` of a batch, 21 layers", 0.5),
            ("batches", "a step of `fit` from a generator, 21 layers", None),
        )
    },
    "training:first_epoch": (
        "`fit(epochs=1)` of 60,000 x 784 floats",
        "later",
        (("jax", "1.05 x + 40 ms"), ("torch", None), ("tensorflow", None)),
    ),
    "loading": (
        "an epoch of 5 ms of loading and a step of 5 ms, 100 times",
        "slower",
        (("jax", 1.15), ("torch", 1.15), ("tensorflow", 1.15)),
    ),
    **{
        f"callbacks:{kind}": (what, "without", tuple((e, bound) for e in _TRAIN))
        for kind, what, bound in (
            ("every_batch", "an epoch of 100 steps, a hook after every batch", 1.2),
            ("reading", "an epoch of 100 steps, the loss of every batch is read", 1.2),
            ("tensorboard", "an epoch of 100 steps with `TensorBoard`", 1.05),
        )
    },
    "importing": ("importing it", "keras", (("jax", "0.3 s"),)),
    "graph:resnet50": (
        "defining ResNet50",
        "keras",
        (("jax", 0.3), ("torch", 0.3), ("tensorflow", 0.3)),
    ),
    "graph:chain": (
        "defining 100 layers",
        "keras",
        (("jax", 1.0), ("torch", 1.0), ("tensorflow", 1.0)),
    ),
    **{
        f"model_files:{kind}": (what, "keras", tuple((e, 1.0) for e in _TRAIN))
        for kind, what in (
            ("save", "saving a model of 400 MB"),
            ("load", "loading a model of 400 MB"),
            ("save:memory", "MB that saving 400 MB takes on top"),
            ("load:memory", "MB that loading 400 MB takes, weights included"),
        )
    },
    "optimizer_step": ("Adam's update of 158 variables", "foreach", (("torch", 1.5),)),
}
EAGER = "eager_ops"
_RIVALS = {
    "keras": "Keras",
    "own": "the engine's own call",
    "foreach": "torch.optim.Adam(foreach=True)",
    "later": "a later epoch",
    "slower": "the slower of both",
    "without": "without it",
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def measure(name: str, library: str, engine: str) -> float:
    """What one process of the benchmark prints, in seconds."""
    module, *more = name.split(":")
    command = [sys.executable, "-m", f"benchmarks.{module}", library, engine, *more]
    done = subprocess.run(command, capture_output=True, text=True, cwd=RESULTS.parent.parent)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return float(done.stdout.split()[-1])


def compare(name: str, rounds: int) -> list[str]:
    """Rows of the table: both take turns, the median of each round's ratio counts."""
    what, rival, engines = TABLE[name]
    rows = []
    for engine, bound in engines:
        pairs = [
            (measure(name, "lamina", engine), measure(name, rival, engine)) for _ in range(rounds)
        ]
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        ours, theirs = (statistics.median(times) * 1e6 for times in zip(*pairs, strict=True))
        wanted = "" if bound is None else f"<= {bound}"
        rows.append(
            f"| {what} | {engine} | {ours:.0f} | {_RIVALS[rival]} {theirs:.0f} | **{ratio:.2f}** | {wanted} |"
        )
        print(rows[-1], flush=True)
    return rows


def eager_ops() -> list[str]:
    """Rows for single ops, which share a process with their rivals and say themselves what they took."""
    rows = []
    for engine in ("jax", "torch", "tensorflow", "numpy"):
        command = [sys.executable, "-m", "benchmarks.eager_ops", engine]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=RESULTS.parent.parent, check=True
        )
        rows += done.stdout.splitlines()
    print("\n".join(rows), flush=True)
    return rows


def versions() -> str:
    """Versions of what took part."""
    found = []
    for package in ("lamina", "keras", "jax", "torch", "tensorflow-cpu", "numpy"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} (not installed)")
    return ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of: {', '.join([*TABLE, EAGER])}"
    )
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    rows = []
    for name in arguments.names or [*TABLE, EAGER]:
        rows += eager_ops() if name == EAGER else compare(name, arguments.rounds)
    text = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Both sides run in turns, each in a process of its own; times are",
        f"medians of {arguments.rounds} rounds in microseconds, the ratio is the median of the rounds' ratios.",
        "Single ops (`ops.add` of 8 numbers, `matmul` and `softmax` of 32 x 32) share a process; there the",
        "best of many short runs counts, and 1.3 times the engine's own call and 3 us are asked for.",
        "Machines here are shared and noisy: believe the ratios, not the times.",
        "",
        f"{datetime.date.today()}, {platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}; {versions()}.",
        "",
        "| what | engine | lamina [us] | beside [us] | ratio | asked for |",
        "|---|---|---|---|---|---|",
        *rows,
    ]
    RESULTS.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
