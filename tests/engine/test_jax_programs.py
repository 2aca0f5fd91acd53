"""What becomes of an op in a program of JAX: forms that XLA computes slowly are not in it."""

from collections import Counter

import jax
import jax.extend.core
import numpy as np
import pytest

from lamina import ops
from lamina.config import using_backend


def primitives(fn, *values):
    """How many of each there are in the program of `fn`, loops and branches included."""

    def count(jaxpr):
        for equation in jaxpr.eqns:
            counts[equation.primitive.name] += 1
            for inner in jax.extend.core.jaxprs_in_params(equation.params):
                count(inner)

    counts = Counter()
    with using_backend("jax"):
        count(jax.make_jaxpr(fn)(*values).jaxpr)
    return counts


CUTS = {
    "split": lambda x: ops.split(x, 4, -1),
    "split at": lambda x: ops.split(x, [2, 3], -1),
    "array_split": lambda x: ops.array_split(x, 3, 1),
    "unstack": lambda x: ops.unstack(x, axis=1),
}


@pytest.mark.parametrize("cut", CUTS)
def test_the_gradient_of_all_parts_is_one_concatenation(cut):
    """A pad for each part, and their sum, took 2 ms of the 10 of an LSTM's step."""

    def objective(x):
        return sum((part**2).sum() * i for i, part in enumerate(CUTS[cut](x)))

    counts = primitives(jax.grad(objective), np.ones((3, 8), "float32"))
    assert counts["concatenate"] == 1
    assert counts["pad"] == 0
