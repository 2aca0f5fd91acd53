"""Within a scope, variables are read from and written to a mapping."""

from __future__ import annotations

import threading

import pytest

from lamina import Variable
from lamina.core import scope
from lamina.core.scope import StatelessScope


def test_within_a_scope_nothing_is_written(engine):
    v, w = Variable([1.0]), Variable([2.0])
    with StatelessScope([(v, v.value * 10)]) as inside:
        assert float(v.value[0]) == 10 and float(w.value[0]) == 2
        v.assign_add([1.0])
        w.assign([5.0])
        assert float(v.value[0]) == 11 and float(w.value[0]) == 5
    assert v.numpy() == 1 and w.numpy() == 2
    assert float(inside.get_current_value(v)[0]) == 11
    assert list(inside.written.values()) == [v, w]


def test_scopes_nest(engine):
    v, w = Variable([1.0]), Variable([2.0])
    with StatelessScope([(v, v.value * 10)]) as outer:
        with StatelessScope([(w, w.value * 10)]) as inner:
            assert float(v.value[0]) == 10 and float(w.value[0]) == 20
            v.assign([7.0])
        assert float(v.value[0]) == 10
        assert inner.get_current_value(v) is not None and v not in outer.written.values()


def test_a_scope_ends_even_if_an_error_comes(engine):
    v = Variable([1.0])
    with pytest.raises(RuntimeError), StatelessScope([(v, v.value * 10)]):
        raise RuntimeError
    assert v.numpy() == 1


def test_scopes_are_of_one_thread():
    v, seen = Variable([1.0]), []
    with StatelessScope([(v, v.value * 10)]):
        thread = threading.Thread(target=lambda: seen.append(float(v.numpy()[0])))
        thread.start()
        thread.join()
    assert seen == [1.0]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({}, "a/b/v"),
        ({"override_parent": "x/y"}, "x/y/b/v"),
        ({"override_parent": ""}, "b/v"),
    ],
)
def test_a_name_scope_may_stand_elsewhere(arguments, path):
    with scope.name_scope("a"), scope.name_scope("b", **arguments):
        assert scope.path("v") == path
    assert scope.path("v") == "v"


@pytest.mark.parametrize(("options", "path"), [({}, "b/v"), ({"deduplicate": False}, "b/b/v")])
def test_a_caller_enters_its_name_scope_once(options, path):
    caller = object()
    with scope.name_scope("b", caller=caller):
        with scope.name_scope("b", caller=caller, **options):
            assert scope.path("v") == path
        with scope.name_scope("c", caller=caller), scope.name_scope("b", caller=caller):
            assert scope.path("v") == "b/c/b/v"


def test_a_symbolic_scope_says_that_it_is_on():
    with scope.SymbolicScope():
        assert scope.SymbolicScope.is_on()
    assert not scope.SymbolicScope.is_on()
