"""Windows on JAX, which a processor computes in forms of our own: each transformation sees what XLA's own gives."""

import itertools

import jax
import numpy as np
import pytest
from jax import lax

from lamina.engine.jax import ENGINE, convolution, pooling

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
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5 * abs(expected).max())


def _cubes(fn):
    """A function with second derivatives, of one that has none."""
    return lambda *values: (fn(*values) ** 3).sum()


# Channels, kernel, groups: each form of a convolution.
CONVOLUTIONS = {
    "one product": (3, (2, 3, 3, 4), 1),
    "points": (9, (1, 1, 9, 5), 1),
    "depthwise": (3, (2, 3, 1, 6), 3),
    "groups": (4, (2, 2, 2, 6), 2),
    "plain": (9, (2, 3, 9, 4), 1),
}

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


@pytest.mark.parametrize(
    ("transform", "by_kernel"),
    [*itertools.product(TRANSFORMS, [False, True])][:-1],  # a kernel has no axis of samples
)
@pytest.mark.parametrize("form", CONVOLUTIONS)
def test_convolutions_are_xla_s_own_under_every_transformation(form, by_kernel, transform):
    channels, shape, groups = CONVOLUTIONS[form]
    draw = np.random.default_rng(0).normal
    x = draw(size=(2, 5, 6, channels)).astype("float32")
    kernel = draw(size=shape).astype("float32")
    how = (2, 1), [(1, 0), (1, 1)], (1, 2), groups

    def by(conv):
        return (lambda w: conv(x, w, *how)) if by_kernel else (lambda x: conv(x, kernel, *how))

    values = kernel if by_kernel else x
    _same(TRANSFORMS[transform], by(ENGINE.conv), by(convolution.by_xla), values)


@pytest.mark.parametrize("form", CONVOLUTIONS)
def test_convolutions_of_halves_are_summed_in_single(form):
    channels, shape, groups = CONVOLUTIONS[form]
    x = np.full((1, 5, 6, channels), 1.0, "float32")
    kernel = np.full(shape, 1.0 / 256, "float32")
    kernel[0, 0, 0] = 1.0  # to which a half would add nothing, one by one
    halves = (ENGINE.asarray(values, "bfloat16") for values in (x, kernel))
    how = (1, 1), [(0, 0), (0, 0)], (1, 1), groups
    y = ENGINE.conv(*halves, *how)
    expected = convolution.by_xla(x, kernel, *how)
    assert ENGINE.dtype(y) == "bfloat16"
    np.testing.assert_allclose(np.asarray(y, "float32"), expected, rtol=2.0**-8)
