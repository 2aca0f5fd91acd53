"""Every op beside `keras.ops`: values, and dtypes over pairs of dtypes."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import jax
import keras
import numpy as np
import pytest

import lamina
from lamina.core import dtypes
from lamina.core.symbolic import KerasTensor
from tests.ops.drawing import words
from tests.ops.rows import (
    ALONE,
    CASES,
    PAIRS,
    TABLE,
    TOLERANCE,
    WITHOUT_NUMBERS,
    WITHOUT_ORACLE,
    WITHOUT_SYMBOLIC,
    namespace,
)
from tests.ops.together import results


def test_every_op_has_an_oracle():
    assert set(TABLE) | WITHOUT_SYMBOLIC == set(CASES) | WITHOUT_ORACLE


# Half-size floats agree to a few units in their last place, or in that of 1: what was summed is of its size.
LEAST = {"float16": 2e-3, "bfloat16": 1.6e-2}


@functools.cache
def their_values(name: str) -> list[list[np.ndarray]]:
    """What Keras gives for each of an op's cases; once for all engines."""
    found = results(getattr(namespace(name, keras.ops), name), CASES[name])
    return [[keras.ops.convert_to_numpy(x) for x in values] for values in found]


@pytest.mark.parametrize("name", CASES)
def test_values_and_dtypes_agree(name, engine):
    """On JAX within one program; operation by operation they run in `test_drawn_ops.py`."""
    op = getattr(namespace(name, lamina.ops), name)
    found = results(op, CASES[name], together=engine.name == "jax")
    for case, values, expected in zip(CASES[name], found, their_values(name), strict=True):
        for ours, theirs in zip(values, expected, strict=True):
            ours = np.asarray(lamina.ops.convert_to_numpy(ours))
            assert ours.dtype == theirs.dtype, case
            assert ours.shape == theirs.shape
            least = LEAST.get(ours.dtype.name, 0)
            tolerance = max(TOLERANCE.get(name, 1e-5), least)
            wide = "complex128" if np.iscomplexobj(theirs) else "float64"
            ours, theirs = ours.astype(wide), theirs.astype(wide)
            np.testing.assert_allclose(
                ours, theirs, rtol=tolerance, atol=max(0.2 * tolerance, least)
            )


DTYPES = words("bool uint8 uint16 uint32 int8 int16 int32 bfloat16 float16 float32")


def their_dtype(op: Any, *given: Any) -> str:
    """The dtype of Keras' result, found abstractly; Python numbers stay numbers."""
    arrays = [jax.ShapeDtypeStruct((2, 2), d) for d in given if isinstance(d, str)]

    def run(*xs: Any) -> Any:
        left = iter(xs)
        return op(*[next(left) if isinstance(d, str) else d for d in given])

    return str(jax.eval_shape(run, *arrays).dtype)


def our_dtype(op: Any, *given: Any) -> str:
    return op(*[KerasTensor((2, 2), d) if isinstance(d, str) else d for d in given]).dtype


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_pairs_of_dtypes_agree(name):
    theirs, ours = (getattr(namespace(name, each.ops), name) for each in (keras, lamina))
    numbers = [] if name in WITHOUT_NUMBERS else [2, 0.5]
    wrong = []
    for pair in itertools.product([*DTYPES, *numbers], repeat=2):
        if not any(isinstance(d, str) for d in pair):
            continue
        try:
            expected = their_dtype(theirs, *pair)
        except Exception:
            continue  # not defined there: booleans that are subtracted, say
        found = our_dtype(ours, *pair)
        if found != expected:
            wrong.append((pair, found, expected))
    assert not wrong


@pytest.mark.parametrize("name", sorted(ALONE))
def test_dtypes_of_one_tensor_agree(name):
    wrong = []
    for dtype in DTYPES:
        try:
            expected = their_dtype(getattr(keras.ops, name), dtype)
        except Exception:
            continue
        found = our_dtype(getattr(lamina.ops, name), dtype)
        if found != expected:
            wrong.append((dtype, found, expected))
    assert not wrong


def test_the_promotion_table_is_keras_own():
    for one, other in itertools.product([*DTYPES, "int", "float"], repeat=2):
        names = {"int": int, "float": float}
        expected = keras.src.backend.result_type(names.get(one, one), names.get(other, other))
        found = dtypes.result_type(one, other)
        assert {"int64": "int32"}.get(found, found) == expected  # JAX's 64-bit types are off
