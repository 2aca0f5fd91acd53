"""Programs of training on JAX whose convolutions are spread over cores: for which batches, and what they compute."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina.engine.jax import ENGINE, spread

KERNEL = np.random.default_rng(0).normal(size=(3, 3, 32, 32)).astype("float32")


def pictures(rows):
    return np.random.default_rng(1).normal(size=(rows, 8, 8, 32)).astype("float32")


def loss(kernel, x):
    return (ENGINE.conv(x, kernel, (1, 1), [(1, 1), (1, 1)], (1, 1), 1) ** 3).sum()


def step(kernel, batch):
    value, slope = jax.value_and_grad(loss)(kernel, batch[0])
    return kernel - 1e-6 * slope, value


@pytest.fixture
def options(monkeypatch):
    """What programs are compiled with, in the order in which that is asked for."""
    seen = []

    def jit(fn, options=None):
        seen.append("xla_cpu_experimental_ynn_fusion_type" in (options or {}))
        return jax.jit(fn)

    monkeypatch.setattr(spread, "jit", jit)
    monkeypatch.setattr(spread, "_has_options", lambda: True)
    return seen


@pytest.mark.parametrize(
    ("shape", "axis", "is_spread"),
    [
        ((8, 8, 8, 3), 0, True),
        ((7, 8, 8, 3), 0, False),
        ((64, 100, 32), 0, False),
        ((2, 8, 8, 8, 3), 1, True),
        ((8, 2, 8, 8, 3), 1, False),
    ],
)
def test_the_batch_s_shape_decides_alone(options, shape, axis, is_spread):
    program = spread.jit_by_batch(lambda state, batch: batch[0].sum(), axis)
    program(0, (np.ones(shape, "float32"), np.ones(shape[:1], "float32")))
    program(0, (np.ones((2, 2), "float32"),))
    assert options == ([False, True, False] if is_spread else [False, False])


def test_a_program_within_a_trace_has_no_options_of_its_own():
    """JAX refuses them there."""
    program = spread.jit_by_batch(step)
    _, value = jax.jit(program)(KERNEL, (pictures(8),))
    np.testing.assert_allclose(value, loss(KERNEL, pictures(8)), rtol=1e-3)


@pytest.mark.parametrize("rows", [3, 16])
def test_a_spread_program_computes_what_a_plain_one_does_and_the_same_each_time(rows):
    runs = [spread.jit_by_batch(step)(KERNEL, (pictures(rows),)) for _ in range(2)]
    for result, again, expected in zip(*runs, step(KERNEL, (pictures(rows),)), strict=True):
        np.testing.assert_array_equal(result, again)
        np.testing.assert_allclose(result, expected, rtol=1e-3, atol=1e-4)


def test_no_convolution_of_a_spread_program_runs_on_one_core():
    """What XLA hands to YNNPACK does."""
    if not spread.are_known():
        pytest.skip("this version of XLA has no such choice")
    lowered = jax.jit(jax.grad(lambda k, x: loss(k, jnp.sin(x)))).lower(KERNEL, pictures(16))
    assert "ynn_fusion" not in str(lowered.compile(compiler_options=spread._SPREAD).as_text())


def test_a_version_of_xla_without_the_options_does_without(monkeypatch):
    monkeypatch.setattr(spread, "_SPREAD", {"xla_cpu_of_tomorrow": "1"})
    monkeypatch.setattr(spread, "are_known", spread.are_known.__wrapped__)
    _, value = jax.tree.leaves(spread.jit_by_batch(step)(KERNEL, (pictures(8),)))
    np.testing.assert_allclose(value, loss(KERNEL, pictures(8)), rtol=1e-3)
