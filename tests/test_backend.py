"""`lamina.backend` answers as Keras' own does; where engines differ there, by lamina's one table."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import lamina
from lamina.core import dtypes

NAMES = [*dtypes.ALL]
# On JAX Keras has no dtypes of 64 bits: it gives int32 where int64 is meant.
NARROW = [name for name in NAMES if "64" not in name and name != "complex128"]
NARROWED = {"int64": "int32"}


@pytest.fixture(scope="module")
def theirs():
    from keras import backend

    return backend


@pytest.mark.parametrize("name", NAMES)
def test_kinds_of_dtypes_are_those_of_keras(theirs, name):
    ours = lamina.backend
    assert ours.is_float_dtype(name) == theirs.is_float_dtype(name)
    assert ours.is_int_dtype(name) == theirs.is_int_dtype(name)
    assert ours.standardize_dtype(name) == theirs.standardize_dtype(name) == name


@pytest.mark.parametrize("given", [None, bool, int, float, np.float32, np.dtype("int16"), np.uint8])
def test_dtypes_are_named_however_they_are_given(theirs, given):
    assert lamina.backend.standardize_dtype(given) == theirs.standardize_dtype(given)


@pytest.mark.parametrize("given", ["flaot32", "", object])
def test_unknown_dtypes_are_refused(given):
    with pytest.raises(ValueError, match="dtype"):
        lamina.backend.standardize_dtype(given)


@pytest.mark.parametrize("first", [*NARROW, int, float, bool, None])
def test_result_types_are_those_of_keras(theirs, first):
    for second in (*NARROW, int, float):
        expected = theirs.result_type(first, second)
        ours = lamina.backend.result_type(first, second)
        assert NARROWED.get(ours, ours) == expected, second
    assert lamina.backend.result_type(first) == theirs.result_type(first)


def test_nothing_at_all_gives_floatx():
    assert lamina.backend.result_type() == "float32"


def test_pythons_names_are_dtypes_too():
    assert lamina.backend.standardize_dtype("int") == "int32"
    assert lamina.backend.standardize_dtype("float") == "float32"


def test_symbolic_tensors_are_recognized():
    x = lamina.Input((3,))
    assert lamina.backend.is_keras_tensor(x) and lamina.backend.is_keras_tensor(x + 1)
    for other in (np.ones(3), lamina.Variable([1.0]), 3, None):
        assert not lamina.backend.is_keras_tensor(other)


def test_uids_count_per_prefix_until_the_session_is_cleared():
    lamina.backend.clear_session()
    calls = itertools.chain.from_iterable(["ab", "aab"])
    assert [lamina.backend.get_uid(prefix) for prefix in calls] == [1, 1, 2, 3, 2]
    lamina.backend.clear_session()
    assert lamina.backend.get_uid("a") == 1
