"""Subclassed models: `__init__` and `call`, and nothing else to write."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, models, ops
from tests.layers.checks import draw, raises_with


class Net(models.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = layers.Dense(4, activation="relu", name="hidden")
        self.out = layers.Dense(units, name="out")

    def call(self, inputs):
        return self.out(self.hidden(inputs))


class Choosy(models.Model):
    """Layers in lists and dicts, a branch in Python, `training` of its own, two outputs."""

    def __init__(self):
        super().__init__()
        self.blocks = [layers.Dense(4), layers.Dense(4)]
        self.heads = {"a": layers.Dense(1), "b": layers.Dense(2)}
        self.drop = layers.Dropout(0.5)

    def call(self, inputs, training=False):
        x = inputs
        for block in self.blocks:
            x = block(x)
        if training:
            x = self.drop(x, training=True)
        return {name: head(x) for name, head in self.heads.items()}


def test_the_first_call_builds_it(engine):
    model = Net()
    assert not model.built and model.weights == []
    assert tuple(model(draw((5, 2))).shape) == (5, 3)
    assert model.built and model.count_params() == 12 + 15


def test_build_with_a_shape_builds_it(engine):
    model = Net(name="net")
    model.build((None, 2))
    assert model.built
    assert [v.path for v in model.weights] == [
        "net/hidden/kernel",
        "net/hidden/bias",
        "net/out/kernel",
        "net/out/bias",
    ]


def test_predict_and_fit_build_it(trains):
    model = Net()
    assert model.predict(draw((50, 2)), verbose=0).shape == (50, 3)
    model = Net()
    model.compile("sgd", "mse")
    model.fit(draw((50, 2)), draw((50, 3)), verbose=0)
    assert [v.path for v in model.weights] == [
        f"{model.name}/{n}/{w}" for n in ("hidden", "out") for w in ("kernel", "bias")
    ]


def test_paths_are_the_same_however_it_is_built(engine):
    called, built, predicted = Net(name="net"), Net(name="net"), Net(name="net")
    called(draw((5, 2)))
    built.build((None, 2))
    predicted.predict(draw((5, 2)), verbose=0)
    symbolic = Net(name="net")
    symbolic(layers.Input((2,)))
    paths = [[v.path for v in model.weights] for model in (called, built, predicted, symbolic)]
    assert paths[0] == paths[1] == paths[2] == paths[3]


def test_layers_in_lists_and_dicts_are_found(engine):
    model = Choosy()
    found = model(draw((5, 2)))
    assert tuple(found["a"].shape) == (5, 1) and tuple(found["b"].shape) == (5, 2)
    assert len(model.layers) == 5 and len(model.weights) == 8


def test_several_outputs_train_with_losses_by_name(trains):
    model = Choosy()
    model.compile("adam", {"a": "mse", "b": "mae"}, metrics={"b": ["mse"]})
    y = {"b": draw((40, 2)), "a": draw((40, 1))}
    history = model.fit(draw((40, 2)), y, verbose=0).history
    assert sorted(history) == ["a_loss", "b_loss", "b_mse", "loss"]
    found = model.predict(draw((40, 2)), verbose=0)
    assert found["a"].shape == (40, 1) and found["b"].shape == (40, 2)


def test_outputs_without_names_are_given_by_position(trains):
    class Two(models.Model):
        def __init__(self):
            super().__init__()
            self.one, self.two = layers.Dense(1), layers.Dense(2)

        def call(self, x):
            return self.one(x), self.two(x)

    model = Two()
    model.compile("sgd", ["mse", "mae"])
    model.fit(draw((20, 3)), [draw((20, 1)), draw((20, 2))], verbose=0)
    first, second = model.predict(draw((20, 3)), verbose=0)
    assert first.shape == (20, 1) and second.shape == (20, 2)


def test_dicts_of_inputs_reach_call_as_they_are(trains):
    class Sum(models.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs["z"] - inputs["a"])

    model = Sum()
    model.compile("sgd", "mse")
    x = {"z": draw((40, 3)), "a": draw((40, 3), 1)}
    model.fit(x, draw((40, 1)), verbose=0)
    expected = model.dense(x["z"] - x["a"])
    np.testing.assert_allclose(
        model.predict(x, verbose=0), ops.convert_to_numpy(expected), rtol=1e-5, atol=1e-6
    )


def test_without_call_it_says_what_to_write():
    class Empty(models.Model):
        pass

    with raises_with(NotImplementedError, "Empty has no `call`", "def call(self, inputs)"):
        Empty()(draw((2, 2)))


def test_a_forgotten_super_init_is_named():
    class Forgot(models.Model):
        def __init__(self):
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    with raises_with(RuntimeError, "Forgot.__init__ does not call super().__init__()"):
        Forgot()(draw((2, 2)))


def test_a_subclass_may_be_functional(engine):
    class Ready(models.Model):
        def __init__(self, units):
            x = layers.Input((2,))
            super().__init__(inputs=x, outputs=layers.Dense(units)(x))

    model = Ready(3)
    assert model.output_shape == (None, 3) and model.name.startswith("ready")
    assert model.predict(draw((4, 2)), verbose=0).shape == (4, 3)


def test_before_its_first_call_it_has_no_symbolic_inputs():
    with raises_with(AttributeError, "not made of a graph"):
        Net().inputs  # noqa: B018


def test_it_is_a_layer(engine):
    x = layers.Input((2,))
    net = Net()
    model = models.Model(x, layers.Dense(1)(net(x)))
    assert model.output_shape == (None, 1) and model.get_layer(net.name) is net
    assert model.predict(draw((4, 2)), verbose=0).shape == (4, 1)
    inside = models.Sequential([layers.Input((2,)), Net(), layers.Dense(1)])
    assert inside.predict(draw((4, 2)), verbose=0).shape == (4, 1)


def test_models_within_models(trains):
    class Outer(models.Model):
        def __init__(self):
            super().__init__()
            self.inner = Net(name="inner")
            self.stack = models.Sequential([layers.Dense(2, name="s")], name="stack")

        def call(self, x):
            return self.stack(self.inner(x))

    model = Outer()
    model.compile("sgd", "mse")
    model.fit(draw((20, 2)), draw((20, 2)), verbose=0)
    assert len(model.trainable_weights) == 6
    assert model.weights[-1].path == f"{model.name}/stack/s/bias"


def test_weights_of_its_own(trains):
    class Scaled(models.Model):
        def build(self, input_shape):
            self.factor = self.add_weight((), initializer="ones", name="factor")

        def call(self, x):
            return x * self.factor

    model = Scaled()
    model.compile(lamina.optimizers.SGD(0.1), "mse")
    x = draw((32, 2))
    model.fit(x, 3 * x, epochs=60, verbose=0)
    assert model.factor.path == f"{model.name}/factor"
    assert abs(float(model.factor) - 3) < 0.1


def test_config_is_read_from_the_constructor(engine):
    model = Net(5, name="net")
    config = model.get_config()
    assert config["units"] == 5 and config["name"] == "net"
    assert Net.from_config(config)(draw((2, 2))).shape[-1] == 5


def test_loss_weights_and_frozen_parts(trains):
    model = Net()
    model.hidden.trainable = False
    model.compile("sgd", "mse")
    x, y = draw((40, 2)), draw((40, 3))
    model(x)
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    after = model.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    assert np.any(before[2] != after[2])


def test_a_failing_call_says_where(engine):
    class Wrong(models.Model):
        def __init__(self):
            super().__init__(name="wrong")
            self.dense = layers.Dense(2, name="d")

        def call(self, x):
            return layers.Dense(2)(self.dense(x)[:, :1]) + ops.reshape(x, (7, 7))

    with pytest.raises(Exception) as caught:
        Wrong()(draw((5, 2)))
    assert any("'wrong' (Wrong)" in note for note in caught.value.__notes__)
