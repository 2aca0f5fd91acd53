"""One table of promotion for every engine: that of `jax.numpy` and of Keras."""

from __future__ import annotations

import itertools

import jax
import keras
import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.core import dtypes
from tests.layers.checks import raises_with

WEAK = ("int", "float")
NAMED = dtypes.ALL
PYTHON = {"int": int, "float": float}


def _narrow(name):
    return "complex64" if name.startswith("complex") else name.replace("64", "32")


@pytest.mark.parametrize("one", [*NAMED, *WEAK])
def test_the_table_is_that_of_keras(one):
    for other in (*NAMED, *WEAK):
        theirs = keras.backend.result_type(PYTHON.get(one, one), PYTHON.get(other, other))
        # Keras on JAX narrows all 64-bit results; the rest of the table is one.
        found = dtypes.result_type(one, other)
        assert _narrow(found) == theirs, (one, other)


@pytest.mark.parametrize("one", NAMED)
def test_the_table_is_that_of_jax_with_64_bits(one):
    with jax.enable_x64(True):
        for other in NAMED:
            theirs = jax.numpy.promote_types(one, other).name
            if (
                {one, other} & {"int64", "uint64"}
                and theirs == "float64" != one
                and other != theirs
            ):
                theirs = "float32"  # a weak float there, which is `floatx` here
            assert dtypes.result_type(one, other) == theirs, (one, other)


def test_promotion_is_commutative_associative_and_idempotent():
    for a, b, c in itertools.product(
        ("bool", "uint8", "int8", "int64", "bfloat16", "float16", "float", "complex64"), repeat=3
    ):
        assert dtypes.result_type(a, b) == dtypes.result_type(b, a)
        assert dtypes.result_type(a, b, c) == dtypes.result_type(c, b, a)
    for name in NAMED:
        assert dtypes.result_type(name) == dtypes.result_type(name, name) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [*itertools.combinations(("bool", "uint8", "int32", "float16", "bfloat16", "float32"), 2)],
)
def test_ops_promote_by_the_table(one, other, engine):
    x, y = ops.cast([[1, 2]], one), ops.cast([[3, 4]], other)
    assert engine.dtype(ops.add(x, y)) == dtypes.result_type(one, other)
    assert engine.dtype(ops.divide(x, y)) == dtypes.result_type(one, other, "float")


def test_python_scalars_are_weak(engine):
    for name, expected in (
        ("float16", "float16"),
        ("bfloat16", "bfloat16"),
        ("int8", "float32"),
        ("bool", "float32"),
    ):
        assert engine.dtype(ops.add(ops.cast([1], name), 2.0)) == expected
    for name in ("uint8", "int8", "float16"):
        assert engine.dtype(ops.add(ops.cast([1], name), 2)) == name
        assert engine.dtype(ops.add(2, ops.cast([1], name))) == name
    assert engine.dtype(ops.add(ops.cast([1], "bool"), 2)) == "int32"
    assert engine.dtype(ops.add(1, 2)) == "int32" and engine.dtype(ops.add(1, 2.5)) == "float32"
    assert engine.dtype(ops.add(True, 2)) == "int32"


def test_floatx_is_what_weak_floats_become():
    lamina.config.set_floatx("float16")
    try:
        assert dtypes.result_type("int32", "float") == "float16"
        assert dtypes.standardize(None) == dtypes.standardize(float) == "float16"
    finally:
        lamina.config.set_floatx("float32")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("int8", "int8"),
        (np.float16, "float16"),
        (np.dtype("uint16"), "uint16"),
        (bool, "bool"),
        (int, "int32"),
        (float, "float32"),
        (None, "float32"),
    ],
)
def test_every_spelling_of_a_dtype(given, name):
    assert dtypes.standardize(given) == name


def test_dtypes_of_engines():
    import jax.numpy as jnp
    import torch

    assert dtypes.standardize(torch.bfloat16) == "bfloat16" == dtypes.standardize(jnp.bfloat16)
    assert dtypes.standardize(torch.float32) == "float32" == dtypes.standardize(jnp.zeros(1).dtype)


@pytest.mark.parametrize("wrong", ["float31", "complex", object(), "str"])
def test_unknown_dtypes_are_refused(wrong):
    with raises_with(ValueError, "Unknown dtype", "float32"):
        dtypes.standardize(wrong)
