"""Every layer of the table on `mlx`: what it gives is what JAX gives; its gradients are those on PyTorch.

PyTorch's cost no compiling; that they are JAX's is held elsewhere.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.core import tree
from lamina.engine import current
from tests.layers.case import Case, apply
from tests.layers.cases import CASES
from tests.layers.checks import draw

pytest.importorskip("mlx.core", reason="MLX is there for macOS and Linux only")
EACH = pytest.mark.parametrize("number", [pytest.param(i, id=str(c)) for i, c in enumerate(CASES)])


@functools.cache
def layer_of(number: int) -> lamina.Layer:
    lamina.utils.set_random_seed(1)
    return CASES[number].layer(lamina.layers)


def assert_close(found: list[np.ndarray], expected: list[np.ndarray], case: Case) -> None:
    for one, other in zip(found, expected, strict=True):
        tolerance = case.tolerance * max(1.0, np.abs(other).max(initial=0))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=tolerance)


@EACH
def test_a_layer_gives_what_it_gives_on_jax(number):
    def outputs(engine):
        with current.using(engine):
            found = apply(layer_of(number), CASES[number].inputs())
            return [*map(ops.convert_to_numpy, tree.flatten(found))]

    assert_close(outputs("mlx"), outputs("jax"), CASES[number])


@EACH
def test_a_layer_has_the_gradients_that_it_has_on_torch(number):
    """Of a weighted sum of what it gives, by its weights and by its inputs."""
    layer, case = layer_of(number), CASES[number]
    apply(layer, case.inputs())  # builds it
    given = tree.flatten(case.inputs())

    def gradients(engine):
        with current.using(engine):
            e, variables = current.engine(), layer.trainable_variables

            def loss(values):
                bound = values[: len(variables)]
                inputs = values[len(variables) :] or list(map(e.asarray, given))
                with lamina.StatelessScope(zip(variables, bound, strict=True)):
                    found = tree.flatten(apply(layer, inputs if case.several else inputs[0]))
                factors = (draw(tuple(x.shape), 3 + i) for i, x in enumerate(found))
                floats = (ops.cast(x, "float32") for x in found)
                terms = map(ops.sum, map(ops.multiply, floats, factors))
                return functools.reduce(ops.add, terms), None

            by_inputs = [] if case.integers else list(map(e.asarray, given))
            values = [v.value for v in variables] + by_inputs
            return [*map(e.to_numpy, e.value_and_grad(loss)(values)[1])]

    assert_close(gradients("mlx"), gradients("torch"), case)
