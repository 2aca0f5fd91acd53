"""One seed, one sequence of draws."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

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


@pytest.mark.parametrize("drawn_before", [0, 1, 7])
def test_a_position_can_be_gone_back_to(engine, drawn_before):
    lamina.utils.set_random_seed(5)
    for _ in range(drawn_before):
        lamina.random.normal((1,))
        seeds.next_stream()
    here = seeds.Position(*seeds.position())  # by its plain numbers
    later = draws()[2:]
    seeds.set_position(here)
    assert draws()[2:] == later
    lamina.utils.set_random_seed(0)  # as if it were another process
    seeds.set_position(here)
    assert draws()[2:] == later


def test_the_numbers_of_a_position_are_plain():
    lamina.utils.set_random_seed(5)
    assert seeds.position() == (5, 0, None)
    lamina.random.normal((1,))
    seed, stream, key = seeds.position()
    assert (seed, stream) == (5, 1) and key[1] == 1
    assert {type(n) for n in (seed, stream, *key)} == {int}


@pytest.mark.parametrize("wrong", [(-1, 0), (0, 1.0), (0, 0, (1, -1)), ("1", 0)])
def test_wrong_positions(wrong):
    before = seeds.position()
    with raises_with(ValueError, "non-negative integers", repr(wrong)):
        seeds.set_position(wrong)
    assert seeds.position() == before


@pytest.mark.parametrize("block", [1, 3])
def test_a_run_goes_on_from_the_numbers_of_its_cursor(block):
    def rest(cursor, stop_at=None):
        """The batches of 2 that a run of 3 epochs still takes, up to one of its steps."""
        batches = []
        while cursor.epoch < 3:
            order = cursor.order(11, block)
            for step in range(cursor.step, 5):
                if stop_at == (cursor.epoch, step):
                    return batches
                batches.append(order[2 * step : 2 * step + 2].tolist())
                cursor.step += 1
                seeds.next_stream()  # a callback draws, too: the orders do not depend on it
            cursor.next_epoch()
        return batches

    lamina.utils.set_random_seed(1)
    whole = rest(seeds.Cursor.begin())
    for done in range(15):
        lamina.utils.set_random_seed(1)
        cursor = seeds.Cursor.begin()
        before = rest(cursor, divmod(done, 5))
        saved = dict(vars(cursor))
        lamina.utils.set_random_seed(2)
        assert before + rest(seeds.Cursor(**saved)) == whole


def test_orders_are_permutations_that_differ_by_seed_stream_and_epoch():
    orders = [seeds.order(s, n, e, 50) for s in (0, 1) for n in (0, 1) for e in (0, 1)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 8
    assert orders[0].dtype == np.int32


def test_blocks_stay_together_and_what_is_left_stays_last():
    order = seeds.order(0, 0, 0, 14, block=4)
    starts = order[:12:4]
    assert sorted(starts) == [0, 4, 8] and order[12:].tolist() == [12, 13]
    assert (order[:12].reshape(3, 4) == starts[:, None] + np.arange(4)).all()


def test_threads_draw_different_streams():
    taken = []
    with ThreadPoolExecutor(8) as pool:
        for keys in pool.map(lambda _: [seeds.next_stream() for _ in range(200)], range(8)):
            taken += keys
    assert len(set(taken)) == 1600
