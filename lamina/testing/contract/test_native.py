"""The library's own way of training: what an engine that `interoperates` does for it."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.testing.contract.checks import F32, close, covers


@covers("admit")
def test_the_library_takes_objects_of_a_kind_that_it_admits(engine):
    class Held:
        shape, dtype = (2,), F32

        def __init__(self, value):
            self.value = value

    engine.admit(Held, lambda held: held.value)
    x = Held(engine.asarray([1.0, 2.0]))
    if engine.name == "jax":  # the one whose library asks what is in a tree
        import jax

        close(engine, jax.jit(lambda y: 2 * y)(x), [2, 4])


@covers("records", "follows")
def test_nothing_records_unless_the_user_does(engine):
    assert engine.records is None or engine.records() is False
    assert engine.follows is None or engine.follows((np.zeros(2),)) is not True


@covers("native_variable", "value_of", "update", "let_train")
def test_a_native_variable_changes_in_place(engine):
    if engine.name == "jax":
        with pytest.raises(NotImplementedError, match="no variables"):
            engine.native_variable(engine.asarray([1.0]), True, "v")
        return
    variable = engine.native_variable(engine.asarray([1.0, 2.0]), True, "v")
    close(engine, engine.stop_gradient(engine.value_of(variable)), [1, 2])
    engine.let_train(variable, True)
    engine.update(variable, engine.asarray([3.0, 4.0]))
    close(engine, engine.stop_gradient(engine.value_of(variable)), [3, 4])


@covers("recording", "watched", "note_read")
def test_what_is_watched_has_its_value(engine):
    with engine.recording():
        x = engine.watched(engine.asarray([1.0, 2.0]))
        engine.note_read(type("Variable", (), {"handle": x, "trainable": True})())
    close(engine, engine.stop_gradient(x), [1, 2])
