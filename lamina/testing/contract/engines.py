"""The fixtures `engine` and `backend`, over every engine that is to be tested."""

from __future__ import annotations

import os

import pytest

from lamina.engine import current


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for an engine on each that `LAMINA_TEST_ENGINES` names, else on all."""
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", engines_under_test(), scope="session")


def engines_under_test() -> list[str]:
    """Those that `LAMINA_TEST_ENGINES` names, else all that are installed."""
    asked = os.environ.get("LAMINA_TEST_ENGINES")
    return asked.split(",") if asked else current.available()


@pytest.fixture
def engine(backend):
    """The namespace of one engine, which is in force during the test."""
    with current.using(backend):
        yield current.load(backend)
