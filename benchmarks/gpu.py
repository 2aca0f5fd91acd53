"""What a machine with one CUDA GPU is for, in one script of under 8 minutes; it writes GPU.md.

    python -m benchmarks.gpu [--device cpu] [--engines jax torch] [--minutes 7]

1. Every layer of `tests/layers/cases` and its gradients: the GPU's numbers beside the processor's.
2. Training of the networks in `benchmarks/works`: the same losses on both.
3. Which kernels run: cuDNN, and fused attention.
4. The table of `make bench` for these networks, with absolute times.

Each engine has a process of its own. `--device cpu` compares the processor with itself: it shows that the
script runs. Run by `make gpu`.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.__main__ import of_work
from benchmarks.results import HEADER, versions
from benchmarks.table import ROWS

RESULTS = Path(__file__).with_name("GPU.md")
NETWORKS = ("mlp", "cnn", "resnet", "lstm", "transformer")
TIMED = (*NETWORKS, "decoder")


def environment(device: str) -> dict[str, str]:
    """What keeps libraries on that device, and JAX from taking all of its memory at once."""
    chosen = dict(os.environ, XLA_PYTHON_CLIENT_PREALLOCATE="false")
    if device == "cpu":
        chosen |= {"JAX_PLATFORMS": "cpu", "LAMINA_TORCH_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    return chosen


def device_name() -> str:
    """What the driver calls the GPU."""
    command = [
        "nvidia-smi",
        "--query-gpu=name,driver_version,memory.total",
        "--format=csv,noheader",
    ]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "no GPU"


def checks(engine: str, options: argparse.Namespace, seconds: float) -> list[str]:
    """Lines of parts 1 to 3, from a process of the engine's own."""
    command = [sys.executable, "-m", "benchmarks.gpu_checks", engine, options.device]
    command += [str(options.layers), f"{seconds:.0f}", *options.works]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(options.device), check=False
    )
    if done.returncode:
        return [f"- **failed**: {done.stderr.strip().splitlines()[-1] if done.stderr else done}"]
    return [text for text in done.stdout.splitlines() if text.startswith("- ")]


def timings(engine: str, works: list[str], until: float) -> list[str]:
    """Rows of the table, as long as there is time."""
    lines = []
    for work in works:
        if time.perf_counter() > until:
            lines.append(f"| {work} | {engine} | not measured: the time was up |")
            continue
        rows = [
            row
            for row in ROWS
            if row.work == work and row.name.endswith((":epochs", ":per_position", ":first_step"))
        ]
        try:
            lines += of_work(rows, engine, rounds=2, seconds=0.5) if rows else []
        except RuntimeError as error:
            lines.append(f"| {work} | {engine} | failed: {f'{error}'.splitlines()[-1]} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--engines", nargs="+", default=["torch", "jax"])
    parser.add_argument("--works", nargs="*", default=list(TIMED))
    parser.add_argument("--layers", type=int, default=10_000, help="at most so many cases")
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    began = time.perf_counter()
    os.environ.update(environment(options.device))
    share = options.minutes * 60 / len(options.engines)
    where = device_name() if options.device == "cuda" else "the processor, compared with itself"
    text = ["# On a GPU", "", f"Written by `make gpu` on {where}; {versions()}.", ""]
    table = []
    for engine in options.engines:
        text += [f"## {engine}", "", *checks(engine, options, 0.55 * share), ""]
        options.output.write_text("\n".join(text), encoding="utf-8")  # what there is, is kept
        ends = began + share * (options.engines.index(engine) + 1)
        table += timings(engine, options.works, ends)
    text += ["## Times", "", *HEADER, *table, ""]
    text.append(f"{datetime.date.today()}: {time.perf_counter() - began:.0f} s in all.")
    options.output.write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
