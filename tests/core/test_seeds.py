"""One seed, one sequence of draws."""

from __future__ import annotations

import random

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import seeds
from tests.layers.checks import raises_with


def draws():
    generator = lamina.random.SeedGenerator()
    return [
        random.random(),
        float(np.random.rand()),
        seeds.host_generator().random(3).tolist(),
        ops.convert_to_numpy(layers.Dense(3, input_dim=2)(np.ones((1, 2), "float32"))).tolist(),
        ops.convert_to_numpy(lamina.random.normal((3,))).tolist(),
        ops.convert_to_numpy(lamina.random.uniform((3,), seed=generator)).tolist(),
    ]


def test_the_same_seed_gives_the_same_draws_of_every_kind(engine):
    lamina.utils.set_random_seed(3)
    first = draws()
    more = draws()
    lamina.utils.set_random_seed(3)
    assert draws() == first and draws() == more and first != more
    lamina.utils.set_random_seed(4)
    assert draws() != first


def test_host_draws_are_equal_on_every_engine():
    found = []
    for name in ("jax", "torch", "tensorflow", "numpy"):
        with lamina.config.using_backend(name):
            lamina.utils.set_random_seed(9)
            found.append(
                [
                    seeds.host_generator().random(4).tolist(),
                    ops.convert_to_numpy(layers.Embedding(5, 3)(np.array([1]))).tolist(),
                ]
            )
    assert found[0] == found[1] == found[2]


def test_streams_do_not_meet():
    lamina.utils.set_random_seed(0)
    keys = {seeds.next_stream() for _ in range(100)}
    assert len(keys) == 100
    assert seeds.host_generator(0).random() != seeds.host_generator().random()
    assert seeds.host_generator(5).random() == seeds.host_generator(5).random()


@pytest.mark.parametrize("wrong", [-1, 2**32, 1.5, "1", None, True])
def test_wrong_seeds(wrong):
    with raises_with(ValueError, "`seed`", repr(wrong)):
        lamina.utils.set_random_seed(wrong)
    if wrong is not None and wrong != 2**32:
        with raises_with(ValueError, "`seed`"):
            lamina.random.SeedGenerator(wrong)


def test_a_generator_counts_and_its_count_is_state(engine):
    generator = lamina.random.SeedGenerator(1)
    keys = [ops.convert_to_numpy(generator.next()).tolist() for _ in range(3)]
    assert keys == [[1, 0], [1, 1], [1, 2]]
    assert generator.state.numpy().tolist() == [1, 3] and not generator.state.trainable
    assert lamina.random.SeedGenerator.from_config(generator.get_config()).seed == 1


def test_an_integer_seed_draws_the_same_each_time(engine):
    one, other = (ops.convert_to_numpy(lamina.random.normal((4,), seed=3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert np.any(one != ops.convert_to_numpy(lamina.random.normal((4,), seed=4)))


def test_keys_are_no_weights_but_variables():
    layer = layers.Dropout(0.5)
    assert layer.weights == [] and len(layer.variables) == 1
