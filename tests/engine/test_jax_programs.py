"""What becomes of an op in a program of JAX: forms that XLA computes slowly are not in it."""

import jax
import jax.extend.core
import numpy as np
import pytest

from lamina import ops
from lamina.config import using_backend
from lamina.engine.jax import ENGINE, convolution


def equations(name, fn, *values):
    """Those of the primitive `name` in the program of `fn`, loops and branches included."""

    def walk(jaxpr):
        for equation in jaxpr.eqns:
            if equation.primitive.name == name:
                yield equation
            for inner in jax.extend.core.jaxprs_in_params(equation.params):
                yield from walk(inner)

    with using_backend("jax"):
        return [*walk(jax.make_jaxpr(fn)(*values).jaxpr)]


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

    counts = [
        len(equations(name, jax.grad(objective), np.ones((3, 8), "float32")))
        for name in ("concatenate", "pad")
    ]
    assert counts == [1, 0]


def lstm(x, kernel, recurrent, bias, h, c):
    weights = [kernel.T, recurrent.T, bias, 0 * bias]
    outputs, (_, last) = ENGINE.overrides["lstm"](x, [h[None], c[None]], weights)
    return outputs, last[0]


def step_by_step(x, kernel, recurrent, bias, h, c):
    outputs = []
    for row in x:
        i, f, g, o = jax.numpy.split(row @ kernel + h @ recurrent + bias, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jax.numpy.tanh(g)
        outputs.append(h := jax.nn.sigmoid(o) * jax.numpy.tanh(c))
    return jax.numpy.stack(outputs), c


SHAPES = ((4, 3, 2), (2, 12), (3, 12), (12,), (3, 3), (3, 3))  # of the six arguments
VALUES = [np.random.default_rng(i).normal(size=n).astype("float32") for i, n in enumerate(SHAPES)]


def cubes(fn):
    """A number that depends on all results, and has second derivatives."""
    return lambda *values: sum((y**3).sum() for y in fn(*values))


def slopes(fn):
    return jax.grad(cubes(fn), argnums=range(6))


TRANSFORMS = {
    "value": lambda fn: fn(*VALUES),
    "forward": lambda fn: jax.jvp(fn, VALUES, VALUES),
    "backward": lambda fn: slopes(fn)(*VALUES),
    "forward over backward": lambda fn: jax.jvp(slopes(fn), VALUES, VALUES),
    "backward over backward": lambda fn: slopes(lambda *values: slopes(fn)(*values))(*VALUES),
    "one by one": lambda fn: jax.vmap(slopes(fn), (2, None, None, None, 1, 1))(
        VALUES[0][..., None, :].repeat(2, 2),
        *VALUES[1:4],
        *(v[:, None].repeat(2, 1) for v in VALUES[4:]),
    ),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_an_lstm_is_its_steps_under_every_transformation(transform):
    results = (jax.tree.leaves(TRANSFORMS[transform](fn)) for fn in (lstm, step_by_step))
    for result, expected in zip(*results, strict=True):
        scale = abs(expected).max()
        np.testing.assert_allclose(result / scale, expected / scale, rtol=1e-4, atol=1e-5)


def test_loops_of_an_lstm_s_gradient_carry_the_states_only():
    """A kernel's gradient is one product behind the loop, not added up in each step."""
    loops = equations("scan", slopes(lstm), *VALUES)
    assert len(loops) == 2
    for loop in loops:
        count = loop.params["num_carry"]
        carried = {tuple(x.aval.shape) for x in loop.outvars[:count]}
        assert carried <= {(), (3, 3)}


def test_what_a_convolution_takes_in_is_computed_once():
    """For the kernel's gradient it is transposed; what made it is not computed again in that order."""
    x, kernel = np.ones((2, 8, 8, 16), "float32"), np.ones((3, 3, 16, 16), "float32")

    def objective(kernel, x):
        y = jax.nn.relu(x * 3 + 1)
        return (ENGINE.conv(y, kernel, (1, 1), [(1, 1), (1, 1)], (1, 1), 1) ** 2).sum()

    text = jax.jit(jax.grad(objective, (0, 1))).lower(kernel, x).compile().as_text()
    fusions = [part for part in text.split("\n\n") if " transpose(" in part]
    assert fusions
    assert not [fusion for fusion in fusions if " maximum(" in fusion]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("first", [0.0, -0.0, 1.0, np.inf, np.nan])
def test_no_convolution_changes_by_its_kernel_s_first_number(first, dtype):
    """It hides from XLA that what is taken in is divided by 1."""
    x = np.random.default_rng(0).normal(size=(1, 4, 4, 16)).astype("float32")
    kernel = np.random.default_rng(1).normal(size=(3, 3, 16, 8)).astype("float32")
    kernel[0, 0, 0, 0] = first
    how = (1, 1), [(1, 1), (1, 1)], (1, 1), 1
    x, kernel = (jax.numpy.asarray(v, dtype) for v in (x, kernel))
    y, plain = (
        jax.jit(lambda x, kernel, conv=conv: conv(x, kernel, *how))(x, kernel)
        for conv in (ENGINE.conv, convolution.by_xla)
    )
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.astype("float32"), plain.astype("float32"))
