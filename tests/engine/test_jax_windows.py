"""Windows on JAX, which a processor computes in forms of our own: each transformation sees what XLA's own gives."""

import jax
import numpy as np
import pytest
from jax import lax

from lamina.engine.jax import ENGINE, pooling

POOLS = {
    "side by side": ((2, 2), (2, 2), [(0, 0), (0, 0)]),
    "overlapping": ((3, 2), (2, 1), [(1, 1), (0, 1)]),
    "apart": ((1, 2), (2, 3), [(0, 0), (1, 0)]),
}
# What XLA's own pools are called with beyond that.
OWN = {"max_pool": (-np.inf, lax.max), "sum_pool": (0, lax.add)}


def _same(transform, ours, theirs, *values):
    for result, expected in zip(
        *(jax.tree.leaves(transform(fn)(*values)) for fn in (ours, theirs)), strict=True
    ):
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


def _cubes(fn):
    """A function with second derivatives, of one that has none."""
    return lambda *values: (fn(*values) ** 3).sum()


TRANSFORMS = {
    "value": lambda fn: fn,
    "forward": lambda fn: lambda x: jax.jvp(fn, (x,), (x[::-1],)),
    "backward": lambda fn: jax.grad(_cubes(fn)),
    "forward over backward": lambda fn: lambda x: jax.jvp(jax.grad(_cubes(fn)), (x,), (x[::-1],)),
    "backward over backward": lambda fn: jax.grad(lambda x: (jax.grad(_cubes(fn))(x) ** 2).sum()),
    "one by one": lambda fn: lambda x: jax.vmap(jax.grad(_cubes(fn)))(x[:, None]),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("kind", OWN)
def test_pools_are_xla_s_own_under_every_transformation(kind, pool, transform):
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype("float32")
    how = POOLS[pool]
    _same(
        TRANSFORMS[transform],
        lambda x: getattr(ENGINE, kind)(x, *how),
        lambda x: pooling.by_windows(x, *how, *OWN[kind]),
        x,
    )
