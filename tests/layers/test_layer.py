"""`Layer`, as those who write and use layers meet it."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from tests.layers.checks import PROPERTIES, Subject, check_mask, draw, raises_with


class Scale(lamina.Layer):
    """A layer of one's own: only `__init__`, `build` and `call`."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        initializer = lamina.initializers.Constant(self.start)
        self.factor = self.add_weight((input_shape[-1],), initializer=initializer, name="factor")

    def call(self, inputs):
        return inputs * self.factor


class Nested(lamina.Layer):
    """Layers in an attribute, in a list and in a dict; built when they are called."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(4)
        self.several = [layers.Dense(4, name="a"), layers.Dropout(0.5)]
        self.named = {"last": layers.Dense(2, name="b")}

    def call(self, inputs):
        x = self.first(inputs)
        for layer in self.several:
            x = layer(x)
        return self.named["last"](x)


class Told(lamina.Layer):
    """Gives what it is told about training."""

    def call(self, inputs, training=None):
        return ops.zeros_like(inputs) + (1.0 if training else 0.0)


class Around(lamina.Layer):
    """A layer around `Told` that does not speak of training itself."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = Told()

    def call(self, inputs):
        return self.inner(inputs)


def values(x):
    return ops.convert_to_numpy(x).tolist()


@pytest.mark.parametrize("check", [check for check in PROPERTIES if check is not check_mask])
def test_a_custom_layer_does_all_that_a_layer_does(check, engine):
    make = functools.partial(Scale, start=2.0)
    check(Subject(make, draw((3, 4)), custom_objects={"Scale": Scale}))


def test_weights_of_inner_layers_are_found_in_order(engine):
    layer = Nested(name="net")
    assert layer(draw((3, 5))).shape == (3, 2)
    assert [v.path for v in layer.weights] == [
        f"net/{name}/{weight}" for name in ("dense", "a", "b") for weight in ("kernel", "bias")
    ] or [v.path.split("/")[0] for v in layer.weights] == ["net"] * 6
    assert len(layer.variables) == 7  # and the key of the dropout's draws
    assert layer.count_params() == 5 * 4 + 4 + 4 * 4 + 4 + 4 * 2 + 2


def test_building_from_a_shape_builds_what_is_within():
    layer = Nested()
    layer.build((None, 5))
    before = [id(v) for v in layer.weights]
    assert len(before) == 6
    layer(draw((3, 5)))
    assert [id(v) for v in layer.weights] == before


def test_a_layer_is_built_once():
    layer = Scale()
    layer.build((None, 3))
    layer.build((None, 3))
    layer(draw((2, 3)))
    assert [v.path for v in layer.weights] == [f"{layer.name}/factor"]


def test_a_layer_added_to_a_list_later_is_found():
    layer = Nested()
    layer(draw((3, 5)))
    layer.several.append(layers.Dense(4))
    layer(draw((3, 5)))
    assert len(layer.weights) == 8


def test_freezing_an_outer_layer_freezes_the_inner_ones():
    layer = Nested()
    layer(draw((3, 5)))
    layer.trainable = False
    assert layer.trainable_variables == [] and len(layer.non_trainable_weights) == 6
    layer.first.trainable = True
    assert layer.trainable_variables == []
    layer.trainable = True
    layer.first.trainable = False
    assert len(layer.trainable_variables) == 4


def test_training_reaches_inner_layers(engine):
    x = np.zeros((1, 2), "float32")
    layer = Around()
    assert values(layer(x)) == [[0.0, 0.0]]
    assert values(layer(x, training=True)) == [[1.0, 1.0]]
    assert values(layer(x, training=False)) == [[0.0, 0.0]]
    assert values(layer(x)) == [[0.0, 0.0]]  # nothing is left over from the call before


def test_losses_are_those_of_the_last_call(engine):
    class Adds(lamina.Layer):
        def call(self, inputs):
            self.add_loss(ops.sum(inputs))
            return inputs

    layer = Adds()
    layer(np.ones((2, 3), "float32"))
    layer(np.ones((4, 3), "float32"))
    assert [float(x) for x in layer.losses] == [12.0]


def test_losses_of_regularizers_and_activity():
    layer = layers.Dense(
        2, kernel_regularizer=lamina.regularizers.L2(0.5), activity_regularizer="l1"
    )
    layer(np.ones((4, 3), "float32"))
    kernel = layer.kernel.numpy()
    activity, weight = (float(x) for x in layer.losses)
    assert weight == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-5)
    assert activity == pytest.approx(0.01 * np.abs(kernel.sum(0)).sum(), rel=1e-5)


@pytest.mark.parametrize(
    "argument, expected",
    [
        ({"input_shape": (784,)}, (None, 784)),
        ({"input_shape": 784}, (None, 784)),
        ({"input_dim": 784}, (None, 784)),
        ({"batch_input_shape": (32, 784)}, (32, 784)),
        ({"input_shape": (784,), "batch_size": 32}, (32, 784)),
    ],
)
def test_the_shape_of_the_input_as_keras_2_wrote_it(argument, expected):
    assert layers.Dense(32, **argument).batch_input_shape == expected


def test_set_weights_changes_all_or_nothing():
    layer = layers.Dense(2)
    layer.build((None, 3))
    before = layer.get_weights()
    with raises_with(ValueError, "2 weights", "1 arrays"):
        layer.set_weights([np.zeros((3, 2))])
    with raises_with(ValueError, "bias", "(2,)", "(3,)"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(3)])
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))


def test_wrong_use_is_explained():
    layer = layers.Dense(2, name="out")
    layer(draw((4, 3)))
    with raises_with(ValueError, "out", "size 3 along axis -1", "(4, 5)"):
        layer(draw((4, 5)))
    with raises_with(ValueError, "out", "2 axes or more", "(3,)"):
        layer(draw((3,)))
    with raises_with(ValueError, "out", "3", "(None, 5)"):
        layer(lamina.Input((5,)))
    with raises_with(TypeError, "Dense", "unit"):
        layers.Dense(2, unit=3)
    with raises_with(ValueError, "units", "0"):
        layers.Dense(0)
    with raises_with(ValueError, "size is unknown"):
        layers.Dense(2)(lamina.Input((None,)))
    with raises_with(ValueError, "name", "a/b"):
        layers.Dense(2, name="a/b")


def test_super_init_that_is_forgotten_is_named():
    class Forgetful(lamina.Layer):
        def __init__(self):
            pass

        def call(self, inputs):
            return inputs

    with raises_with(RuntimeError, "Forgetful.__init__", "super().__init__()"):
        Forgetful()(draw((2, 3)))


def test_the_place_of_an_error_is_noted():
    class Fails(lamina.Layer):
        def call(self, inputs):
            raise KeyError("no")

    with pytest.raises(KeyError) as caught:
        Fails(name="fails")(draw((2, 3)))
    assert "fails" in caught.value.__notes__[0] and "(2, 3)" in caught.value.__notes__[0]
