"""Public names: what is there is documented, and has Keras' signature."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from pathlib import Path

import pytest

NAMESPACES = [
    "activations",
    "autodiff",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "distillation",
    "generation",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "ops.image",
    "ops.linalg",
    "ops.nn",
    "ops.numpy",
    "optimizers",
    "optimizers.schedules",
    "preprocessing",
    "preprocessing.image",
    "preprocessing.sequence",
    "random",
    "regularizers",
    "tree",
    "tuning",
    "utils",
    "visualization",
    "wrappers",
]
# All of Keras' names are there (of `models`, whole-model files come later).
COMPLETE = [
    *(
        "activations",
        "backend",
        "config",
        "constraints",
        "initializers",
        "losses",
        "metrics",
        "ops",
        "ops.image",
    ),
    *("ops.linalg", "ops.nn", "ops.numpy", "optimizers", "optimizers.schedules", "random"),
    *("preprocessing.image", "preprocessing.sequence", "regularizers", "tree", "visualization"),
]
# Low-rank adaptation and quantization will be wrappers, not arguments (DESIGN); None is accepted.
LATER = {"lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size"}
# Data sets are lamina's own unless the program says otherwise: no engine that nobody chose.
OWN = {("format", "'tf'"): "'lamina'"}
TABLE = Path(__file__).parent / "data" / "keras_signatures.json"


def _public(namespace: str) -> dict[str, object]:
    module = importlib.import_module(f"lamina.{namespace}")
    return {
        name: thing
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(thing)
        and getattr(thing, "__module__", "lamina").startswith("lamina")
        and callable(thing)
    }


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_public_names_are_documented(namespace):
    undocumented = [name for name, thing in _public(namespace).items() if not inspect.getdoc(thing)]
    assert undocumented == []


@pytest.mark.parametrize("namespace", COMPLETE)
def test_no_name_is_missing(namespace):
    module = importlib.import_module(f"lamina.{namespace}")
    wanted = {
        name.rpartition(".")[2]
        for name in json.loads(TABLE.read_text("utf-8"))
        if name.rpartition(".")[0] == namespace
    }
    assert {name for name in wanted if not hasattr(module, name)} == set()


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_signatures_are_those_of_keras(namespace):
    """Keras' parameters come first, in its order, with its defaults; more may follow."""
    wanted = json.loads(TABLE.read_text("utf-8"))
    differs = {}
    for name, thing in _public(namespace).items():
        expected = wanted.get(f"{namespace}.{name}")
        if expected is not None and (problem := _difference(expected, thing)):
            differs[name] = problem
    assert differs == {}


def _difference(expected: list[list[str | None]], thing: object) -> str | None:
    parameters = inspect.signature(thing).parameters.values()
    found = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    names = [p.name for p in found]
    expected = [entry for entry in expected if entry[0] not in LATER]
    wanted = [name for name, _ in expected]
    if names[: len(wanted)] != wanted:
        return f"parameters {names} for {wanted}"
    for (name, default), p in zip(expected, found, strict=False):
        given = None if p.default is p.empty else repr(p.default)
        if default is not None and default.startswith("<"):
            continue
        if not _same(OWN.get((name, default), default), given):
            return f"default {name}={given} for {default}"
    return None


def _same(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    try:
        return ast.literal_eval(one) == ast.literal_eval(other)  # type: ignore[arg-type]  0 is 0.0
    except (TypeError, ValueError, SyntaxError):
        return False
