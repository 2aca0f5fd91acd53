"""Looking inside models of every style, and copying them."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, models, ops
from tests.layers.checks import draw, raises_with

X = draw((3, 4))


class Net(models.Model):
    """A subclass with a residual branch and a model within."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(4, activation="relu", name="first")
        self.body = models.Sequential([layers.Dense(4, name="inner")], name="body")
        self.out = layers.Dense(2, name="out")

    def call(self, inputs, training=False):
        x = self.first(inputs)
        return self.out(x + self.body(x))


def functional():
    x = lamina.Input((4,), name="x")
    h = layers.Dense(4, activation="relu", name="first")(x)
    body = models.Sequential([layers.Dense(4, name="inner", input_shape=(4,))], name="body")
    return models.Model(x, layers.Dense(2, name="out")(h + body(h)))


def stack():
    return models.Sequential([layers.Dense(4, name="first"), layers.Dense(2, name="out")])


def numpy(x):
    return np.asarray(ops.convert_to_numpy(x))


@pytest.mark.parametrize("make", [Net, functional])
def test_activations_of_any_style(make, engine):
    model = make()
    y = numpy(model(X))
    found = model.capture(X, layers=["first", "body/inner", model.get_layer("out")])
    assert list(found) == ["first", "body/inner", "out"]
    h = numpy(found["first"])
    np.testing.assert_array_equal(numpy(found["out"]), y)
    np.testing.assert_allclose(
        numpy(model.get_layer("body")(h)), numpy(found["body/inner"]), rtol=1e-5
    )
    assert set(model.capture(X)) >= {"first", "body", "inner", "out"}


def test_a_layer_called_twice_gives_both_activations(engine):
    shared, x = layers.Dense(4, name="shared"), lamina.Input((4,))
    model = models.Model(x, shared(shared(x)))
    one, two = model.capture(X, ["shared"])["shared"]
    np.testing.assert_allclose(numpy(shared(one)), numpy(two), rtol=1e-5)


def test_capture_knows_training(engine):
    model = models.Sequential([layers.Dropout(0.5, seed=1, name="drop")])
    ones = np.ones((4, 50), "float32")
    assert (numpy(model.capture(ones, ["drop"])["drop"]) == 1).all()
    assert (numpy(model.capture(ones, ["drop"], training=True)["drop"]) == 0).any()


def test_capture_explains_names():
    model = functional()
    with raises_with(ValueError, "no layer 'frist'", "Did you mean 'first'"):
        model.capture(X, ["frist"])
    idle = Net()
    idle.spare = layers.Dense(1, name="spare")
    with raises_with(ValueError, "not called", "spare"):
        idle.capture(X, ["spare"])


def test_a_subclass_has_a_graph_once_it_was_called(engine):
    model = Net()
    y = numpy(model(X))
    assert model.input_shape == (None, 4) and model.output_shape == (None, 2)
    features = models.Model(model.inputs, model.get_layer("first").output)
    np.testing.assert_array_equal(numpy(features(X)), numpy(model.capture(X, ["first"])["first"]))
    whole = models.Model(model.input, model.output)
    np.testing.assert_allclose(numpy(whole(X)), y, rtol=1e-6)
    assert len(model.weights) == 6  # tracing made no more


def test_building_from_a_shape_is_enough_for_a_graph():
    model = Net()
    model.build((None, 4))
    assert model.output_shape == (None, 2)
    lines = []
    model.summary(print_fn=lines.append)
    assert "(None, 4)" in "\n".join(map(str, lines))


class Choosing(models.Model):
    def __init__(self):
        super().__init__()
        self.out = layers.Dense(2)

    def call(self, inputs):
        x = self.out(inputs)
        return x if float(ops.sum(x)) > 0 else -x


def test_a_call_that_needs_values_says_so():
    with lamina.config.using_backend("numpy"):
        model = Choosing()
        model(X)
        with raises_with(ValueError, "needs values", "ops.cond", "model.capture"):
            model.inputs  # noqa: B018


@pytest.mark.parametrize("make", [functional, stack])
def test_a_clone_has_weights_of_its_own(make, engine):
    model = make()
    model(X)
    twin = models.clone_model(model)
    assert type(twin) is type(model) and twin.name == model.name
    assert [v.shape for v in twin.weights] == [v.shape for v in model.weights]
    assert not {id(v) for v in twin.weights} & {id(v) for v in model.weights}
    assert not np.array_equal(twin.get_weights()[0], model.get_weights()[0])
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(numpy(twin(X)), numpy(model(X)))


def test_a_clone_of_shared_layers_and_several_inputs(engine):
    a, b = lamina.Input((4,), name="a"), lamina.Input((4,), name="b")
    shared = layers.Dense(3)
    model = models.Model({"a": a, "b": b}, {"sum": shared(a) + shared(b), "twice": shared(a) * 2})
    twin = models.clone_model(model)
    twin.set_weights(model.get_weights())
    assert len(twin.weights) == 2
    given = {"a": X, "b": X + 1}
    for name, y in model(given).items():
        np.testing.assert_array_equal(numpy(twin(given)[name]), numpy(y))


def test_a_clone_function_replaces_layers():
    def wider(layer):
        config = layer.get_config()
        if layer.name == "first":
            config["activation"] = "tanh"
        return type(layer).from_config(config)

    twin = models.clone_model(functional(), clone_function=wider, recursive=True)
    assert twin.get_layer("first").activation is lamina.activations.tanh
    same = models.clone_model(stack(), clone_function=lambda layer: layer)
    assert [layer.name for layer in same.layers] == ["first", "out"]


def test_a_call_function_adds_to_the_graph():
    def dropped(layer, *args, **kwargs):
        y = layer(*args, **kwargs)
        return layers.Dropout(0.5)(y) if layer.name == "first" else y

    twin = models.clone_model(functional(), call_function=dropped)
    assert any(isinstance(layer, layers.Dropout) for layer in twin.layers)


def test_a_clone_of_a_subclass():
    twin = models.clone_model(Net())
    assert isinstance(twin, Net)
    with raises_with(ValueError, "Net", "cannot be replaced one by one"):
        models.clone_model(Net(), clone_function=lambda layer: layer)
    with raises_with(ValueError, "takes a model", "Dense"):
        models.clone_model(layers.Dense(2))


def test_clones_begin_where_they_are_told():
    x = lamina.Input((4,), name="mine")
    assert models.clone_model(functional(), input_tensors=x).inputs[0] is x
    with raises_with(ValueError, "1 inputs", "holds 2"):
        models.clone_model(functional(), input_tensors=[x, x])


# What Keras lets pass in silence.


class MakesInCall(lamina.Layer):
    def call(self, inputs):
        return layers.Dense(2)(inputs)


class Hidden(lamina.Layer):
    def __init__(self):
        super().__init__()
        self.box = type("Box", (), {"dense": layers.Dense(2, name="lost")})()

    def call(self, inputs):
        return self.box.dense(inputs)


def test_a_layer_made_in_call_is_refused(engine):
    with raises_with(ValueError, "inside `call`", "__init__"):
        MakesInCall()(X)
    x = lamina.Input((4,))
    with raises_with(ValueError, "inside `call`"):
        MakesInCall()(x)
    built = MakesInCall()
    built.built = True
    with raises_with(ValueError, "inside `call`"):
        built(X)


def test_a_layer_that_no_attribute_holds_is_named(engine):
    with pytest.warns(UserWarning, match="'lost'.*neither train nor be saved"):
        Hidden()(X)


def test_layers_made_in_build_are_fine(engine):
    class Late(lamina.Layer):
        def build(self, input_shape):
            self.inner = [layers.Dense(input_shape[-1])]

        def call(self, inputs):
            return layers.ReLU()(self.inner[0](inputs))  # no weights, no harm

    layer = Late()
    layer(X)
    assert len(layer.weights) == 2
