"""Every row of the specification has an attack, a live control and a benign twin (`rows.py`)."""

from __future__ import annotations

import importlib
import inspect

import pytest

from tests.hostile.rows import IDS, LAWS, NOT_APPLICABLE, ROWS


def _test_of(name: str):
    """Return the test (or fixture) that is called so, and see that it has a parameter of that id."""
    file, _, function = name.partition(".test") if ".test" in name else name.partition(".")
    function = f"test{function}" if ".test" in name else function
    function, _, case = function.partition("[")
    folder, _, file = file.rpartition("/")
    where = "tests.hostile" if not folder else f"tests.{folder.removeprefix('../')}"
    test = getattr(importlib.import_module(f"{where}.test_{file.removeprefix('test_')}"), function)
    if case:
        marks = [mark for mark in test.pytestmark if mark.name == "parametrize"]
        ids = [str(x) for mark in marks for x in (mark.kwargs.get("ids") or mark.args[1])]
        assert any(each.startswith(case) for each in ids), f"{name}: no such case"
    return test


def _source(test) -> str:
    return inspect.getsource(inspect.unwrap(getattr(test, "__wrapped__", test)))


def test_every_row_of_the_specification_is_here():
    assert sorted([*ROWS, *NOT_APPLICABLE]) == sorted(IDS) and not {*ROWS} & {*NOT_APPLICABLE}
    assert len(IDS) == 139 and all(len(reason) > 20 for reason in NOT_APPLICABLE.values())


@pytest.mark.parametrize("row", ROWS)
def test_its_tests_are_there(row):
    for tests in (ROWS[row].attack, ROWS[row].control, ROWS[row].twin):
        assert tests
        for name in tests.split():
            assert callable(_test_of(name)), name


REFUSALS = ("raises", "refused", "_refuses", "subprocess", "_child", "accepted", "opened.count")


@pytest.mark.parametrize("row", ROWS)
def test_they_are_what_they_are_called(row):
    """An attack expects a refusal; what controls, and what is harmless, says so in its name or text."""
    attack, control, twin = (map(_test_of, x.split()) for x in vars(ROWS[row]).values())
    for test in attack if row not in LAWS else []:
        assert any(word in _source(test) for word in REFUSALS), test
    assert any("control" in _source(test) for test in control)
    assert any("twin" in _source(test) for test in twin)


def test_a_test_that_is_not_there_is_seen():
    with pytest.raises(AttributeError):
        _test_of("zip.test_nothing")
    with pytest.raises(AssertionError, match="no such case"):
        _test_of("zip.test_hostile_archives[Z99")
