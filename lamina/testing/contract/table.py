"""The whole table, by primitive."""

import itertools

from lamina.testing.contract import (  # noqa: F401  they add their rows
    cases_fourier,
    cases_functions,
    cases_linalg,
    cases_segments,
    cases_structure,
    cases_windows,
)
from lamina.testing.contract.cases import CASES, Case


def by_primitive(cases: list[Case]) -> dict[str, list[Case]]:
    """Rows of the table, grouped."""
    ordered = sorted(cases, key=lambda case: case.primitive)
    return {
        name: list(rows) for name, rows in itertools.groupby(ordered, lambda case: case.primitive)
    }


ALL = list(CASES)
