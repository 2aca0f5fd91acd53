"""The fixtures of the contract tests, for those who run them from an installed lamina."""

from __future__ import annotations

from lamina.testing.contract.engines import engine, pytest_generate_tests  # noqa: F401
