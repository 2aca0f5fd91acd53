"""Saving and loading a model of 400 MB: seconds, or the memory that it takes on top.

`python -m benchmarks.model_files LIBRARY ENGINE save|load [memory]` prints seconds, or for `memory`
terabytes (so that the table, which shows millionths, shows megabytes): the peak during the call, less what
was taken before. A loaded model takes 400 MB itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LAYERS, UNITS = 4, 5000  # of 100 MB each


def library_of(name: str, engine: str) -> Any:
    """Return the library, set to run on the engine."""
    os.environ["KERAS_BACKEND"] = engine
    if name == "keras":
        import keras

        return keras
    import lamina

    lamina.config.set_backend(engine)
    return lamina


def make(library: Any) -> Any:
    """Return the model; its weights are there."""
    dense = [library.layers.Dense(UNITS, use_bias=False) for _ in range(LAYERS)]
    model = library.Sequential([library.layers.Input((UNITS,)), *dense])
    for weight in model.weights:
        _ = weight.value  # lamina draws it only now
    return model


def memory(what: str) -> int:
    """Return the bytes that this process takes (`VmRSS`), or has taken at most (`VmHWM`)."""
    text = Path("/proc/self/status").read_text()
    return int(text.split(f"{what}:")[1].split()[0]) * 1024


def measure(call: Any) -> tuple[float, int]:
    """Return the least seconds of four calls, and the first one's peak of memory on top of what was taken.

    What memory costs when the system gives it for the first time varies by more than a call takes.
    """
    seconds, extra = _measure_once(call)
    return min(seconds, *(_measure_once(call)[0] for _ in range(3))), extra


def _measure_once(call: Any) -> tuple[float, int]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, began = memory("VmRSS"), time.perf_counter()
    kept = call()
    seconds = time.perf_counter() - began
    del kept
    return seconds, memory("VmHWM") - before


def load(library: Any, path: str) -> tuple[float, int]:
    """Measure loading, after a small model that imports what is needed."""
    warm(library)

    def all_there() -> Any:
        model = library.saving.load_model(path)
        kept = [
            weight.value for weight in model.weights
        ]  # lamina takes them to the engine only now
        return model, kept

    return measure(all_there)


def warm(library: Any) -> None:
    """Save and load a small model: what is imported and started once is not measured."""
    with tempfile.TemporaryDirectory() as folder:
        small = library.Sequential([library.layers.Input((2,)), library.layers.Dense(2)])
        small.save(f"{folder}/small.keras")
        for weight in library.saving.load_model(f"{folder}/small.keras").weights:
            _ = weight.value  # lamina imports the engine only now


def main() -> None:
    name, engine, what, *more = sys.argv[1:]
    library = library_of(name, engine)
    if what == "load_file":
        seconds, extra = load(library, more[0])
        print(extra, seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.keras"
        warm(library)
        model = make(library)
        seconds, extra = measure(lambda: model.save(path))
        if what == "load":
            command = [
                sys.executable,
                "-m",
                "benchmarks.model_files",
                name,
                engine,
                "load_file",
                path,
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            *_, extra, seconds = done.stdout.split()
    print(float(extra) / 1e12 if more == ["memory"] else float(seconds))


if __name__ == "__main__":
    main()
