"""Run the benchmarks and renew their rows in RESULTS.md: `python -m benchmarks [name ...] [--engines ...]`.

A name is a work (`mlp`), a measure of it (`mlp:epochs`) or a script (`loading`); without names all run.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.results import RESULTS, line, merge
from benchmarks.table import ROWS, Row

_ROOT = Path(__file__).parent.parent


class Process:
    """One side of a work, which stays alive and is asked for measures."""

    def __init__(self, work: str, library: str, engine: str, *more: str) -> None:
        self.command = [sys.executable, "-m", "benchmarks.side", work, library, engine, *more]
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"{' '.join(self.command)} failed:\n{self.process.communicate()[1]}")
        return answer

    def measure(self, name: str) -> float:
        """What the side answers, in seconds."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return float(self._answer())

    def end(self) -> None:
        self.process.communicate()


def of_work(rows: list[Row], engine: str, rounds: int, seconds: float) -> list[str]:
    """The rows of one work on one engine: all sides are made once, then asked in turns."""
    work, libraries = rows[0].work, rows[0].sides
    sides = {library: Process(work, library, engine) for library in libraries}
    lines = []
    # The first step can be measured once, and warms everything else up.
    for row in sorted(rows, key=lambda row: not row.name.endswith(":first_step")):
        measure = row.name.split(":")[1]
        times: dict[str, float] = {}
        began = time.perf_counter()
        for done in itertools.count(1):
            for library, side in sides.items():
                seen = side.measure(measure)
                times[library] = min(seen, times.get(library, seen))
            if measure == "first_step":
                break
            if done >= rounds and time.perf_counter() - began > seconds:
                break
            if done >= 2 and time.perf_counter() - began > 5 * seconds:
                break
        lines.append(line(row, engine, times))
    for side in sides.values():
        side.end()
    return lines


def script(name: str, library: str, engine: str) -> float:
    """What one process of a script prints, in seconds."""
    module, *more = name.split(":")
    command = [sys.executable, "-m", f"benchmarks.{module}", library, engine, *more]
    done = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return float(done.stdout.split()[-1])


def of_script(row: Row, engine: str, rounds: int) -> list[str]:
    """The row of a script: processes in turns, the best of each side."""
    turns = [[script(row.name, library, engine) for library in row.sides] for _ in range(rounds)]
    best = (min(times) for times in zip(*turns, strict=True))
    return [line(row, engine, dict(zip(row.sides, best, strict=True)))]


def chosen(names: list[str]) -> list[Row]:
    """The rows of these works and scripts; all without names."""
    rows = [row for row in ROWS if not names or row.name in names or row.work in names]
    unknown = {n for n in names if not any(n in (row.name, row.work) for row in ROWS)}
    if unknown:
        works = ", ".join(dict.fromkeys(row.work for row in ROWS))
        raise SystemExit(
            f"No benchmark is called {', '.join(sorted(unknown))}. There are: {works}."
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="name")
    parser.add_argument("--engines", nargs="+", default=None)
    parser.add_argument("--rounds", type=int, default=3, help="of works; at least 2")
    parser.add_argument("--script-rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0, help="that a row takes, about")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    began = time.perf_counter()
    rows, failures = chosen(options.names), []
    for work, group in itertools.groupby(
        sorted(rows, key=lambda row: [r.work for r in ROWS].index(row.work)),
        key=lambda row: row.work,
    ):
        of_one = list(group)
        for engine in dict.fromkeys(e for row in of_one for e in row.engines):
            if options.engines and engine not in options.engines:
                continue
            here = [row for row in of_one if engine in row.engines]
            try:
                if here[0].is_script:
                    lines = [
                        t for row in here for t in of_script(row, engine, options.script_rounds)
                    ]
                else:
                    lines = of_work(here, engine, options.rounds, options.seconds)
            except RuntimeError as error:
                failures.append(f"{work} on {engine}: {error}")
                continue
            merge(lines, options.output)
            print(*lines, sep="\n", flush=True)
    print(*failures, f"{time.perf_counter() - began:.0f} s", sep="\n")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
