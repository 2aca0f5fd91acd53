"""Damage files, and forge them; whatever the bytes, a load gives the same model or says what is wrong.

    python -m tools.mutate_files --count 20000 --seed 0

Each honest file is damaged in ways that know nothing of its format (flipped bits, cuts, blocks put in, repeated,
swapped or blanked, numbers at the edge of what their type holds) and in ways that do (a field of a header of an
archive, a value of JSON). What then loads must be equal to the original: files of lamina have checksums. In a
*forged* file the checksums are right again, so it may be another model; it must load or be refused like any other.

Files are loaded in children with little memory, many in each. Whatever a child does but go on to the next
file (an error that is not a LoadError, a crash, no end within 20 s, too much memory) is a failure, and the
arguments that repeat it are printed.
"""

from __future__ import annotations

import argparse
import collections
import io
import json
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lamina
from lamina import layers
from lamina.saving import LoadError

SECONDS, MEMORY = 20, 2**30  # that one load may take, on top of what the process has
EDGES = (0, 1, 2, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
JSON_VALUES = (None, True, 0, -1, 2**63, 1e308, "", "a" * 5000, [], {}, [[[[[[]]]]]], "\u202e", "../x",
               {"class_name": "function", "config": "eval"}, "keras.src.layers.core.dense", 10**12)  # fmt: skip


def make() -> lamina.Sequential:
    """Return the model that honest files hold."""
    model = lamina.Sequential(
        [
            layers.Dense(5, input_shape=(4,), activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(2, kernel_regularizer="l2"),
        ],
        name="honest",
    )
    model.compile(lamina.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mae"])
    model.optimizer.ensure_built(model.trainable_variables)
    return model


def write_honest_files(folder: Path) -> None:
    """Write one file, or set of files, of each format into a folder of its own."""
    model = make()
    for ending in (".keras", ".h5", ".safetensors"):
        (folder / f"model{ending}").mkdir()
        model.save(folder / f"model{ending}" / f"m{ending}")
    for ending in (".weights.h5", ".npz", ".safetensors"):
        (folder / f"weights{ending}").mkdir()
        model.save_weights(folder / f"weights{ending}" / f"w{ending}")
    for ending in (".weights.json", ".safetensors.index.json"):
        (folder / f"weights{ending}").mkdir()
        path = folder / f"weights{ending}" / f"w{ending}"
        model.save_weights(path, max_shard_size=100 / 2**30)


def load(kind: str, path: Path) -> Any:
    """Return all that the files hold, comparable."""
    if kind.startswith("model"):
        model = lamina.saving.load_model(path)
        told = [
            json.dumps(model.get_config(), sort_keys=True),
            json.dumps(model.get_compile_config()),
        ]
    else:
        model, told = make(), []
        model.load_weights(path)
    variables = [*model.weights, *(model.optimizer.variables if model.optimizer else [])]
    return told, [(v.shape, v.dtype, v.numpy().tobytes()) for v in variables]


def damaged(draw: random.Random, data: bytes) -> bytes:
    """Damage bytes in one of the ways that know nothing of a format."""
    data = bytearray(data)
    if not data:
        return bytes(data)
    at, length = draw.randrange(len(data)), draw.choice([1, 2, 4, 8, 64, 512, 4096])
    match draw.choice(
        [
            "flip",
            "flip",
            "flips",
            "cut",
            "remove",
            "insert",
            "repeat",
            "swap",
            "blank",
            "edge",
            "edge",
        ]
    ):
        case "flip":
            data[at] ^= 1 << draw.randrange(8)
        case "flips":
            for _ in range(draw.randint(2, 20)):
                data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        case "cut":
            del data[at:]
        case "remove":
            del data[at : at + length]
        case "insert":
            data[at:at] = draw.randbytes(length)
        case "repeat":
            data[at:at] = data[at : at + length]
        case "swap":
            other = draw.randrange(len(data))
            a, b = sorted((at, other))
            n = min(length, b - a, len(data) - b)
            data[a : a + n], data[b : b + n] = data[b : b + n], data[a : a + n]
        case "blank":
            data[at : at + length] = draw.choice([b"\0", b"\xff"]) * len(data[at : at + length])
        case "edge":
            size = draw.choice([1, 2, 4, 8])
            number = draw.choice(EDGES) % 2 ** (8 * size)
            data[at : at + size] = number.to_bytes(size, draw.choice(["little", "big"]))
    return bytes(data)


def with_a_field_changed(draw: random.Random, data: bytes) -> bytes:
    """Change a number in a header of an archive."""
    marks = {b"PK\x03\x04": (4, 6, 8, 14, 18, 22, 26, 28), b"PK\x01\x02": (6, 8, 10, 16, 20, 24, 28, 30, 34, 38, 42),
             b"PK\x05\x06": (4, 6, 8, 10, 12, 16, 20)}  # fmt: skip
    mark = draw.choice([*marks])
    places = [i for i in range(len(data)) if data.startswith(mark, i)]
    at, size = draw.choice(places) + draw.choice(marks[mark]), draw.choice([2, 4])
    old = int.from_bytes(data[at : at + size], "little")
    new = draw.choice([*EDGES, old + 1, old - 1, old ^ 1 << draw.randrange(16)]) % 2 ** (8 * size)
    return data[:at] + new.to_bytes(size, "little") + data[at + size :]


def with_a_value_changed(draw: random.Random, text: bytes) -> bytes:
    """Change, remove, repeat or move one value of JSON."""
    tree = json.loads(text)
    places: list[tuple[Any, Any]] = []

    def visit(value: Any) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            places.append((value, key))
            if isinstance(inner, (dict, list)):
                visit(inner)

    visit(tree)
    holder, key = draw.choice(places)
    other, other_key = draw.choice(places)
    match draw.choice(["value", "value", "remove", "move", "rename"]):
        case "value":
            holder[key] = draw.choice(JSON_VALUES)
        case "remove":
            del holder[key]
        case "move":
            holder[key] = json.loads(json.dumps(other[other_key]))
        case "rename" if isinstance(holder, dict):
            holder[draw.choice(["", "config", "name", "__class__", "a" * 300])] = holder.pop(key)
    return json.dumps(tree).encode()


def forged(draw: random.Random, path: Path) -> bytes:
    """Return another file whose checksums are right: a member, or a header, is changed before they are made."""
    data = path.read_bytes()
    if path.suffix in (".keras", ".npz"):
        file = io.BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(file, "w", draw.choice([0, 8])) as new:
            names = old.namelist()
            chosen = draw.choice(names)
            for name in names:
                content = old.read(name)
                if name == chosen:
                    knows = name.endswith(".json") and draw.random() < 0.8
                    content = (with_a_value_changed if knows else damaged)(draw, content)
                new.writestr(name, content)
        return file.getvalue()
    if path.suffix == ".json":
        return with_a_value_changed(draw, data)
    if path.suffix == ".safetensors":
        length = int.from_bytes(data[:8], "little")
        header = with_a_value_changed(draw, data[8 : 8 + length])
        return struct.pack("<Q", len(header)) + header + data[8 + length :]
    return damaged(draw, data)


WAYS: dict[str, Callable[[random.Random, Path], bytes]] = {
    "damaged": lambda draw, path: damaged(draw, path.read_bytes()),
    "field": lambda draw, path: with_a_field_changed(draw, path.read_bytes()),
    "forged": forged,
}


def ways_of(path: Path) -> list[str]:
    archive = path.suffix in (".keras", ".npz")
    return ["damaged", "damaged", "forged", *(["field"] if archive else [])]


def attempt(kind: str, honest: Path, work: Path, seed: int, original: Any) -> str:
    """Damage one file of a format, load, and say in a word or two what happened."""
    draw = random.Random(f"{kind} {seed}")
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(honest, work)
    victim = draw.choice(sorted(work.iterdir()))
    way = draw.choice(ways_of(victim))
    victim.write_bytes(WAYS[way](draw, victim))
    first = next(p for p in sorted(work.iterdir()) if p.name in (f"m{kind[5:]}", f"w{kind[7:]}"))
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            loaded = load(kind, first)
    except LoadError:
        return f"{way}: refused"
    except BaseException as error:
        return f"{way}: FAILURE {type(error).__name__}: {error!s:.300}"
    finally:
        signal.alarm(0)
    if loaded == original:
        return f"{way}: equal"
    if way == "forged":
        return f"{way}: loaded"
    return f"{way}: differs and says so" if said else f"{way}: FAILURE silent difference"


def run_child(kind: str, honest: Path, work: Path, seeds: range, report: int) -> None:
    """Try many, and write a line for each into the pipe."""
    signal.signal(signal.SIGALRM, _too_long)
    original = load(
        kind,
        next(p for p in sorted(honest.iterdir()) if p.name in (f"m{kind[5:]}", f"w{kind[7:]}")),
    )
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    for seed in seeds:
        os.write(report, f"{seed} {attempt(kind, honest, work, seed, original)}\n".encode()[:4000])


def _too_long(*_: Any) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def outcomes(kind: str, honest: Path, work: Path, seeds: range) -> collections.Counter[str]:
    """Return how often each thing happened; a child that dies is one outcome, and another goes on."""
    counts, seed = collections.Counter[str](), seeds.start
    while seed < seeds.stop:
        receive, send = os.pipe()
        process = os.fork()
        if not process:
            code = 1
            try:
                os.close(receive)
                run_child(kind, honest, work, range(seed, seeds.stop), send)
                code = 0
            finally:
                os._exit(code)
        os.close(send)
        with os.fdopen(receive) as lines:
            for line in lines:
                number, _, outcome = line.strip().partition(" ")
                seed = int(number) + 1
                counts[outcome.partition(":")[0] + ":" + outcome.partition(":")[2][:12]] += 1
                if "FAILURE" in outcome:
                    print(f"--kinds {kind} --seed {number} --count 1: {outcome}", flush=True)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if code or seed < seeds.stop:
            print(
                f"--kinds {kind} --seed {seed} --count 1: FAILURE child ended with {code}",
                flush=True,
            )
            counts["child: FAILURE"] += 1
            seed += 1
    return counts


def mutate(
    kinds: list[str] | None, count: int, seed: int, seconds: float = 1e9
) -> dict[str, collections.Counter[str]]:
    """Damage files of each kind, `count` in all or as many as the time allows; return what happened by kind."""
    end, step = time.perf_counter() + seconds, 25
    with tempfile.TemporaryDirectory() as folder:
        honest = Path(folder) / "honest"
        honest.mkdir()
        write_honest_files(honest)
        kinds = kinds or sorted(p.name for p in honest.iterdir())
        counts = {kind: collections.Counter[str]() for kind in kinds}
        each = -(-count // len(kinds))
        for begin in range(0, each, step if seconds < 1e9 else each):
            for kind in kinds:
                if time.perf_counter() < end:
                    stop = min(begin + step, each) if seconds < 1e9 else each
                    seeds = range(seed + begin, seed + stop)
                    counts[kind] += outcomes(kind, honest / kind, Path(folder) / "work", seeds)
    return counts


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--seconds", type=float, default=1e9)
    options.add_argument("--kinds", nargs="*")
    arguments = options.parse_args()
    lamina.config.set_backend("numpy")
    warnings.simplefilter("ignore")
    counts = mutate(arguments.kinds, arguments.count, arguments.seed, arguments.seconds)
    for kind, each in counts.items():
        print(kind, each.total(), ", ".join(f"{what}: {n}" for what, n in sorted(each.items())))
    failures = sum(n for each in counts.values() for what, n in each.items() if "FAILURE" in what)
    print(f"{sum(each.total() for each in counts.values())} files, {failures} failures")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
