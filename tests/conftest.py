"""Fixtures for every test: `engine`, a namespace that is in force, and `backend`, only its name.

Both run the test once per engine: those of `LAMINA_TEST_ENGINES=jax,torch`, else the four of `engines.py`.
A test that trains asks for `trains`, too: then it runs on the engines that compute gradients.
"""

from __future__ import annotations

import gc

import pytest

from lamina.engine import current
from lamina.testing.contract.engines import engine  # noqa: F401
from tests.engines import engines_under_test


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" not in metafunc.fixturenames:
        return
    names = engines_under_test()
    if "trains" in metafunc.fixturenames:  # NumPy predicts and evaluates only
        names = [name for name in names if "differentiates" in current.load(name).capabilities]
    metafunc.parametrize("backend", names, scope="session")


@pytest.fixture(scope="module", autouse=True)
def _what_is_old_is_left_alone():
    """Let no `gc.collect` look through what imports and earlier modules have left: that takes seconds each."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def trains(engine):  # noqa: F811
    """An engine that computes gradients, in force during the test."""
    return engine


@pytest.fixture
def process_engine():
    """The process-wide engine is put back after the test, whatever the test made of it."""
    before = current.engine().name
    yield before
    current.use(before)


@pytest.fixture
def tf():
    """TensorFlow, for tests of its own data sets and functions, whichever engine is in force."""
    return pytest.importorskip("tensorflow")
