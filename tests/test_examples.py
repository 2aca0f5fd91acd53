"""The examples run, in this process, for an epoch or two."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


def _main(name):
    [path] = [path for path in EXAMPLES if path.stem == name]
    return runpy.run_path(str(path))["main"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_short(path):
    assert len(path.read_text("utf-8").splitlines()) < 100


def test_every_example_is_run_below():
    assert [path.stem for path in EXAMPLES] == ["convnet_digits", "mlp_digits", "two_branches"]


def test_mlp_digits(trains, capsys):
    assert _main("mlp_digits")(epochs=3, verbose=0) > 0.8
    assert "test accuracy" in capsys.readouterr().out


def test_convnet_digits(trains, capsys):
    assert _main("convnet_digits")(epochs=3, verbose=0) > 0.5
    assert "predicts the same: True" in capsys.readouterr().out


def test_two_branches(trains, capsys):
    loss, parts, accuracy = _main("two_branches")(epochs=2, verbose=0)
    assert loss == pytest.approx(parts, rel=1e-4)
    assert accuracy > 0.5
    assert "one loss" in capsys.readouterr().out
