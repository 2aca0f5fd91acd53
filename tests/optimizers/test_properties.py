"""What every optimizer owes, as optax asks of its own: one table, every engine."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import optimizers
from lamina.core import registry
from tests.training.nets import draw, labels, mlp

PLAIN = sorted(
    set(registry.shelves["optimizers"].objects)
    - {"LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}
)
# Steps of a size that suits a quadratic whose solution is about 1 away.
RATES = {"Adadelta": 20.0, "Adagrad": 1.0, "Ftrl": 3.0, "SGD": 0.2, "Adafactor": 0.5, "Lamb": 0.05}
ALL = {name: (lambda name=name, **kw: _make(name, **kw)) for name in PLAIN} | {
    "LossScaleOptimizer": lambda: optimizers.LossScaleOptimizer(_make("SGD", momentum=0.5), 4.0),
    "MultiOptimizer": lambda: optimizers.MultiOptimizer(
        optimizers.OptimizerMap(_make("SGD"), {"v1": _make("Adam")})
    ),
    "accumulating": lambda: _make("Adam", gradient_accumulation_steps=2),
    "averaging": lambda: _make("SGD", momentum=0.5, use_ema=True, ema_overwrite_frequency=3),
    "scheduled": lambda: optimizers.Adam(optimizers.schedules.CosineDecay(0.2, 400)),
}
EVERY = pytest.mark.parametrize("make", ALL.values(), ids=ALL)


def _make(name, **options):
    no_decay = {"weight_decay": 0.0} if name in ("AdamW", "Muon") else {}
    no_decay |= {"adam_weight_decay": 0.0} if name == "Muon" else {}
    return getattr(optimizers, name)(RATES.get(name, 0.1), **no_decay, **options)


def _problem(dtype="float32"):
    rng = np.random.default_rng(0)
    start = [rng.normal(size=shape) for shape in ((3, 4), (4,))]
    variables = [lamina.Variable(x, dtype=dtype, name=f"v{i}") for i, x in enumerate(start)]
    return variables, [rng.normal(size=x.shape).astype("float32") for x in start]


def _compiled(engine, optimizer, variables, targets):
    """A step on values: gradients of the squared distance, and what it makes of all state."""
    optimizer.build(variables)
    wanted = [engine.asarray(t, v.dtype) for t, v in zip(targets, variables, strict=True)]
    traces = []

    def step(state, values):
        traces.append(1)
        scale = float(optimizer.initial_scale) if hasattr(optimizer, "initial_scale") else 1.0
        grads = [(x - t) * scale for x, t in zip(values, wanted, strict=True)]
        values, state = optimizer.stateless_apply(state, grads, values)
        return state, values

    return engine.compile(step), traces


def _state(optimizer, variables):
    return [v.value for v in optimizer.variables], [v.value for v in variables]


@EVERY
def test_it_converges_on_a_quadratic(engine, make):
    variables, targets = _problem()
    optimizer = make()
    if hasattr(optimizer, "initial_scale"):  # it does not grow, so the test's gradients fit
        optimizer.dynamic_growth_steps = 10**6
    step, _ = _compiled(engine, optimizer, variables, targets)
    state, values = _state(optimizer, variables)

    def distance():
        pairs = zip(values, targets, strict=True)
        return sum(float(np.sum((engine.to_numpy(x) - t) ** 2)) for x, t in pairs)

    before = distance()
    for _ in range(400):
        state, values = step(state, values)
    assert distance() < 0.05 * before


@EVERY
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_it_keeps_dtypes_and_shapes(engine, make, dtype):
    variables, targets = _problem(dtype)
    optimizer = make()
    optimizer.build(variables)
    kinds = [(v.dtype, v.shape) for v in optimizer.variables]
    for _ in range(2):
        grads = [engine.asarray(t, dtype) for t in targets]
        optimizer.apply(grads, variables)
    for variable, kind in zip(optimizer.variables, kinds, strict=True):
        assert (engine.dtype(variable.value), engine.shape(variable.value)) == kind
    assert [engine.dtype(v.value) for v in variables] == [dtype, dtype]
    assert all(np.isfinite(v.numpy().astype("float32")).all() for v in variables)


@EVERY
def test_the_second_call_compiles_nothing(make):
    with lamina.config.using_backend("jax"):
        from lamina.engine.current import engine

        variables, targets = _problem()
        optimizer = make()
        step, traces = _compiled(engine(), optimizer, variables, targets)
        state, values = _state(optimizer, variables)
        for _ in range(3):
            state, values = step(state, values)
        assert len(traces) == 1


@EVERY
def test_restored_state_goes_on_as_if_nothing_had_been(engine, make):
    def run(optimizer, variables, steps):
        for step in steps:
            gradient = [engine.asarray(t * (step + 1)) for t in targets]
            optimizer.apply(gradient, variables)

    whole, targets = _problem()
    run(make(), whole, range(7))  # an odd number: in the middle of an accumulation
    first, _ = _problem()
    before = make()
    run(before, first, range(3))
    store = {}
    before.save_own_variables(store)
    second = [lamina.Variable(v.numpy(), name=v.name) for v in first]
    after = make()
    after.build(second)
    after.load_own_variables(store)
    run(after, second, range(3, 7))
    for one, other in zip(whole, second, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", PLAIN)
def test_it_trains_a_model(trains, name):
    lamina.utils.set_random_seed(0)
    x, y = draw((64, 4)), labels(64)
    model = mlp()
    model.compile(_make(name), "sparse_categorical_crossentropy")
    losses = model.fit(x, y, epochs=2, batch_size=16, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
