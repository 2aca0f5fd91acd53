"""`Sequential`: adding and taking away, shapes known at once or later, weights."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, models
from tests.layers.checks import draw, raises_with


def stack(*more, name=None) -> models.Sequential:
    return models.Sequential([layers.Input((4,)), layers.Dense(3, name="a"), *more], name=name)


def test_add_builds_as_soon_as_the_input_is_known(engine):
    model = models.Sequential()
    model.add(layers.Dense(3, input_shape=(4,)))
    assert model.built and model.output_shape == (None, 3)
    model.add(layers.Dense(2))
    assert model.input_shape == (None, 4) and model.output_shape == (None, 2)
    assert [tuple(w.shape) for w in model.weights] == [(4, 3), (3,), (3, 2), (2,)]


def test_without_a_shape_the_model_is_built_by_its_first_call(engine):
    model = models.Sequential([layers.Dense(3), layers.Dense(2)])
    assert not model.built and model.weights == []
    with pytest.raises(ValueError, match="no weights yet"):
        model.count_params()
    assert tuple(model(draw((5, 4))).shape) == (5, 2)
    assert model.built and model.count_params() == 23
    assert model.input_shape == (None, 4)


def test_predict_builds_a_deferred_model(engine):
    model = models.Sequential([layers.Dense(3), layers.Dense(2)])
    assert model.predict(draw((5, 4)), verbose=0).shape == (5, 2)
    assert model.predict(draw((70, 4)), verbose=0).shape == (70, 2)
    assert model.output_shape == (None, 2)


def test_build_makes_the_weights(engine):
    model = models.Sequential([layers.Dense(3), layers.Dense(2)])
    model.build((None, 4))
    assert model.built and model.count_params() == 23
    assert [v.path for v in model.weights] == [f"{model.name}/{w}" for w in weight_names(model)]


def weight_names(model):
    return [f"{layer.name}/{w.name}" for layer in model.layers for w in layer.weights]


def test_every_way_to_build_gives_one_set_of_paths(engine):
    deferred = models.Sequential([layers.Dense(3, name="a"), layers.Dense(2, name="b")], name="m")
    built = models.Sequential([layers.Dense(3, name="a"), layers.Dense(2, name="b")], name="m")
    added = models.Sequential(name="m")
    at_once = stack(layers.Dense(2, name="b"), name="m")
    deferred(draw((5, 4)))
    built.build((None, 4))
    added.add(layers.Dense(3, name="a", input_dim=4))
    added.add(layers.Dense(2, name="b"))
    expected = ["m/a/kernel", "m/a/bias", "m/b/kernel", "m/b/bias"]
    for model in (deferred, built, added, at_once):
        assert [v.path for v in model.weights] == expected


def test_pop_takes_the_last_layer_and_its_weights(engine):
    model = stack(layers.Dense(2, name="b"))
    last = model.pop()
    assert last.name == "b" and model.output_shape == (None, 3) and len(model.weights) == 2
    model.add(layers.Dense(7))
    assert tuple(model(draw((5, 4))).shape) == (5, 7)
    model.pop(), model.pop()
    with pytest.raises(IndexError, match="no layer to take away"):
        model.pop()


def test_kept_weights_survive_add_and_pop(engine):
    model = stack()
    before = model.get_weights()
    model.add(layers.Dense(2))
    model.pop()
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_equal_names_are_refused(engine):
    with raises_with(ValueError, "already has a layer named 'a'", "name="):
        stack(layers.Dense(2, name="a"))
    shared = layers.Dense(3, name="b")
    with raises_with(ValueError, "already has a layer named 'b'", "cannot be added twice"):
        stack(shared, shared)


@pytest.mark.parametrize("wrong", [layers.Dense, "dense", None, 3, lambda x: x])
def test_what_is_no_layer_is_refused(wrong):
    with raises_with(TypeError, "Sequential.add takes a layer"):
        models.Sequential().add(wrong)


def test_a_class_instead_of_a_layer_gets_a_hint():
    with raises_with(TypeError, "It is a class: call it"):
        models.Sequential([layers.Dense])


def test_an_input_comes_first_or_not_at_all():
    with raises_with(ValueError, "Input can only be the first layer"):
        stack(layers.Input((3,)))


def test_layers_leave_the_input_out_but_accept_it_as_tensor_or_layer():
    for first in (
        layers.Input((4,)),
        layers.InputLayer(shape=(4,)),
        layers.InputLayer(input_shape=(4,)),
        layers.InputLayer(batch_input_shape=(None, 4), trainable=False),
    ):
        model = models.Sequential([first, layers.Dense(3)])
        assert len(model.layers) == 1 and model.input_shape == (None, 4)


def test_an_input_refuses_arguments_that_it_does_not_have():
    with raises_with(TypeError, "InputLayer", "['shpe']"):
        layers.InputLayer(shape=(4,), shpe=(4,))


@pytest.mark.parametrize(
    "spelling",
    [
        {"input_shape": (4,)},
        {"input_dim": 4},
        {"batch_input_shape": (None, 4)},
        {"input_shape": [4]},
    ],
)
def test_keras_2_spellings_of_the_shape(spelling):
    assert models.Sequential([layers.Dense(3, **spelling)]).input_shape == (None, 4)


def test_an_embedding_first_takes_integers(engine):
    model = models.Sequential([layers.Embedding(10, 3, input_shape=(6,)), layers.Flatten()])
    assert model.inputs[0].dtype == "int32" and model.output_shape == (None, 18)
    assert tuple(model(np.ones((2, 6), "int64")).shape) == (2, 18)


def test_get_layer_by_name_and_index():
    model = stack(layers.Dense(2, name="b"))
    assert (
        model.get_layer("b")
        is model.layers[1]
        is model.get_layer(index=1)
        is model.get_layer(index=-1)
    )
    with raises_with(ValueError, "no layer named 'c'", "['a', 'b']"):
        model.get_layer("c")
    with raises_with(ValueError, "has no layer number 2", "['a', 'b']"):
        model.get_layer(index=2)
    with pytest.raises(ValueError, match="`name` or `index`"):
        model.get_layer()


def test_weights_are_copied_out_and_in(engine):
    model, other = stack(layers.Dense(2)), stack(layers.Dense(2))
    taken = model.get_weights()
    taken[0][:] = 7.0
    assert not np.any(model.get_weights()[0] == 7.0)
    other.set_weights(model.get_weights())
    x = draw((5, 4))
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
    with raises_with(ValueError, "has 4 weights", "3 arrays"):
        model.set_weights(model.get_weights()[:3])
    with raises_with(ValueError, "shape (4, 3)", "(3, 4)"):
        model.set_weights([taken[0].T, *taken[1:]])


def test_a_refused_set_weights_changes_nothing(engine):
    model = stack(layers.Dense(2))
    before = model.get_weights()
    with pytest.raises(ValueError):
        model.set_weights([before[0] + 1, before[1] + 1, before[2] + 1, np.zeros(9)])
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_sequential_model_is_a_layer(engine):
    inner = stack(layers.Dense(2, name="b"), name="inner")
    outer = models.Sequential([layers.Input((4,)), inner, layers.Dense(1, name="c")], name="outer")
    x = draw((5, 4))
    expected = outer.layers[1](inner(x))
    np.testing.assert_array_equal(
        outer.predict(x, verbose=0), lamina.ops.convert_to_numpy(expected)
    )
    assert outer.count_params() == inner.count_params() + 3


def test_equal_to_the_functional_model_with_equal_weights(engine):
    model = stack(layers.Dense(2, activation="softmax", name="b"))
    x = layers.Input((4,))
    same = models.Model(x, layers.Dense(2, activation="softmax")(layers.Dense(3)(x)))
    same.set_weights(model.get_weights())
    data = draw((40, 4))
    np.testing.assert_array_equal(model.predict(data, verbose=0), same.predict(data, verbose=0))


def test_wrong_input_names_the_layer_and_both_shapes(engine):
    model = stack()
    with raises_with(ValueError, "(None, 4)", "(5, 3)"):
        model(draw((5, 3)))
    with raises_with(ValueError, "(None, 4)", "(5, 3)"):
        model.predict(draw((5, 3)), verbose=0)


def test_layers_that_do_not_fit_are_refused_when_added():
    model = stack()
    with raises_with(ValueError, "4 axes", "(None, 3)"):
        model.add(layers.Conv2D(2, 3))
    # The stack is as before.
    assert model.built and [layer.name for layer in model.layers] == ["a"]
    assert tuple(model(draw((2, 4))).shape) == (2, 3)


def test_an_empty_model_says_so():
    with raises_with(ValueError, "no layers yet"):
        models.Sequential().build((None, 3))
    with raises_with(ValueError, "no layers yet"):
        models.Sequential()(draw((2, 3)))


def test_two_inputs_are_refused():
    with raises_with(ValueError, "one input", "Model(inputs="):
        models.Sequential([layers.Dense(2)])([draw((2, 3)), draw((2, 3))])


def test_feature_extraction(engine):
    model = stack(layers.Dense(2, name="b"))
    features = models.Model(model.inputs, model.get_layer("a").output)
    x = draw((5, 4))
    np.testing.assert_array_equal(
        features.predict(x, verbose=0), lamina.ops.convert_to_numpy(model.layers[0](x))
    )
    assert features.weights[0] is model.weights[0]


def test_config_makes_an_equal_model(engine):
    model = stack(layers.Dropout(0.5), layers.Dense(2, activation="relu", name="b"), name="m")
    copy = models.Sequential.from_config(model.get_config())
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    assert [v.path for v in copy.weights] == [v.path for v in model.weights]
    assert copy.get_config() == model.get_config()


def test_trainable_is_for_the_whole_stack():
    model = stack(layers.Dense(2))
    model.trainable = False
    assert model.trainable_weights == [] and len(model.non_trainable_weights) == 4
    model.layers[1].trainable = True
    assert model.trainable_weights == []  # the model itself is frozen
    model.trainable = True
    assert len(model.trainable_weights) == 4


def test_frozen_from_the_start():
    model = models.Sequential([layers.Input((4,)), layers.Dense(2)], trainable=False)
    assert model.trainable_weights == []


def test_an_array_of_another_dtype_is_cast(engine):
    model = stack()
    for dtype in ("float64", "int32", "uint8"):
        x = np.ones((2, 4), dtype)
        assert lamina.ops.convert_to_numpy(model(x)).dtype == "float32"
        assert model.predict(x, verbose=0).dtype == "float32"


class Counted(layers.Layer):
    """Counts its symbolic calls."""

    calls = 0

    def __call__(self, x):
        Counted.calls += 1
        return super().__call__(x)

    def call(self, x):
        return x


@pytest.mark.parametrize("way", ["list", "add", "clone", "from_config"])
def test_a_stack_calls_each_layer_once_however_it_is_made(way):
    whole = models.Sequential([lamina.Input((2,)), *(Counted() for _ in range(20))])
    config = whole.get_config()
    Counted.calls = 0
    if way == "list":
        model = models.Sequential([lamina.Input((2,)), *(Counted() for _ in range(20))])
    elif way == "add":
        model = models.Sequential([lamina.Input((2,))])
        for _ in range(20):
            model.add(Counted())
    elif way == "clone":
        model = models.clone_model(whole)
    else:
        model = models.Sequential.from_config(config, {"Counted": Counted})
    assert len(model.layers) == 20 and model.output_shape == (None, 2)
    assert Counted.calls == 20


def test_a_layer_that_is_added_unasked_is_there_in_the_next_call(engine):
    model = stack()
    model.add(layers.Dense(5), rebuild=False)
    assert model(np.ones((1, 4), "float32")).shape == (1, 5)
    model.add(layers.Dense(6))
    assert model.output_shape == (None, 6) and len(model.layers) == 3
    with pytest.raises(ValueError, match="expects"):
        model.add(layers.Conv2D(1, 3))
    assert model(np.ones((1, 4), "float32")).shape == (1, 6)
