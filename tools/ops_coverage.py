"""Writes docs/ops-coverage.md: each public name of Keras' numeric namespaces, called on each engine.

    python -m tools.ops_coverage          # from the root of the checkout

The names are those of `tests/data/keras_signatures.json`; the calls are those of `tests/ops/rows`, and the
ones below for functions of functions, draws, trees and the like. What raises is shown with its reason.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lamina
from lamina import activations, ops, random, tree
from lamina.engine import current

ROOT = Path(__file__).parent.parent
NAMESPACES = (
    "ops",
    "ops.numpy",
    "ops.nn",
    "ops.linalg",
    "ops.image",
    "random",
    "activations",
    "tree",
)
X = np.array([[0.2, 0.5], [0.9, 0.1]], "float32")
SPD = np.array([[2.0, 0.5], [0.5, 1.0]], "float32")

CALLS: dict[str, Callable[[], Any]] = {
    "ops.associative_scan": lambda: ops.associative_scan(lambda a, b: a + b, ops.array(X)),
    "ops.cond": lambda: ops.cond(ops.array(True), lambda: X, lambda: X),
    "ops.custom_gradient": lambda: ops.custom_gradient(
        lambda x: (x * 2, lambda *a, upstream=None: upstream)
    )(ops.array(X)),
    "ops.fori_loop": lambda: ops.fori_loop(0, 3, lambda i, x: x + 1, ops.array(X)),
    "ops.map": lambda: ops.map(lambda x: x * 2, ops.array(X)),
    "ops.scan": lambda: ops.scan(lambda c, x: (c + x, c), ops.zeros((2,)), ops.array(X)),
    "ops.switch": lambda: ops.switch(1, [lambda x: x, lambda x: x + 1], ops.array(X)),
    "ops.vectorize": lambda: ops.vectorize(lambda x: x * 2)(ops.array(X)),
    "ops.vectorized_map": lambda: ops.vectorized_map(lambda x: x * 2, ops.array(X)),
    "ops.while_loop": lambda: ops.while_loop(lambda i: i < 3, lambda i: (i + 1,), (ops.array(0),)),
    "ops.jvp": lambda: ops.jvp(lambda x: x * x, (ops.array(X),), (ops.array(X),)),
    "ops.convert_to_numpy": lambda: ops.convert_to_numpy(ops.array(X)),
    "ops.dtype": lambda: ops.dtype(ops.array(X)),
    "ops.is_tensor": lambda: ops.is_tensor(ops.array(X)),
    "ops.ndim": lambda: ops.ndim(X),
    "ops.shape": lambda: ops.shape(X),
    "ops.size": lambda: ops.size(X),
    "ops.empty": lambda: ops.empty((2, 3)),
    "ops.empty_like": lambda: ops.empty_like(X),
    "ops.eig": lambda: ops.eig(SPD),
    "ops.eigh": lambda: ops.eigh(SPD),
    "ops.svd": lambda: ops.svd(X),
    "ops.qr": lambda: ops.qr(X),
    "ops.lu_factor": lambda: ops.lu_factor(SPD),
    "ops.get_item": lambda: ops.get_item(X, 0),
    "ops.nonzero": lambda: ops.nonzero(X),
    "ops.unique": lambda: ops.unique(np.array([1, 2, 2])),
    "ops.sparsemax": lambda: ops.sparsemax(X),
    "random.beta": lambda: random.beta((3,), 1.0, 2.0, seed=1),
    "random.binomial": lambda: random.binomial((3,), 5.0, 0.5, seed=1),
    "random.categorical": lambda: random.categorical(X, 3, seed=1),
    "random.dropout": lambda: random.dropout(X, 0.5, seed=1),
    "random.gamma": lambda: random.gamma((3,), 2.0, seed=1),
    "random.normal": lambda: random.normal((3,), seed=1),
    "random.randint": lambda: random.randint((3,), 0, 5, seed=1),
    "random.shuffle": lambda: random.shuffle(X, seed=1),
    "random.truncated_normal": lambda: random.truncated_normal((3,), seed=1),
    "random.uniform": lambda: random.uniform((3,), seed=1),
    "random.SeedGenerator": lambda: random.SeedGenerator(1).next(),
    "activations.get": lambda: activations.get("relu"),
    "activations.serialize": lambda: activations.serialize(activations.relu),
    "activations.deserialize": lambda: activations.deserialize("relu"),
    "tree.MAP_TO_NONE": lambda: tree.MAP_TO_NONE,
    "tree.assert_same_paths": lambda: tree.assert_same_paths({"a": 1}, {"a": 2}),
    "tree.assert_same_structure": lambda: tree.assert_same_structure([1], [2]),
    "tree.flatten": lambda: tree.flatten([X, [X]]),
    "tree.flatten_with_path": lambda: tree.flatten_with_path({"a": X}),
    "tree.is_nested": lambda: tree.is_nested([X]),
    "tree.lists_to_tuples": lambda: tree.lists_to_tuples([1, [2]]),
    "tree.map_shape_structure": lambda: tree.map_shape_structure(len, [(1, 2)]),
    "tree.map_structure": lambda: tree.map_structure(ops.sum, [X]),
    "tree.map_structure_up_to": lambda: tree.map_structure_up_to([1], ops.sum, [X]),
    "tree.pack_sequence_as": lambda: tree.pack_sequence_as([0, [0]], [1, 2]),
    "tree.traverse": lambda: tree.traverse(lambda x: None, [1, 2]),
}


def names() -> list[str]:
    """All names, each once per namespace."""
    table = json.loads((ROOT / "tests/data/keras_signatures.json").read_text("utf-8"))
    found = {name for name in table["names"] if name.rpartition(".")[0] in NAMESPACES}
    return sorted(found | {"tree.MAP_TO_NONE"})


def call_for(name: str) -> Callable[[], Any] | None:
    from tests.ops.rows import CASES, TABLE

    space, _, short = name.rpartition(".")
    for key in (name, f"ops.{short}"):
        if key in CALLS:
            return CALLS[key]
    function = getattr(_module(space), short)
    if space == "activations" and short not in CASES:
        return lambda: function(X)
    if CASES.get(short):
        args, kwargs = CASES[short][0]
        return lambda: function(*args, **kwargs)
    if short in TABLE:
        args, kwargs = TABLE[short](lambda strategy: strategy.example())
        return lambda: function(*args, **kwargs)
    return None


def _module(space: str) -> Any:
    found: Any = lamina
    for part in space.split("."):
        found = getattr(found, part)
    return found


def outcome(call: Callable[[], Any], engine: str) -> str:
    with lamina.config.using_backend(engine), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if engine != "jax" or not _traces(call):
                call()
        except NotImplementedError as error:
            return f"not applicable: {str(error).partition('. ')[0]}"
        return "works"


def _traces(call: Callable[[], Any]) -> bool:
    """Whether JAX can run the call without values: compiling each kernel of each op takes minutes."""
    import jax

    try:
        jax.eval_shape(call)
    except (
        Exception
    ):  # values are needed, or the result is not an array: then the call itself will tell
        return False
    return True


def main() -> None:
    engines = [name for name in current.BUILT_IN if name in current.available()]
    warnings.simplefilter("ignore")  # of hypothesis, that examples are for exploring
    lines = [
        "# Names of Keras' numeric namespaces, called on each engine",
        "",
        "Written by `python -m tools.ops_coverage`. Values, dtypes, shapes and gradients are held by tests",
        "(`tests/ops`, `tests/oracle`); this table only says what can be called (on JAX without compiling).",
        "",
    ]
    rows, missing, known = [], [], {}
    for name in names():
        space, _, short = name.rpartition(".")
        if not hasattr(_module(space), short):
            missing.append(name)
            continue
        call = call_for(name)
        if call is None:
            raise SystemExit(
                f"{name}: no call is known; add one to CALLS, or a row to tests/ops/rows."
            )
        function = getattr(_module(space), short)  # under several names, but called once
        found = known.get(function) or [outcome(call, engine) for engine in engines]
        known[function] = found
        rows.append(f"| `{name}` | {' | '.join(found)} |")
    works = sum(row.count("works") for row in rows)
    lines += [
        f"{len(rows)} names on {len(engines)} engines: {works} of {len(rows) * len(engines)} work."
    ]
    lines += [f"Not there: {missing}."] if missing else []
    lines += ["", f"| name | {' | '.join(engines)} |", "|---" * (len(engines) + 1) + "|", *rows, ""]
    (ROOT / "docs/ops-coverage.md").write_text("\n".join(lines), encoding="utf-8")
    print(lines[5], *missing)


if __name__ == "__main__":
    main()
