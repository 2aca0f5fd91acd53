"""Size, indirection and recompilation are held by tests, not by hope (DESIGN, "Budget")."""

from __future__ import annotations

import ast
import gc
import io
import sys
import tokenize
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import masks

PACKAGE = Path(lamina.__file__).parent
LONGEST_FILE = 500
LONGEST_FUNCTION = 60  # lines without its docstring
MOST_LINES = 14_000
SHARE_PER_ENGINE = 0.22


def _sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_no_file_is_too_long():
    lengths = {
        str(p.relative_to(PACKAGE)): len(p.read_text("utf-8").splitlines()) for p in _sources()
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def _code_lines(path: Path) -> int:
    """Lines with code: neither blank, nor of a comment, nor of a docstring alone."""
    source = path.read_text("utf-8")
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


_NO_CODE = {
    getattr(tokenize, name)
    for name in ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
}


def test_most_is_said_once():
    """Code lines (blank lines, comments and docstrings do not count) of `engine`, `core` and `ops`.

    Together they stay under 14,000, and a sixth of that is the most for what is said per engine: what
    lies in the engines' own folders. Of the lines that there are, far fewer than 14,000, it is a fifth:
    TensorFlow and PyTorch compile, batch and fuse in ways of their own.
    """
    lines = {
        p: _code_lines(p) for n in ("engine", "core", "ops") for p in (PACKAGE / n).rglob("*.py")
    }
    per_engine = sum(n for p, n in lines.items() if p.parent.parent == PACKAGE / "engine")
    assert sum(lines.values()) < MOST_LINES
    assert per_engine < MOST_LINES / 6
    assert per_engine / sum(lines.values()) < SHARE_PER_ENGINE


def test_a_function_fits_on_a_screen():
    long = {}
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                first = (
                    node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                )
                lines = node.end_lineno - first.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{path.relative_to(PACKAGE)}:{node.name}"] = lines
    assert long == {}


def _profile(call) -> tuple[int, int]:
    """Python calls within lamina, and how deep they nest, engines not counted in the depth."""
    count = depth = deepest = 0

    def watch(frame, event, _):
        nonlocal count, depth, deepest
        inside = frame.f_code.co_filename.startswith(str(PACKAGE))
        if not inside or event not in ("call", "return"):
            return
        below = f"{PACKAGE}/engine/" in frame.f_code.co_filename
        if event == "call":
            count += 1
            depth += not below
            deepest = max(deepest, depth)
        else:
            depth -= not below

    call()  # what is built or cached once does not count
    gc.disable()  # what other tests have left would be cleared away, and counted, now
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count, deepest


@pytest.mark.parametrize(
    "call",
    [
        lambda x: ops.add(x, x),
        lambda x: ops.multiply(x, 2.0),
        lambda x: ops.matmul(x, x),
        lambda x: ops.relu(x),
        lambda x: ops.sum(x, axis=0),
        lambda x: ops.reshape(x, (-1,)),
        lambda x: ops.exp(x),
    ],
)
def test_an_op_reaches_the_engine_within_three_frames(backend, call):
    x = ops.ones((4, 4))
    assert _profile(lambda: call(x))[1] <= 3


def test_a_dense_call_is_short(backend, monkeypatch):
    monkeypatch.setattr(masks, "_masks", {})  # others' masks, still alive, would be asked for
    layer, x = layers.Dense(4, activation="relu"), ops.ones((2, 3))
    calls, depth = _profile(lambda: layer(x))
    assert calls < 20 + 8 * (backend != "jax")  # other engines' primitives are Python functions
    assert depth <= 6


def test_a_dense_constructor_is_short():
    calls, _ = _profile(lambda: layers.Dense(4, activation="relu"))
    assert calls < 20


def test_training_compiles_once(monkeypatch):
    """Further epochs, and further calls of fit on data of the same shape, compile nothing new."""
    import jax

    with lamina.config.using_backend("jax"):
        model = lamina.Sequential([layers.Dense(4, input_shape=(3,)), layers.Dense(1)])
        model.compile("adam", "mse")
        x, y = np.zeros((64, 3), "float32"), np.zeros((64, 1), "float32")
        model.fit(x, y, batch_size=16, epochs=20, verbose=0)
        traces = []
        monkeypatch.setattr(type(model), "call", _counted(type(model).call, traces))
        model.fit(x, y, batch_size=16, epochs=3, verbose=0)
        assert traces == []
    assert jax.config.jax_enable_x64 is False  # lamina leaves the user's JAX as it was


def _counted(call, log):
    def wrapper(self, *args, **kwargs):
        log.append(1)
        return call(self, *args, **kwargs)

    return wrapper
