"""Graphs: recording, inferring shapes and dtypes, running on values; `Function`; gradients; masks."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core import autodiff, graph, masks, tracking, tree
from lamina.core.function import Function
from lamina.core.op import op
from lamina.core.symbolic import KerasTensor
from tests.layers.checks import draw, raises_with


def test_unknown_sizes_stay_unknown_and_known_ones_known(engine):
    x = KerasTensor((None, 4, None), "float32")
    assert (x + 1).shape == (None, 4, None)
    assert ops.sum(x, axis=0).shape == (4, None)
    assert ops.concatenate([x, x], axis=1).shape == (None, 8, None)
    assert ops.reshape(KerasTensor((None, 4, 6)), (-1, 24)).shape == (None, 24)
    assert ops.reshape(KerasTensor((None, 4, 6)), (-1, 2)).shape == (None, 2)
    assert ops.matmul(x, KerasTensor((None, None, 5))).shape == (None, 4, 5)


def test_dtypes_are_inferred(engine):
    x = KerasTensor((None, 2), "int32")
    assert (x + 1).dtype == "int32" and (x * 0.5).dtype == "float32" and (x > 1).dtype == "bool"
    assert ops.argmax(x, axis=-1).dtype == "int32"
    assert (KerasTensor((2,), "bfloat16") + 1.0).dtype == "bfloat16"


def test_errors_know_no_stand_ins(engine):
    x = KerasTensor((None, 4), "float32")
    for wrong in (
        lambda: ops.matmul(x, np.ones((5, 2), "float32")),
        lambda: x + np.ones(3, "float32"),
        lambda: ops.reshape(x, (3, -1, 7)),
    ):
        with pytest.raises(ValueError) as caught:
            wrong()
        assert "720" not in str(caught.value) and "1200" not in str(caught.value)
        assert "ops." in str(caught.value) and "float32[None, 4]" in str(caught.value)


def test_a_node_remembers_the_call():
    x = layers.Input((4,))
    layer = layers.Dense(3)
    y = layer(x)
    assert y.node.operation is layer and y.node.inputs == [x] and y.index == 0
    assert layer.input is x and layer.output is y
    with raises_with(AttributeError, "never called on a symbolic tensor"):
        layers.Dense(3).output  # noqa: B018


def test_function_on_values_and_on_other_symbols(engine):
    x, y = layers.Input((2,)), layers.Input((2,))
    f = Function({"x": x, "y": y}, [x * 2 + y, {"difference": x - y}])
    a, b = draw((3, 2)), draw((3, 2), 1)
    found = f({"x": ops.convert_to_tensor(a), "y": ops.convert_to_tensor(b)})
    np.testing.assert_allclose(ops.convert_to_numpy(found[0]), a * 2 + b, rtol=1e-6)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found[1]["difference"]), a - b, rtol=1e-5, atol=1e-6
    )
    again = f({"x": KerasTensor((5, 2)), "y": KerasTensor((5, 2))})
    assert again[0].shape == (5, 2)


def test_function_refuses():
    x = layers.Input((2,))
    with raises_with(ValueError, "`inputs` is empty"):
        Function([], x)
    with raises_with(ValueError, "`outputs` must hold KerasTensors", "int"):
        Function(x, 3)
    with raises_with(ValueError, "disconnected"):
        Function(x, layers.Input((2,)) * 2)


def test_ancestors_leave_out_what_lies_before_the_inputs(engine):
    x = layers.Input((2,))
    h = layers.Dense(2, name="before")(x)
    y = layers.Dense(2, name="after")(h)
    called = []
    f = Function(h, y)
    for node in f._steps:
        called.append(node.name)
    assert called == ["after"]


# Gradients.


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


# Masks.


def test_a_mask_belongs_to_one_tensor_and_goes_with_it(engine):
    x, mask = ops.ones((2, 3)), ops.ones((2, 3), "bool")
    masks.set_mask(x, mask)
    assert masks.get_mask(x) is mask and masks.get_mask(ops.ones((2, 3))) is None
    size = len(masks._masks)
    del x
    gc.collect()
    assert len(masks._masks) == size - 1
    y = ops.ones((2, 3))
    masks.set_mask(y, mask)
    masks.set_mask(y, None)
    assert masks.get_mask(y) is None


def test_training_leaves_no_masks_behind(trains):
    """Neither a step nor, once it is gone, a model."""
    x = np.random.default_rng(0).integers(0, 9, (20, 5))

    def use(model):
        model.fit(x, draw((20, 2)), epochs=2, verbose=0)
        model.predict(x, verbose=0)
        model(x)

    def used_twice():
        model = lamina.Sequential(
            [
                layers.Input((5,), dtype="int32"),
                layers.Embedding(9, 3, mask_zero=True),
                layers.SimpleRNN(2),
            ]
        )
        model.compile("sgd", "mse")
        use(model)
        gc.collect()
        before = len(masks._masks)
        use(model)
        gc.collect()
        return len(masks._masks) - before

    gc.collect()
    before = len(masks._masks)
    assert used_twice() <= 0
    gc.collect()
    assert len(masks._masks) <= before


# `@op` taking its arguments in.


@op(promote="x y")
def plus(x: Tensor, y: Tensor, times: int = 1) -> Tensor:  # noqa: F821
    return (x + y) * times


def test_everything_array_like_enters(engine):
    native, variable = ops.convert_to_tensor([1.0, 2.0]), lamina.Variable([1.0, 2.0])
    for x in (native, variable, [1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0], "float32")):
        for found in (
            plus(x, native),
            plus(native, x),
            plus(x=x, y=native),
            plus(native, y=x),
            plus(x, x),
        ):
            assert isinstance(found, engine.array_types)
            np.testing.assert_allclose(ops.convert_to_numpy(found), [2, 4])
    np.testing.assert_allclose(ops.convert_to_numpy(plus(native, 1, times=3)), [6, 9])
    np.testing.assert_allclose(ops.convert_to_numpy(plus(np.float64(1), native)), [2, 3])
    if (
        engine.name != "numpy"
    ):  # whose own scalar a numpy.float64 is; elsewhere it is a Python float
        assert engine.dtype(plus(np.float64(1), native)) == "float32"


def test_symbols_enter_by_keyword_and_position():
    x = KerasTensor((None, 2))
    for found in (
        plus(x, 1),
        plus(x=x, y=1),
        plus(1, x),
        plus(1, y=x),
        plus(x, y=x, times=2),
        plus([1.0, 2.0], x),
    ):
        assert found.shape == (None, 2)
    with raises_with(TypeError, "list of symbolic tensors", "ops.stack"):
        plus([x, x], 1)


def test_arrays_of_another_engine_are_refused():
    import jax.numpy as jnp
    import tensorflow as tf
    import torch

    for name, foreign in (
        ("tensorflow", torch.ones(2)),
        ("torch", tf.ones(2)),
        ("jax", torch.ones(2)),
        ("torch", jnp.ones(2)),
        ("numpy", jnp.ones(2)),
        ("numpy", torch.ones(2)),
    ):
        with (
            lamina.config.using_backend(name),
            raises_with(TypeError, "another engine", repr(name), "numpy.asarray", "set_backend"),
        ):
            plus(foreign, 1)


def test_an_op_must_say_which_arguments_are_tensors():
    with raises_with(TypeError, "@op nothing", "Tensor"):

        @op
        def nothing(x):
            return x


# Trees and tracking.


def test_trees():
    data = {"b": [1, None], "a": (2, {"c": 3})}
    assert tree.flatten(data) == [2, 3, 1, None]
    assert tree.pack_like(data, [5, 6, 7, 8]) == {"a": (5, {"c": 6}), "b": [7, 8]}
    assert tree.map_structure(lambda x: x, data) == data
    assert tree.flatten(4) == [4] and tree.flatten([]) == [] and tree.flatten(None) == [None]
    assert tree.same_structure([1, 2], [3, 4]) and not tree.same_structure([1], (1,))
    with pytest.raises(ValueError):
        tree.map_structure(lambda x, y: x, [1, 2], [1])


def test_tracking_finds_layers_wherever_they_are():
    class Holder:
        def __init__(self):
            one = layers.Dense(1)
            self.a, self.b = one, [one, {"x": layers.Dense(2)}]
            self.c = (layers.Dense(3), 4, None, "text")
            self.loop = [self.b]
            self.loop.append(self.loop)

    found = list(tracking.held(Holder(), lamina.Layer))
    assert [layer.units for layer in found] == [1, 2, 3]


def test_names_count_up_and_start_again():
    from lamina.core import naming

    first, second = naming.auto_name("made_up"), naming.auto_name("made_up")
    assert (first, second) == ("made_up", "made_up_1")
    assert naming.to_snake_case("Conv2DTranspose") == "conv2d_transpose"
    assert (
        naming.to_snake_case("LSTM") == "lstm" and naming.to_snake_case("MyLayer2") == "my_layer2"
    )


def test_recording_is_not_running(engine):
    ran = []

    @op
    def noisy(x: Tensor) -> Tensor:  # noqa: F821
        ran.append(1)
        return x

    y = noisy(KerasTensor((None, 2)))
    ran.clear()
    graph.Node(noisy, (y,), {}, KerasTensor((None, 2)))
    assert ran == []
