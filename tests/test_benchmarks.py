"""The benchmarks run; what they measure is asserted nowhere."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import TABLE, measure


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "engine"), [(name, engine) for name, row in TABLE.items() for engine, _ in row[2]]
)
def test_both_sides_of_a_benchmark_run(name, engine):
    for library in ("lamina", TABLE[name][1]):
        assert measure(name, library, engine) > 0
