"""The command `lamina`."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lamina
from lamina.cli import main

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def _pictures(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in ("history.png", "predictions.png")]


def test_demo_learns_to_read_digits(tmp_path, trains, backend, capsys):
    assert main(["demo", "--engine", backend, "--out", str(tmp_path / "a" / "b")]) == 0
    shown = capsys.readouterr().out
    accuracy = float(shown.partition("Test accuracy: ")[2].split()[0])
    assert accuracy >= 0.95
    assert f"Trained on {backend}" in shown
    assert all(picture.startswith(PNG) for picture in _pictures(tmp_path / "a" / "b"))
    assert "predictions.png" in shown and "history.png" in shown and "digits.weights.h5" in shown
    page = (tmp_path / "a" / "b" / "report.html").read_text("utf-8")
    assert "report.html" in shown and "epoch 30, accuracy" in page


def test_demo_weights_load_and_one_seed_gives_one_network(tmp_path):
    from lamina.cli.demo import demo, network

    before, weights = lamina.config.backend(), []
    for folder, engine, seed in (("a", "jax", 1), ("b", "jax", 1), ("c", "torch", 2)):
        demo(engine, 1, seed, tmp_path / folder)
        model = network()
        model.load_weights(tmp_path / folder / "digits.weights.h5")
        weights.append(model.get_weights())
    assert all((a == b).all() for a, b in zip(weights[0], weights[1], strict=True))
    assert not (weights[0][0] == weights[2][0]).all()
    assert _pictures(tmp_path / "a") == _pictures(tmp_path / "b")
    assert lamina.config.backend() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engine", "numpy"], r"computes no gradients.*jax, torch"),
        (["--engine", "abacus"], r"no engine named 'abacus'"),
        (["--out", "file"], r"folder 'file' cannot be made.*--out"),
    ],
)
def test_demo_refuses_before_training(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main(["demo", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(said, captured.err)


@pytest.mark.parametrize("package", ["matplotlib", "vl_convert"])
def test_demo_without_what_draws_names_the_extra(package, tmp_path, monkeypatch, capsys):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == package else find_spec(name, *rest),
    )
    assert main(["demo", "--out", str(tmp_path / "d")]) == 2
    captured = capsys.readouterr()
    assert "pip install 'lamina[demo]'" in captured.err and captured.out == ""


@pytest.mark.parametrize(
    "arguments", [["--epochs", "0"], ["--epochs", "x"], ["--seed", "-1"], ["--seed", "4294967296"]]
)
def test_numbers_out_of_range(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["demo", *arguments])
    assert caught.value.code == 2
    assert "is not an integer from" in capsys.readouterr().err


def test_engines_are_listed(capsys):
    assert main(["engines"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.split()}
    assert importlib.metadata.version("jax") in rows["jax"] and "yes" in rows["jax"]
    assert rows["numpy"].split()[-2:] == ["no", "cpu"]
    assert {"jax", "torch", "tensorflow", "numpy"} <= set(rows)


def test_an_engine_that_is_not_installed(monkeypatch, capsys):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "torch" else find_spec(name, *rest),
    )
    assert main(["engines"]) == 0
    assert "pip install 'lamina[torch]'" in capsys.readouterr().out


def test_help_without_a_command(capsys):
    assert main([]) == 0
    assert "demo" in capsys.readouterr().out


def test_interruption(monkeypatch, capsys):
    from lamina.cli import demo

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "demo", interrupt)
    assert main(["demo"]) == 130
    assert "interrupted" in capsys.readouterr().err


_PROGRAM = """
import runpy, sys
sys.argv = ["lamina", "--version"]
try:
    runpy.run_module("lamina", run_name="__main__")
finally:
    print([name for name in ("jax", "torch", "h5py", "matplotlib") if name in sys.modules])
"""


def test_as_a_program():
    """`python -m lamina --version`: at once, and without an engine."""
    child = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.split("\n")[:2] == [f"lamina {lamina.__version__}", "[]"]
