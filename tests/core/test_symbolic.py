"""Symbolic tensors where a value is needed: each way says what was given, and what to do instead."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import tensorflow as tf
import torch

from lamina import config, ops
from lamina.core.function import Function
from lamina.core.symbolic import KerasTensor

NEED_VALUES = {
    "numpy.exp": np.exp,
    "numpy.sum": np.sum,
    "numpy.concatenate": lambda x: np.concatenate([x, x]),
    "numpy.norm": np.linalg.norm,
    "NumPy array": np.asarray,
    "NumPy array ": lambda x: np.array([x, x]),
    "numpy.add": lambda x: np.add(x, x, out=np.ones(3)),
    "function of JAX": jnp.sum,
    "function of JAX ": lambda x: jnp.concatenate([x, x]),
    "function of JAX  ": lambda x: jnp.ones(3) + x,
    "torch.sum": torch.sum,
    "torch.cat": lambda x: torch.cat([x, x]),
    "torch.relu": torch.nn.functional.relu,
    "function of TensorFlow": tf.reduce_sum,
    "function of TensorFlow ": lambda x: tf.concat([x, x], 1),
    "`if`": lambda x: 1 if ops.sum(x) > 0 else 0,
    "`assert`": lambda x: max(x, x),
    "number": float,
    "number ": int,
    "number  ": range,
    "loop": list,
    "unpacking": lambda x: (lambda a, b: a)(*x),
    "`in`": lambda x: 3 in x,
    "`len`": len,
}


@pytest.mark.parametrize("way", NEED_VALUES)
def test_what_needs_a_value_says_so(way):
    with pytest.raises((TypeError, ValueError)) as caught:
        NEED_VALUES[way](KerasTensor((None, 3), name="x"))
    text = str(caught.value)
    for part in (way.strip(), "<KerasTensor shape=(", "lamina.ops", "`call`"):
        assert part in text
    assert "no value before the model runs" in text


@pytest.mark.parametrize("name", ["mean", "T", "numpy", "astype", "size"])
def test_attributes_of_arrays_are_answered_with_ops(name):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'.*lamina\.ops"):
        getattr(KerasTensor((None, 3)), name)
    assert not hasattr(KerasTensor((None, 3)), name)


def test_a_length_that_is_known():
    assert len(KerasTensor((5, None))) == 5


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "@": lambda a, b: a @ b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "!=": lambda a, b: a != b,
}


# TensorFlow converts both sides of a comparison without asking the right one.
@pytest.mark.parametrize(
    ("library", "operator"),
    [
        *((library, operator) for library in ("numpy", "torch") for operator in OPERATORS),
        *(("tensorflow", operator) for operator in list(OPERATORS)[:8]),
    ],
)
def test_an_array_on_the_left_of_an_operator(library, operator):
    """`array - x` is the op on both, in this order."""

    array = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    left = {"numpy": np.asarray, "torch": torch.from_numpy, "tensorflow": tf.constant}[library]
    value = np.array([[2.0, 5.0], [7.0, 1.5]], "float32")
    apply = OPERATORS[operator]
    with config.using_backend("jax" if library == "numpy" else library):
        x = KerasTensor((2, 2))
        y = apply(left(array), x)
        result = ops.convert_to_numpy(Function(x, y)(value))
    np.testing.assert_allclose(result, apply(array, value), rtol=1e-5)
