"""Each public name of Keras is there, or says what it is and what to use instead."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import lamina
from lamina import absent

NAMES = (Path(__file__).parent / "data" / "keras_names.txt").read_text("utf-8").split()


def answer(name: str) -> str | None:
    """What lamina says of a dotted name that it lacks; `None` if the name is there."""
    thing = lamina
    for part in name.split("."):
        try:
            thing = getattr(thing, part)
        except AttributeError as error:
            return str(error)
    return None


def test_every_name_of_keras_is_there_or_explained():
    assert {name for name in NAMES if (said := answer(name)) and ": " not in said} == set()


def test_no_name_is_explained_that_is_there():
    there = {key for key in absent.table() if answer(".".join(key).removeprefix("lamina.")) is None}
    assert there == set()


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (
            "lamina.layers.TernaryDense",
            "lamina.layers has no 'TernaryDense': lamina does not quantize",
        ),
        ("from lamina.layers import TernaryDense", "lamina does not quantize yet"),
        ("from lamina import quantizers", "lamina does not quantize yet"),
        ("import lamina.quantizers.int8", "lamina does not quantize yet"),
        ("from lamina.backend import mean", "use lamina.ops"),
        ("lamina.layers.Dnse", "lamina.layers has no 'Dnse'. Did you mean 'Dense'?"),
        ("from lamina.optimizers import Adm", "Did you mean 'Adam'?"),
        ("lamina.Sequental", "Did you mean 'Sequential'?"),
        ("lamina.ops.xyzzy", "lamina.ops has no 'xyzzy'."),
    ],
)
def test_every_way_to_ask_is_answered(program, expected):
    kind = AttributeError if program.startswith("lamina") else ModuleNotFoundError
    with pytest.raises(kind) as error:
        exec(program, {"lamina": lamina})
    assert expected in str(error.value) and len(str(error.value)) < 200


def test_python_may_ask_for_names_that_nobody_has():
    assert not hasattr(lamina.layers, "__wrapped__") and not hasattr(lamina, "Layr")
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'lamina\.core\.nothing'"):
        importlib.import_module("lamina.core.nothing")
