"""The benchmarks run; what they measure is asserted nowhere."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

import lamina
from benchmarks import gpu_checks
from benchmarks.__main__ import chosen, of_work, script
from benchmarks.results import line, merge
from benchmarks.side import side
from benchmarks.table import ROWS

WORKS = [(row.work, engine) for row in ROWS if not row.is_script for engine in row.engines]
SCRIPTS = [(row, engine) for row in ROWS if row.is_script for engine in row.engines]
NETWORKS = ("mlp", "deep", "cnn", "resnet", "lstm", "transformer")


@pytest.mark.slow
@pytest.mark.parametrize(("row", "engine"), SCRIPTS, ids=lambda x: getattr(x, "name", x))
def test_both_sides_of_a_script_run(row, engine):
    for library in row.sides:
        assert script(row.name, library, engine) > 0


@pytest.mark.slow
@pytest.mark.parametrize(("work", "engine"), [*dict.fromkeys(WORKS)])
def test_all_sides_of_a_work_run(work, engine):
    rows = [row for row in ROWS if row.work == work and engine in row.engines]
    assert len(of_work(rows, engine, rounds=1, seconds=0)) == len(rows)


def test_a_row_takes_the_place_of_its_older_self(tmp_path):
    path = tmp_path / "RESULTS.md"
    row, other = ROWS[:2]
    merge([line(other, "jax", {"lamina": 1e-3, "keras": 2e-3})], path)
    merge([line(row, "jax", {"lamina": 1e-3, "keras": 2e-3, "hand": 5e-4})], path)
    merge([line(row, "jax", {"lamina": 1e-3, "keras": 4e-3, "hand": 5e-4})], path)
    rows = [t for t in path.read_text().splitlines() if " | jax | " in t]
    assert [t.split(" | ")[5:7] for t in rows] == [["**0.25**", "**2.00**"], ["**0.50**", ""]]


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(SystemExit, match=r"mlps.*mlp, cnn"):
        chosen(["mlps"])


def test_rows_are_told_apart_by_what_they_say():
    assert len({row.what for row in ROWS}) == len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("work", "engine"), [*itertools.product(NETWORKS, ("jax", "torch", "tensorflow"))]
)
def test_a_loop_by_hand_learns(work, engine):
    """A loop that doesn't do the work of training would make a rival of no worth."""
    by_hand = side(work, "hand", engine, rows=8)
    before = by_hand.loop.evaluate(*by_hand.short)
    for _ in range(12):
        by_hand.train_batch()
    assert by_hand.loop.evaluate(*by_hand.short) < before


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_the_script_for_a_gpu_runs_on_a_processor(name):
    with lamina.config.using_backend(name):
        assert "3 of 3 cases" in [*gpu_checks.layers("cpu", 3, float("inf"))][-1]
        assert "losses agree" in gpu_checks.training("deep", "cpu")
        assert len([*gpu_checks.kernels(name, "cpu")]) == 2


def test_differences_are_relative_to_the_largest_number():
    x = np.array([1.0, 1000.0, np.nan, np.inf])
    assert gpu_checks.difference([x], [x]) == 0
    assert gpu_checks.difference([x + np.eye(4)[0]], [x]) == pytest.approx(1e-3)
    assert gpu_checks.difference([np.array([np.nan])], [np.ones(1)]) == np.inf


@pytest.mark.slow
def test_the_page_about_a_gpu_is_written(tmp_path):
    page = tmp_path / "GPU.md"
    options = ["--device", "cpu", "--works", "deep", "--layers", "2", "--output", str(page)]
    subprocess.run([sys.executable, "-m", "benchmarks.gpu", *options], check=True)
    assert page.read_text("utf-8").count("2 of 2 cases") == 2
