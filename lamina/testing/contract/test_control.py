"""Flow that depends on values, and gradients as such: aux, nesting, custom slopes."""

import numpy as np
import pytest

from lamina.engine import current
from lamina.engine.contract import MissingCapabilityError, Spec
from lamina.testing.contract.checks import F32, close, covers, gradients_of, scalar

# Control


@pytest.fixture(params=["as it is", "compiled"])
def prepare(request, engine):
    return engine.compile if request.param == "compiled" else lambda fn: fn


def either(engine):
    def run(x):
        positive = engine.greater(x, 0.0)
        return engine.cond(positive, lambda: engine.multiply(x, 2.0), lambda: engine.negative(x))

    return run


@covers("cond")
def test_cond_takes_one_branch(engine, prepare):
    run = prepare(either(engine))
    close(engine, run(scalar(engine, 3.0)), 6)
    close(engine, run(scalar(engine, -3.0)), 3)


@covers("while_loop")
def test_while_loop_carries_its_state(engine, prepare):
    def powers(i, x):
        return engine.while_loop(
            lambda i, x: engine.less(i, 5),
            lambda i, x: (engine.add(i, 1), engine.multiply(x, 2.0)),
            (i, x),
        )

    i, x = prepare(powers)(scalar(engine, 0, "int32"), scalar(engine, 1.0))
    assert int(engine.to_numpy(i)) == 5
    close(engine, x, 32)


def running_sum(engine, xs, length):
    def step(carry, x):
        total = engine.add(carry, x["value"])
        return total, {"total": total, "twice": engine.multiply(total, 2.0), "none": None}

    return engine.scan(step, engine.full((2,), 0.0, F32), {"value": xs}, length)


@covers("scan")
@pytest.mark.parametrize("length", [0, 1, 4])
def test_scan_stacks_results(engine, length, prepare):
    xs = np.arange(2.0 * length, dtype=F32).reshape(length, 2)
    carry, results = prepare(lambda x: running_sum(engine, x, length))(engine.asarray(xs))
    close(engine, carry, xs.sum(0))
    close(engine, results["total"], np.cumsum(xs, 0))
    close(engine, results["twice"], 2 * np.cumsum(xs, 0))
    assert tuple(engine.shape(results["total"])) == (length, 2)


@covers("vmap")
@pytest.mark.parametrize("length", [1, 3])
def test_vmap_maps_rows(engine, length, prepare):
    def product(row):
        dot = engine.sum(engine.multiply(row["x"], row["y"]))
        return {"dot": dot, "twice": (engine.multiply(row["x"], 2.0),)}

    x = np.arange(2.0 * length, dtype=F32).reshape(length, 2)
    run = prepare(engine.vmap(product))
    for _ in range(12):  # often enough to be recorded
        result = run({"x": engine.asarray(x), "y": engine.asarray(x + 1)})
    close(engine, result["dot"], (x * (x + 1)).sum(1))  # pyright: ignore[reportPossiblyUnboundVariable]
    close(engine, result["twice"][0], x * 2)  # pyright: ignore[reportPossiblyUnboundVariable]


def test_vmap_of_what_depends_on_values(engine):
    close(engine, engine.vmap(either(engine))(engine.asarray([1.0, -3.0])), [2, 3])


@covers("value_and_grad")
def test_gradients_go_through_vmap(engine):
    def loss(x):
        return engine.sum(engine.vmap(lambda row: engine.sum(engine.square(row)))(x))

    (gradient,) = gradients_of(engine, loss, [engine.asarray([[1.0, 2.0], [3.0, 4.0]])])
    close(engine, gradient, [[2, 4], [6, 8]])


def test_scan_without_inputs(engine):
    carry, results = engine.scan(lambda c, _: (engine.add(c, 1.0), c), scalar(engine, 0.0), None, 3)
    close(engine, carry, 3)
    close(engine, results, [0, 1, 2])


def test_control_flow_has_abstract_results(engine):
    def fn(x):
        e = current.engine()
        chosen = e.cond(e.greater(e.sum(x), 0.0), lambda: x, lambda: e.negative(x))
        (looped,) = e.while_loop(
            lambda s: e.less(e.sum(s), 9.0), lambda s: (e.add(s, 1.0),), (chosen,)
        )
        return looped, e.vmap(e.sum)(x), running_sum(e, looped, 3)

    stacked = Spec((3, 2), F32)
    scanned = (Spec((2,), F32), {"total": stacked, "twice": stacked, "none": None})
    assert engine.abstract(fn, stacked) == (stacked, Spec((3,), F32), scanned)


@covers("value_and_grad")
def test_gradients_go_through_control_flow(engine):
    def loss(x):
        carry, results = running_sum(engine, x, 3)
        total = engine.sum(carry)
        chosen = engine.cond(engine.greater(total, 0.0), lambda: total, lambda: engine.sum(x))
        return engine.add(chosen, engine.sum(results["total"]))

    (gradient,) = gradients_of(engine, loss, [engine.full((3, 2), 1.0, F32)])
    close(engine, gradient, [[4, 4], [3, 3], [2, 2]])


@covers("value_and_grad")
def test_gradients_reach_what_a_scan_reads_from_outside(engine):
    def loss(w, xs):
        doubled = engine.multiply(
            w, 2.0
        )  # neither carried nor a row, as a recurrent layer's weights
        advance = lambda c, x: (engine.multiply(engine.add(c, x), doubled), None)  # noqa: E731
        return engine.scan(advance, engine.full((), 0.0, F32), xs, 2)[0]

    gradients = gradients_of(engine, loss, [scalar(engine, 0.5), engine.asarray([3.0, 4.0])])
    close(engine, gradients[0], 20)  # (3 (2w) + 4) 2w, by w
    close(engine, gradients[1], [1, 1])


# Gradients


@covers("value_and_grad")
def test_value_and_grad_gives_value_aux_and_one_gradient_each(engine):

    def loss(values):
        w, b, _ = values
        y = engine.add(engine.multiply(w, 3.0), b)
        return engine.sum(engine.square(y)), {"y": [y, None], "w": (w,)}

    values = [engine.asarray([1.0, 2.0]), scalar(engine, 1.0), engine.full((2, 2), 5.0, F32)]
    (value, aux), gradients = engine.value_and_grad(loss)(values)
    close(engine, value, 65)
    close(engine, aux["y"][0], [4, 7])
    assert aux["y"][1] is None
    for result, expected in zip(gradients, ([24, 42], 22, np.zeros((2, 2))), strict=True):
        close(engine, result, expected)
    for array in (value, aux["y"][0], aux["w"][0], *gradients):
        assert not getattr(array, "requires_grad", False)


@covers("value_and_grad")
def test_a_loss_that_depends_on_nothing_has_zero_gradients(engine):
    run = engine.value_and_grad(lambda values: (scalar(engine, 2.0), None))
    (value, _), gradients = run([engine.asarray([1.0])])
    close(engine, value, 2)
    close(engine, gradients[0], [0])
    assert run([])[1] == []


@covers("value_and_grad")
def test_gradients_keep_the_dtype(engine):
    for dtype in ("bfloat16", "float16", F32):
        values = [engine.asarray([1.0, 2.0], dtype)]
        if dtype in engine.untraced:
            with pytest.raises(MissingCapabilityError, match=f"`{dtype}` only where arrays have"):
                gradients_of(engine, engine.sum, values)
            continue
        (gradient,) = gradients_of(engine, lambda x: engine.sum(engine.square(x)), values)
        assert engine.dtype(gradient) == dtype


@covers("value_and_grad")
def test_gradients_of_gradients(engine):

    def slope(values):
        (gradient,) = gradients_of(engine, lambda x: engine.power(x, 3.0), values[:1])
        return engine.multiply(gradient, values[1]), gradient

    values = [scalar(engine, 2.0), scalar(engine, 5.0)]
    (value, aux), gradients = engine.value_and_grad(slope)(values)
    close(engine, value, 60)
    close(engine, aux, 12)
    close(engine, gradients[0], 60)
    close(engine, gradients[1], 12)


@covers("no_grad", "value_and_grad")
def test_gradients_inside_compiled_code_and_no_grad(engine):
    run = engine.value_and_grad(lambda values: (engine.sum(engine.square(values[0])), None))
    close(engine, engine.compile(lambda x: run([x])[1][0])(engine.asarray([1.0, 2.0])), [2, 4])
    with engine.no_grad():
        close(engine, run([engine.asarray([3.0])])[1][0], [6])


@covers("custom_gradient", "value_and_grad")
def test_custom_gradient_replaces_the_slope(engine):
    @engine.custom_gradient
    def scaled(x, y):
        product = engine.multiply(x, y)
        return product, lambda upstream: tuple(engine.multiply(upstream, z) for z in (10.0, y))

    x, y = engine.asarray([1.0, 2.0]), engine.asarray([3.0, 4.0])
    close(engine, scaled(x, y), [3, 8])

    def loss(*xs):
        return engine.sum(engine.multiply(scaled(*xs), 2.0))

    gradients = gradients_of(engine, loss, [x, y])
    close(engine, gradients[0], [20, 20])
    close(engine, gradients[1], [6, 8])


@covers("value_and_grad")
def test_custom_gradient_of_one_argument_and_two_results(engine):
    @engine.custom_gradient
    def split(x):
        results = (engine.multiply(x, 2.0), engine.multiply(x, 3.0))
        return results, lambda up: (engine.add(up[0], engine.multiply(up[1], 100.0)),)

    def loss(values):
        left, right = split(values[0])
        return engine.add(engine.sum(left), engine.sum(right)), None

    (value, _), gradients = engine.value_and_grad(loss)([engine.asarray([1.0, 2.0])])
    close(engine, value, 15)
    close(engine, gradients[0], [101, 101])


def test_functions_with_gradients_of_their_own_compute_without(engine):
    double = engine.custom_gradient(lambda x: (engine.add(x, x), lambda upstream: upstream))
    close(engine, double(engine.asarray([1.0, 2.0])), [2, 4])
    close(engine, engine.stop_gradient(engine.asarray([1.0])), [1])


@covers("checkpoint", "value_and_grad")
def test_what_is_computed_again_has_the_same_gradients(engine, prepare):
    def layer(tree):
        hidden = engine.tanh(engine.matmul(tree["x"], tree["w"]))
        return {"z": hidden, "a": (engine.sum(hidden), None)}

    x, w = engine.asarray([[1.0, -2.0]]), engine.asarray([[0.3, 0.1], [0.2, -0.4]])

    def gradients(of):
        def loss(x, w):
            out = of({"x": x, "w": w})
            return engine.add(engine.sum(engine.square(out["z"])), out["a"][0])

        return prepare(lambda *xs: gradients_of(engine, loss, [*xs]))(x, w)

    for result, expected in zip(gradients(engine.checkpoint(layer)), gradients(layer), strict=True):
        close(engine, result, engine.to_numpy(expected))
