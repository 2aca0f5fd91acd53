"""`lamina.autodiff` on every engine that computes gradients, and the error of the one that does not."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import autodiff, layers, ops
from lamina.core import tree
from lamina.engine import current

X = np.array([1.0, 2.0, 3.0], "float32")
Y = np.array([0.5, -1.0, 2.0], "float32")


def assert_close(found, expected, tolerance=1e-5):
    found, expected = tree.flatten(found), tree.flatten(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(one), other, rtol=tolerance, atol=tolerance)


def test_arguments_by_number(trains):
    def product(x, y, scale=1.0):
        return ops.sum(x * y) * scale

    assert_close(autodiff.grad(product)(X, Y), Y)
    assert_close(autodiff.grad(product, argnums=1)(X, Y, scale=2.0), 2 * X)
    value, gradients = autodiff.value_and_grad(product, argnums=(1, 0))(X, Y)
    assert isinstance(gradients, tuple)
    assert_close((value, gradients), ((X * Y).sum(), (X, Y)))
    assert_close(autodiff.grad(product, argnums=-1)(X, Y), X)
    assert_close(autodiff.grad(lambda x: x * x)(3.0), 6.0)


def test_trees_of_arrays_and_variables(trains):
    v = lamina.Variable(Y)

    def loss(weights):
        return ops.sum(weights["a"][0] * weights["v"] ** 2) + ops.sum(v)

    given = {"v": v, "a": (X, None)}
    gradients = autodiff.grad(loss)(given)
    assert list(gradients) == ["v", "a"]
    assert gradients["a"][1] is None
    assert_close([gradients["v"], gradients["a"][0]], [2 * X * Y + 1, Y**2])


def test_variables_that_a_model_reads_and_what_it_writes(trains):
    model = lamina.Sequential([layers.Input((3,)), layers.Dense(2), layers.BatchNormalization()])
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    before = model.non_trainable_variables[0].numpy()

    def loss(variables, x):
        y = model(x, training=True)
        return ops.mean(y**3), y

    (value, y), gradients = autodiff.value_and_grad(loss, has_aux=True)(
        model.trainable_variables, x
    )
    assert [tuple(g.shape) for g in gradients] == [v.shape for v in model.trainable_variables]
    assert_close(value, (ops.convert_to_numpy(y) ** 3).mean(), 1e-4)
    assert not np.allclose(model.non_trainable_variables[0].numpy(), before)
    others = autodiff.grad(
        lambda: ops.mean(model(x, training=True) ** 3), variables=model.trainable_variables
    )()
    assert_close(others, [ops.convert_to_numpy(g) for g in gradients], 1e-4)


def test_aux(trains):
    gradients, aux = autodiff.grad(lambda x: (ops.sum(x * x), {"twice": x * 2}), has_aux=True)(X)
    assert_close((gradients, aux["twice"]), (2 * X, 2 * X))


def test_gradients_of_gradients(trains):
    cube = lambda x: ops.sum(x**3)  # noqa: E731
    assert_close(autodiff.grad(lambda x: ops.sum(autodiff.grad(cube)(x)))(X), 6 * X)
    third = autodiff.grad(
        lambda x: ops.sum(autodiff.grad(lambda y: ops.sum(autodiff.grad(cube)(y)))(x))
    )
    assert_close(third(X), np.full(3, 6.0))
    v = lamina.Variable(X)
    penalty = lambda x: ops.sum(autodiff.grad(lambda x: ops.sum(v * x**2))(x) ** 2)  # noqa: E731
    assert_close(autodiff.grad(lambda: penalty(Y), variables=[v])(), [8 * X * Y**2])


def test_inside_compiled_code(trains):
    run = trains.compile(autodiff.value_and_grad(lambda x, y: ops.sum(x * ops.sin(y)), (0, 1)))
    for _ in range(12):  # often enough to be recorded
        value, gradients = run(X, Y)
    assert_close((value, gradients), ((X * np.sin(Y)).sum(), (np.sin(Y), X * np.cos(Y))))


def test_vjp(trains):
    def fn(x, weights):
        return {"y": x * weights["w"], "z": ops.sum(x)}, "aux"

    value, pullback, aux = autodiff.vjp(fn, X, {"w": Y}, has_aux=True)
    assert aux == "aux"
    assert_close(value, {"y": X * Y, "z": 6.0})
    by_x, by_weights = pullback({"y": np.ones(3, "float32"), "z": np.float32(10)})
    assert_close((by_x, by_weights["w"]), (Y + 10, X))
    with pytest.raises(ValueError, match="like the value"):
        pullback({"y": np.ones(2, "float32"), "z": np.float32(1)})
    value, pullback = autodiff.vjp(ops.exp, X)
    assert_close(pullback(Y)[0], np.exp(X) * Y)


def test_jvp(trains):
    value, slope = autodiff.jvp(lambda x, y: (x * y, ops.sum(x)), (X, Y), (Y, X))
    assert_close((value, slope), ((X * Y, 6.0), (Y * Y + X * X, Y.sum())))
    value, slope, aux = ops.jvp(lambda x: (x**2, x), [X], [Y], has_aux=True)
    assert_close((value, slope, aux), (X**2, 2 * X * Y, X))
    along = lambda x: ops.sum(ops.jvp(lambda x: x**3, (x,), (x,))[1])  # noqa: E731  3 x^3
    assert_close(autodiff.grad(along)(X), 9 * X**2, 1e-4)
    _, slope = ops.jvp(lambda x: {"whole": ops.argmax(x), "x": x}, (X,), (Y,))
    assert_close(slope["x"], Y)


def test_native_products_with_jacobians_are_those_of_the_definition(trains, monkeypatch):
    def fn(x, y):
        return ops.tanh(x * y), {"sum": ops.logsumexp(x * x)}

    cotangent = (Y, {"sum": np.float32(2)})
    found = ops.jvp(fn, (X, Y), (Y, X)), autodiff.vjp(fn, X, Y)[1](cotangent)
    monkeypatch.setattr(trains, "overrides", {})
    defined = ops.jvp(fn, (X, Y), (Y, X)), autodiff.vjp(fn, X, Y)[1](cotangent)
    assert_close(found, [ops.convert_to_numpy(x) for x in tree.flatten(defined)])


def test_jvp_in_a_graph(trains):
    x = lamina.Input((3,))
    _, slope = ops.jvp(lambda x: x * x, (x,), (x,))
    assert slope.shape == (None, 3)
    assert_close(lamina.Function(x, slope)(X[None]), 2 * X[None] ** 2)


def test_custom_gradients(trains):
    @ops.custom_gradient
    def clipped(x, scale):
        return x * scale, lambda upstream: (upstream * 100, None)

    by_x, by_scale = autodiff.grad(lambda x, s: ops.sum(clipped(x, s)), (0, 1))(X, np.float32(3))
    assert_close((by_x, by_scale), (np.full(3, 100.0), 0.0))
    assert_close(clipped(X, 2.0), 2 * X)

    @ops.custom_gradient
    def by_keyword(x):
        def backward(*args, upstream=None):
            return (args[0] if upstream is None else upstream) * 7

        return ops.exp(x), backward

    assert_close(autodiff.grad(lambda x: ops.sum(by_keyword(x)))(X), np.full(3, 7.0))
    symbolic = lamina.Input((3,))
    graph = lamina.Function(symbolic, by_keyword(symbolic))
    assert_close(graph(X[None]), np.exp(X[None]))


def test_wrong_calls_are_explained(trains):
    with pytest.raises(ValueError, match="one floating number"):
        autodiff.grad(lambda x: x)(X)
    with pytest.raises(ValueError, match="one floating number"):
        autodiff.grad(lambda x: ops.argmax(x))(X)
    with pytest.raises(ValueError, match="floating tensors, not int32"):
        autodiff.grad(ops.sum)(np.arange(3, dtype="int32"))
    with pytest.raises(ValueError, match="argnums"):
        autodiff.grad(ops.sum, argnums=1)(X)
    with pytest.raises(TypeError, match="`primals` must be a list or tuple"):
        ops.jvp(ops.sin, X, X)
    with pytest.raises(ValueError, match="equal shapes and dtypes"):
        ops.jvp(ops.sin, (X,), (X[:2],))
    wrong = ops.custom_gradient(lambda x, y: (x * y, lambda upstream: (upstream,)))
    with pytest.raises(ValueError, match="has 2 arguments"):
        autodiff.grad(lambda x: ops.sum(wrong(x, x)))(X)


def test_an_engine_without_gradients_says_so():
    with current.using("numpy"):
        for run in (
            lambda: autodiff.grad(ops.sum)(X),
            lambda: autodiff.vjp(ops.sum, X)[1](np.float32(1)),
            lambda: ops.jvp(ops.sum, (X,), (X,)),
        ):
            with pytest.raises(NotImplementedError, match="set_backend"):
                run()


# Of Variables, as a training step takes them.


def test_value_and_grad(trains):
    v, w = lamina.Variable([3.0, 1.0]), lamina.Variable(2.0)
    value, grads = autodiff.value_and_grad(lambda: ops.sum(v * v) * w, variables=[v, w])()
    assert float(value) == 20 and [ops.convert_to_numpy(g).tolist() for g in grads] == [[12, 4], 10]


def test_aux_arguments_and_assignments(trains):
    v, count = lamina.Variable([3.0]), lamina.Variable(0.0, trainable=False)

    def fn(x, scale=1.0):
        count.assign_add(1.0)
        return ops.sum(v * x) * scale, {"x": x * 2}

    (value, aux), (grad,) = autodiff.value_and_grad(fn, variables=[v], has_aux=True)(
        ops.convert_to_tensor([5.0]), scale=2.0
    )
    assert (float(value), float(aux["x"][0]), float(grad[0])) == (30, 10, 10)
    assert float(count) == 1


def test_a_failing_function_assigns_nothing(trains):
    v, count = lamina.Variable([3.0]), lamina.Variable(0.0)

    def fn():
        count.assign_add(1.0)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        autodiff.value_and_grad(fn, variables=[v])()
    assert float(count) == 0


def test_gradients_of_what_does_not_matter_are_zero_or_none(trains):
    v, w = lamina.Variable([3.0]), lamina.Variable([2.0])
    _, (one, other) = autodiff.value_and_grad(lambda: ops.sum(v * 2), variables=[v, w])()
    assert float(one[0]) == 2 and (other is None or float(other[0]) == 0)


@pytest.mark.parametrize("fill_mode", ["constant", "wrap"])
def test_a_warp_that_runs_as_one_program_has_its_gradient(trains, fill_mode):
    """It is linear in the image, so its value is the image times the gradient."""
    image = np.random.default_rng(0).random((1, 4, 5, 1), "float32")
    turn = np.array([0.9, 0.21, 0.3, -0.17, 1.1, 0.41, 0, 0], "float32")

    def total(image):
        return ops.sum(ops.image.affine_transform(image, turn, fill_mode=fill_mode))

    value, gradient = autodiff.value_and_grad(total)(image)
    assert_close(np.sum(ops.convert_to_numpy(gradient) * image), float(value))
    assert float(value) > 1
