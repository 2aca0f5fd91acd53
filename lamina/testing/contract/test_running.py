"""Abstract evaluation, compiling, many steps in one call; and completeness."""

import importlib
import pkgutil

import numpy as np
import optree
import pytest

from lamina.engine import current
from lamina.engine.contract import CAPABILITIES, Spec, primitives
from lamina.testing import contract
from lamina.testing.contract.checks import COVERED, F32, close, covers, scalar

# Abstract evaluation


@covers("abstract")
def test_abstract_takes_and_gives_trees(engine):
    outside = engine.full((3, 4), 1.0, F32)  # a real array inside a trace, as a constant

    def fn(pair, named):
        e = current.engine()
        key = e.asarray(np.array([1, 2], "uint32"))
        product = e.matmul(pair[0], outside if e is engine else e.asarray(engine.to_numpy(outside)))
        drawn = e.uniform(key, (2, 2), "bfloat16")
        return {
            "product": product,
            "list": [e.argmax(named["x"], 0), None],
            "pair": (drawn, e.arange(0, 3, 1, "int32")),
        }

    pair = (Spec((2, 3), F32), Spec((), "bool"))
    result = engine.abstract(fn, pair, {"x": Spec((5, 6), "float16")})
    assert result == {
        "product": Spec((2, 4), F32),
        "list": [Spec((6,), "int32"), None],
        "pair": (Spec((2, 2), "bfloat16"), Spec((3,), "int32")),
    }


@covers("value_and_grad")
def test_abstract_of_a_gradient(engine):
    def fn(w, x):
        e = current.engine()
        run = e.value_and_grad(lambda values: (e.sum(e.square(e.matmul(x, values[0]))), {"x": x}))
        return run([w])

    result = engine.abstract(fn, Spec((3, 2), F32), Spec((4, 3), F32))
    assert result == ((Spec((), F32), {"x": Spec((4, 3), F32)}), [Spec((3, 2), F32)])


def test_abstract_raises_what_does_not_fit(engine):
    spec = Spec((2, 3), F32)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        engine.abstract(lambda x, y: current.engine().matmul(x, y), spec, spec)
    close(engine, engine.add(engine.asarray([1.0]), 1.0), [2])  # and leaves nothing behind


@covers("outside_trace")
def test_real_arrays_can_be_made_inside_a_trace(engine):
    made = []

    def fn(x):
        e = current.engine()
        with e.outside_trace():
            drawn = e.uniform(e.asarray(np.array([1, 2], "uint32")), (2,), F32)
            made.append(e.to_numpy(e.add(drawn, 1.0)))
        return e.add(x, 1.0)

    assert engine.abstract(fn, Spec((2,), F32)) == Spec((2,), F32)
    assert (made[0] >= 1).all()


# Compiling and repeating


@covers("compile")
def test_compiled_equals_eager(engine):
    def fn(tree, scale):
        return {"sum": engine.sum(tree["x"]), "scaled": [engine.multiply(tree["x"], scale), None]}

    x = {"x": engine.asarray([[1.0, 2.0], [3.0, 4.0]])}
    run = engine.compile(fn)
    for size in (2.0, 3.0):
        result = run(x, scalar(engine, size))
        close(engine, result["sum"], 10)
        close(engine, result["scaled"][0], size * np.array([[1, 2], [3, 4]]))
        assert result["scaled"][1] is None


BACKWARD = {"b": [1.0, {"d": 2.0, "c": 3.0}], "a": 4.0}


def keys(tree):
    if isinstance(tree, dict):
        return [(key, keys(value)) for key, value in tree.items()]
    return [keys(part) for part in tree] if isinstance(tree, (list, tuple)) else None


def written_backward(engine, x):
    """A tree whose dicts are not in the order of their keys."""
    return optree.tree_map(lambda factor: engine.multiply(x, factor), BACKWARD)  # pyright: ignore[reportArgumentType]


RUNS = {
    "compile": lambda e, x: e.compile(lambda y: written_backward(e, y))(x),
    "cond": lambda e, x: e.cond(
        e.greater(x, 0.0), lambda: written_backward(e, x), lambda: written_backward(e, x)
    ),
    "while_loop": lambda e, x: e.while_loop(
        lambda tree: e.less(tree["a"], 9.0),
        lambda tree: (optree.tree_map(lambda y: e.add(y, 1.0), tree),),
        (written_backward(e, x),),
    )[0],
    "scan": lambda e, x: e.scan(lambda c, _: (c, written_backward(e, c)), x, None, 2)[1],
    "vmap": lambda e, x: e.vmap(lambda y: written_backward(e, y))(e.reshape(x, (1,))),
    "repeat": lambda e, x: e.repeat(lambda s, b: (s, written_backward(e, e.sum(b))))(
        x, np.ones((40, 2), F32)
    )[1],
    "value_and_grad": lambda e, x: e.value_and_grad(
        lambda values: (values[0], written_backward(e, values[0]))
    )([x])[0][1],
    "checkpoint": lambda e, x: e.checkpoint(lambda y: written_backward(e, y))(x),
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=covers(name)) for name in RUNS])
def test_dicts_keep_their_order(engine, name):
    assert keys(RUNS[name](engine, scalar(engine, 1.0))) == keys(BACKWARD)


def test_dicts_of_specs_keep_their_order(engine):
    result = engine.abstract(lambda x: written_backward(current.engine(), x), Spec((), F32))
    assert keys(result) == keys(BACKWARD)


@covers("is_traced")
def test_arrays_without_values_are_told_from_others(engine):
    seen = []

    def fn(x):
        seen.append(current.engine().is_traced(x))
        return x

    engine.abstract(fn, Spec((2,), F32))
    assert seen == [True]
    assert not engine.is_traced(engine.asarray([1.0]))


def counting_step(engine):
    """A step whose outcome depends on the order and the content of the batches."""

    def step(state, batch):
        weights, count = state
        x, y = batch["x"], batch["y"]
        error = engine.subtract(engine.matmul(x, weights), engine.cast(y, F32))
        slope = engine.matmul(engine.transpose(x, (1, 0)), error)
        state = (engine.subtract(weights, engine.multiply(slope, 0.1)), engine.add(count, 1))
        return state, {"loss": engine.mean(engine.square(error)), "count": count}

    return step


@covers("repeat", "steps_per_call")
@pytest.mark.parametrize("steps", [1, 3, 40])
@pytest.mark.parametrize("native", [True, False])
def test_repeat_equals_a_loop_of_compiled_steps(engine, steps, native):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.integers(0, 2, (20,))
    data = {"x": x.astype(F32), "y": y.astype("uint16")}
    indices = rng.integers(0, 20, (steps, 4)).astype("int32")
    start = (engine.full((3,), 0.0, F32), scalar(engine, 0, "int32"))
    assert engine.steps_per_call >= 1

    batches = {key: value[indices] for key, value in data.items()}
    if native:
        batches = {key: engine.place(value) for key, value in batches.items()}
    state, logs = engine.repeat(counting_step(engine))(start, batches)

    step, expected = engine.compile(counting_step(engine)), start
    for row in indices:
        batch = {key: engine.asarray(value[row]) for key, value in data.items()}
        expected, last = step(expected, batch)
    close(engine, state[0], engine.to_numpy(expected[0]), rtol=1e-4, atol=1e-6)
    assert int(engine.to_numpy(state[1])) == steps
    close(engine, logs["loss"], engine.to_numpy(last["loss"]), rtol=1e-4)  # pyright: ignore[reportPossiblyUnboundVariable]
    assert int(engine.to_numpy(logs["count"])) == steps - 1
    close(engine, start[0], [0, 0, 0])  # what was given is not written to


@covers("value_and_grad")
def test_training_by_repeat_learns(engine):
    x = np.linspace(-1, 1, 64, dtype=F32).reshape(64, 1)

    def step(weights, batch):
        def loss(values):
            guess = engine.add(engine.matmul(batch["x"], values[0]), values[1])
            return engine.mean(engine.square(engine.subtract(guess, batch["y"]))), None

        (value, _), gradients = engine.value_and_grad(loss)(weights)
        pairs = zip(weights, gradients, strict=True)
        return [engine.subtract(w, engine.multiply(g, 0.2)) for w, g in pairs], value

    indices = np.random.default_rng(0).integers(0, 64, (100, 16)).astype("int32")
    data = {"x": x[indices], "y": 3 * x[indices] + 1}
    start = [engine.full((1, 1), 0.0, F32), engine.full((1,), 0.0, F32)]
    weights, value = engine.repeat(step)(start, data)
    assert float(engine.to_numpy(value)) < 1e-3
    close(engine, weights[0], [[3]], atol=0.05, rtol=1e-7)


# Completeness


def test_the_engine_offers_every_primitive_of_what_it_declares(engine):
    left_out = {CAPABILITIES[name].__name__ for name in CAPABILITIES.keys() - engine.capabilities}
    for group, names in primitives().items():
        for name in names if group not in left_out else ():
            assert hasattr(engine, name), name


def test_every_primitive_has_a_test():
    for module in pkgutil.iter_modules(contract.__path__):
        if module.name.startswith("test_"):
            importlib.import_module(f"{contract.__name__}.{module.name}")  # its marks
    assert [name for names in primitives().values() for name in names if name not in COVERED] == []
