"""Plant faults in lamina, one at a time, and tell how many of them its tests find.

    python -m tools.plant_faults --count 20 --seed 0 main HEAD

Each state of the repository is copied, and gets the same faults: an operator, a comparison, a
constant or a condition is changed, or a call is left out. First the tests of these parts of lamina
run once, and each place writes down which of their files come by. Then those files run with each
fault until a test fails. A state whose tests find fewer faults has weaker tests.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
# Parts of lamina, the tests that hold them, and the engines that they run on; the first that fits.
TESTS = [
    *((f"engine/{name}/", "lamina/testing/contract", name) for name in ("jax", "torch", "numpy")),
    ("engine/tensorflow/", "lamina/testing/contract", "tensorflow"),
    ("engine/", "lamina/testing/contract tests/ops/test_numerics.py", "jax,numpy"),
    ("core/", "tests/core tests/models tests/layers/test_layer.py", "jax,numpy"),
    ("ops/", "tests/ops tests/oracle/test_ops.py", "jax,numpy"),
    ("layers/", "tests/layers tests/oracle/test_layers.py", "jax"),
    ("losses/", "tests/losses tests/oracle/test_losses.py", "jax"),
    ("metrics/", "tests/metrics tests/oracle/test_metrics.py", "jax"),
    ("optimizers/", "tests/optimizers tests/oracle/test_optimizers.py", "jax"),
    ("training/", "tests/training tests/oracle/test_callbacks.py", "jax"),
    ("saving/", "tests/saving tests/hostile tests/oracle/test_weights_files.py", "jax"),
    ("models/", "tests/models tests/oracle/test_graphs.py", "jax"),
    ("datasets/", "tests/datasets", "numpy"),
    ("initializers/", "tests/initializers tests/oracle/test_initializers_config.py", "jax"),
    *((f"{name}/", f"tests/{name}", "jax") for name in ("activations", "constraints")),
    *((f"{name}/", f"tests/{name}", "jax") for name in ("regularizers", "utils", "cli")),
]


# What a place calls before its value is computed; a module of its own in each copy.
PLANTED = """\
import os

told = set()


def reached(place):
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
    if (place, test) not in told:
        told.add((place, test))
        with open(os.environ["PLANTED_LOG"], "a") as log:
            log.write(f"{place} {test}\\n")
"""


@dataclass(frozen=True, order=True)
class Fault:
    """A line of a file of lamina, what stands there instead, and the place: (line, start, end)."""

    file: str
    line: str
    instead: str
    start: int
    end: int

    def probed(self, place: int) -> str:
        """The line with a probe, which tells that tests come by, in front of what is changed."""
        value = self.line[self.start : self.end]
        probe = f"(__import__('planted').reached({place}) or ({value}))"
        return self.line[: self.start] + probe + self.line[self.end :]


def tests_of(file: str) -> tuple[list[str], str] | None:
    """Tests for a file, and their engines; `None` for what no tests are listed for."""
    return next(
        ((tests.split(), engines) for part, tests, engines in TESTS if file.startswith(part)), None
    )


def _changed(node: ast.AST) -> ast.AST | None:
    """A copy of the node that does something else; `None` if there is nothing to change."""
    new = copy.deepcopy(node)
    match new:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in SWAPS:
            new.op = SWAPS[type(op)]()
        case ast.Compare(ops=[op, *_]) if type(op) in SWAPS:
            new.ops[0] = SWAPS[type(op)]()
        case ast.Constant(value=bool() as value):
            new.value = not value
        case ast.Constant(value=int() | float() as value):
            new.value = value + 1
        case ast.Expr(value=ast.Call()):
            return ast.Pass()
        case ast.IfExp():
            new.body, new.orelse = new.orelse, new.body
        case _:
            return None
    return new


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those of annotations, raised errors and imports."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns") or isinstance(tree, (ast.Raise, ast.Assert)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _code(child)


def faults_of(root: Path) -> set[Fault]:
    """Every fault that can be planted in one line that its file has once."""
    faults = set()
    for path in sorted((root / "lamina").rglob("*.py")):
        file = str(path.relative_to(root / "lamina"))
        if tests_of(file) is None:
            continue
        source = path.read_text("utf-8")
        lines = source.splitlines()
        once = {line for line, n in Counter(lines).items() if n == 1}
        for node in _code(ast.parse(source)):
            if getattr(node, "lineno", None) != getattr(node, "end_lineno", 0):
                continue
            line = lines[node.lineno - 1]
            if line not in once or not line.isascii() or (new := _changed(node)) is None:
                continue
            text = ast.unparse(new)
            if not isinstance(node, (ast.Constant, ast.Expr)):
                text = f"({text})"
            faults.add(
                Fault(
                    file,
                    line,
                    line[: node.col_offset] + text + line[node.end_col_offset :],
                    node.col_offset,
                    node.end_col_offset,
                )
            )
    return faults


def reaching(root: Path, faults: list[Fault]) -> list[list[str]]:
    """Test files that come by each fault; all of its part's where that cannot be told."""
    sources = {fault.file: (root / "lamina" / fault.file).read_text("utf-8") for fault in faults}
    for place, fault in enumerate(faults):
        path = root / "lamina" / fault.file
        source = path.read_text("utf-8").replace(fault.line, fault.probed(place))
        try:
            ast.parse(source)
        except SyntaxError:  # the place takes no call: in a pattern, say
            continue
        path.write_text(source, "utf-8")
    (root / "planted.py").write_text(PLANTED, "utf-8")
    log = root / "reached.txt"
    log.touch()
    parts: dict[str, set[str]] = {}  # by engines
    for tests, engines in filter(None, (tests_of(fault.file) for fault in faults)):
        parts.setdefault(engines, set()).update(tests)
    try:
        for engines, tests in parts.items():
            _run(root, sorted(tests), engines, {"PLANTED_LOG": str(log)}, ["-n2", "-q"], None)
    finally:
        for file, source in sources.items():
            (root / "lamina" / file).write_text(source, "utf-8")
    lines = {tuple(line.split(" ", 1)) for line in log.read_text("utf-8").splitlines()}
    files = [sorted(test for n, test in lines if n == str(i)) for i in range(len(faults))]
    return [
        by if by and "" not in by else (tests_of(fault.file) or ([], ""))[0]
        for fault, by in zip(faults, files, strict=True)
    ]


def _run(
    root: Path,
    tests: list[str],
    engines: str,
    environment: dict[str, str],
    options: list[str],
    seconds: float | None,
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-header", *options]
    return subprocess.run(
        [*command, *(test for test in tests if (root / test).exists())],
        cwd=root,
        env=os.environ
        | {
            "LAMINA_TEST_ENGINES": engines,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(root),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def finds(root: Path, fault: Fault, tests: list[str], seconds: float) -> str:
    """What the tests of `root` say about the fault: the failing test, "missed" or "no end"."""
    path = root / "lamina" / fault.file
    source = path.read_text("utf-8")
    engines = (tests_of(fault.file) or ([], ""))[1]
    path.write_text(source.replace(fault.line, fault.instead), "utf-8")
    try:
        done = _run(root, tests, engines, {}, ["-q", "-x"], seconds)
    except subprocess.TimeoutExpired:
        return "no end"
    finally:
        path.write_text(source, "utf-8")
    if done.returncode == 0:
        return "missed"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return (failed or ["stopped before the first test"])[0][:100]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("states", nargs="+", help="commits or branches")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="go on with this fault")
    parser.add_argument("--seconds", type=float, default=300, help="the most for one fault")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        roots = {state: Path(folder) / str(i) for i, state in enumerate(options.states)}
        for state, root in roots.items():
            root.mkdir()
            archive = subprocess.run(["git", "archive", state], capture_output=True, check=True)
            subprocess.run(["tar", "-x", "-C", str(root)], input=archive.stdout, check=True)
        common = sorted(set.intersection(*map(faults_of, roots.values())))
        random.Random(options.seed).shuffle(common)
        chosen = common[options.first :][: options.count]
        files = {state: reaching(root, chosen) for state, root in roots.items()}
        caught = Counter[str]()
        for place, fault in enumerate(chosen):
            print(f"{fault.file}\n  - {fault.line.strip()}\n  + {fault.instead.strip()}")
            for state, root in roots.items():
                answer = finds(root, fault, files[state][place], options.seconds)
                caught[state] += answer != "missed"
                print(f"  {state}: {answer} ({len(files[state][place])} files)", flush=True)
    for state in roots:
        print(f"{state}: {caught[state]} of {options.count} are found")


if __name__ == "__main__":
    main()
