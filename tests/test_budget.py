"""Size, indirection and recompilation are held by tests, not by hope (DESIGN, "Budget")."""

from __future__ import annotations

import ast
import functools
import gc
import graphlib
import io
import sys
import tokenize
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import masks, tracking

PACKAGE = Path(lamina.__file__).parent
LONGEST_FILE = 500
LONGEST_FUNCTION = 60  # lines without its docstring
MOST_LINES = (
    57_800  # of code, in the whole package: 47,000 before applications and pictures came in
)
SHARE_PER_ENGINE = 0.32  # of the lines of engine, core and ops: what is said once per engine


def _sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def test_no_file_is_too_long():
    tests = sorted(Path(__file__).parent.rglob("*.py"))
    root = PACKAGE.parent
    lengths = {
        str(p.relative_to(root)): len(p.read_text("utf-8").splitlines())
        for p in [*_sources(), *tests]
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


@functools.cache
def _code_lines(path: Path) -> int:
    """Number of lines with code: neither blank, nor only a comment, nor part of a docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type not in _WITHOUT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(_parsed(path)):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


_WITHOUT_CODE = {
    getattr(tokenize, name)
    for name in ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
}


def test_the_package_stays_small():
    assert sum(map(_code_lines, _sources())) < MOST_LINES


def test_most_is_said_once():
    """The engines' own folders hold less than a third of the code of `engine`, `core` and `ops`, each a twentieth.

    TensorFlow and PyTorch compile, batch and fuse in ways of their own; all else is written once.
    """
    lines = {
        path: _code_lines(path)
        for floor in ("engine", "core", "ops")
        for path in (PACKAGE / floor).rglob("*.py")
    }
    per_engine = sum(n for path, n in lines.items() if path.parent.parent == PACKAGE / "engine")
    assert 0 < per_engine < SHARE_PER_ENGINE * sum(lines.values())


LIBRARIES = {"jax", "jnp", "np", "tf", "torch"}
OF_NAMED_TUPLES = {"_replace", "_asdict", "_fields", "_make"}  # public, for all their underscores


def _private(name: object) -> bool:
    private = isinstance(name, str) and name.startswith("_") and not name.startswith("__")
    return private and name not in OF_NAMED_TUPLES


def _own(owner: ast.expr) -> bool:
    """Whether `owner` is the object itself (`self`, `cls`, `super()`), or lies in an engine's library."""
    if isinstance(owner, ast.Call):
        owner = owner.func
    if isinstance(owner, ast.Name) and owner.id in {"self", "cls", "super"}:
        return True
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return isinstance(owner, ast.Name) and owner.id in LIBRARIES


def _foreign_privates(path: Path) -> list[str]:
    """Uses of private attributes of objects other than `self`; an engine may use its library's."""
    uses = []
    in_engine = path.parent.parent == PACKAGE / "engine"
    for node in ast.walk(_parsed(path)):
        match node:
            case ast.Attribute(value=owner, attr=name) if _private(name) and not _own(owner):
                uses.append(node)
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr"),
                args=[owner, ast.Constant(value=name), *_],
            ) if _private(name) and not _own(owner) and not in_engine:
                uses.append(node)
    return [f"{path.relative_to(PACKAGE)}:{n.lineno} {ast.unparse(n)}" for n in uses]


def test_private_attributes_are_used_by_their_own_object():
    uses = [use for path in _sources() for use in _foreign_privates(path)]
    assert uses == []


def _modules() -> dict[str, Path]:
    def name(path: Path) -> str:
        parts = ("lamina", *path.relative_to(PACKAGE).with_suffix("").parts)
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    return {name(path): path for path in _sources()}


def _imports(path: Path, modules: dict[str, Path]) -> set[str]:
    """Modules of lamina that a file imports anywhere: at its top, in a function, for typing."""
    names: set[str] = set()
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (members & modules.keys()) or {node.module or ""}
    return names & modules.keys()


def test_imports_do_not_go_in_a_circle():
    modules = _modules()
    graph = {name: _imports(path, modules) - {name} for name, path in modules.items()}
    graphlib.TopologicalSorter(graph).prepare()  # raises an error that shows the circle


def test_few_constructors_only_forward():
    """Families share one constructor; where Keras' arguments differ in order or number, one forwards."""
    forwarding = []
    for path in _sources():
        for cls in ast.walk(_parsed(path)):
            for node in cls.body if isinstance(cls, ast.ClassDef) else ():
                if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                    body = node.body[1:] if ast.get_docstring(node) else node.body
                    if len(body) == 1 and ast.unparse(body[0]).startswith("super().__init__("):
                        forwarding.append(f"{path.relative_to(PACKAGE)}:{cls.name}")
    assert len(forwarding) < 25, forwarding


def test_a_function_fits_on_a_screen():
    long = {}
    for path in _sources():
        for node in ast.walk(_parsed(path)):
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


def test_a_layer_is_made_of_its_configuration_without_detours():
    """Its types are compiled once per class; 417 calls before they were."""
    config = layers.Dense(3).get_config()
    assert _profile(lambda: layers.Dense.from_config(config))[0] <= 240


def test_a_dense_call_is_short(backend, monkeypatch):
    monkeypatch.setattr(masks, "table", {})  # others' masks, still alive, would be asked for
    layer, x = layers.Dense(4, activation="relu"), ops.ones((2, 3))
    calls, depth = _profile(lambda: layer(x))
    assert calls < 20 + 8 * (backend != "jax")  # other engines' primitives are Python functions
    assert depth <= 6


def test_a_dense_constructor_is_short(monkeypatch):
    for name in [
        *lamina.saving.get_custom_objects()
    ]:  # those of other tests would be looked through
        monkeypatch.delitem(lamina.saving.get_custom_objects(), name)
    calls, _ = _profile(lambda: layers.Dense(4, activation="relu"))
    assert calls <= 20


# Python calls within lamina, warm, on JAX: at two layers, and for each further one. Keras' own on the
# same model: 653 and 152 for `train_on_batch`, 978 and 162 for `fit`.
LONGEST_CALLS = {
    "train_on_batch": (165, 0),
    "fit": (720, 18),
    "evaluate": (170, 0),
    "predict": (37, 0),
}


@pytest.mark.parametrize("depth", [2, 21])
@pytest.mark.parametrize("method", LONGEST_CALLS)
def test_a_warm_step_makes_few_calls(method, depth):
    x, y = np.zeros((32, 8), "float32"), np.zeros((32, 1), "float32")
    data = (x,) if method == "predict" else (x, y)
    quiet = {} if method == "train_on_batch" else {"verbose": 0}
    with lamina.config.using_backend("jax"):
        hidden = [layers.Dense(8, activation="relu") for _ in range(depth - 1)]
        model = lamina.Sequential([layers.Input((8,)), *hidden, layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
        run = getattr(model, method)
        run(*data, **quiet)
        calls, _ = _profile(lambda: run(*data, **quiet))
    at_two, for_each = LONGEST_CALLS[method]
    assert calls <= at_two + for_each * (depth - 2)


def test_a_structure_that_stands_still_is_compared_once(monkeypatch):
    """One batch, one look at what the model holds."""
    x, y = np.zeros((4, 3), "float32"), np.zeros((4, 1), "float32")
    model = lamina.Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse")
    with lamina.config.using_backend("jax"):
        model.train_on_batch(x, y)
        model.evaluate(x, y, verbose=0)
        own, looks = tracking.walk(model), []
        holds = tracking.Walk.holds
        monkeypatch.setattr(
            tracking.Walk, "holds", lambda walk: looks.append(walk is own) or holds(walk)
        )
        model.train_on_batch(x, y)
        assert looks.count(True) == 1
        model.evaluate(x, y, verbose=0)
        assert looks.count(True) == 2


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
