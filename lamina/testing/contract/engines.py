"""The fixtures `engine` and `backend`, over every engine under test, and the choice of tests for each."""

import os
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import EntryPoint

import pytest

from lamina.engine import current
from lamina.engine.contract import CAPABILITIES, members


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "covers(*primitives): a contract test, for the engines that offer all of these"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that has an engine for argument on each that `LAMINA_TEST_ENGINES` names, else on all."""
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", engines_under_test(), scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of what their engine does not offer."""
    missing = {id(item): lack for item in items if (lack := _missing(item))}
    config.stash[_LEFT_OUT] = Counter(missing.values())
    if missing:
        config.hook.pytest_deselected(items=[item for item in items if id(item) in missing])
        items[:] = [item for item in items if id(item) not in missing]


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    return [
        f"{engine} {lack}: {count} contract tests deselected"
        for (engine, lack), count in sorted(config.stash.get(_LEFT_OUT, Counter()).items())
    ]


_LEFT_OUT = pytest.StashKey[Counter]()


def _missing(item: pytest.Item) -> tuple[str, str] | None:
    """The engine of a test, and what the engine lacks of what the test needs."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    backend = params.get("backend")
    if backend is None:
        return None
    engine = current.load(backend)
    for mark in item.iter_markers("covers"):
        for primitive in mark.args:
            if not hasattr(engine, primitive):
                return backend, f"does not declare {_CAPABILITY_OF[primitive]!r}"
            # That such a primitive is refused in programs is a test of its own.
            in_program = "value_and_grad" in mark.args or params.get("prepare") == "compiled"
            if in_program and engine.untraced.keys() & {primitive, params.get("primitive")}:
                return backend, "computes some primitives on values only"
    return None


_CAPABILITY_OF = {
    primitive: capability
    for capability, group in CAPABILITIES.items()
    for primitive in members(group)
}


def engines_under_test(default: Sequence[str] = ()) -> list[str]:
    """Those that `LAMINA_TEST_ENGINES` names, else `default`, else all that are installed.

    `module:attribute` names an engine that is not installed.
    """
    names = os.environ.get("LAMINA_TEST_ENGINES")
    if names:
        return [_known(name) for name in names.split(",")]
    return list(default) or current.available()


def _known(name: str) -> str:
    if ":" not in name:
        return name
    return current.add(EntryPoint(name, name, "lamina.engines").load())


@pytest.fixture
def engine(backend):
    """The namespace of one engine, which is in force during the test."""
    with current.using(backend):
        yield current.load(backend)
