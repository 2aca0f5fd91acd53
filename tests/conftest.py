"""Fixtures for every test: `engine`, a namespace that is in force, and `backend`, only its name.

Both run the test once per engine: those of `LAMINA_TEST_ENGINES=jax,torch`, else all installed.
"""

from __future__ import annotations

from lamina.testing.contract.engines import engine, pytest_generate_tests  # noqa: F401
