"""Functional models: any graph from any structure of inputs to any structure of outputs."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, models, ops
from lamina.core import tree
from tests.layers.checks import draw, raises_with


class Halves(lamina.Layer):
    """One input, two outputs."""

    def call(self, inputs):
        return inputs[:, :2], inputs[:, 2:]


class Named(lamina.Layer):
    """A dict in, a dict out."""

    def call(self, inputs):
        return {"sum": inputs["a"] + inputs["b"], "first": inputs["a"]}


class Shift(lamina.Layer):
    """A tensor by keyword, and a number."""

    def call(self, inputs, by=None, scale=1.0):
        return inputs + by * scale


def numpy(x):
    return tree.map_structure(ops.convert_to_numpy, x)


def two_branches(name="two"):
    a, b = layers.Input((4,), name="a"), layers.Input((3,), name="b")
    x = layers.Concatenate(name="joined")(
        [layers.Dense(5, name="left")(a), layers.Dense(5, name="right")(b)]
    )
    outputs = {"wide": layers.Dense(6, name="w")(x), "narrow": layers.Dense(1, name="n")(x)}
    return models.Model({"a": a, "b": b}, outputs, name=name)


def test_one_input_one_output(engine):
    x = layers.Input((4,))
    model = models.Model(x, layers.Dense(3)(x))
    assert model.input_shape == (None, 4) and model.output_shape == (None, 3)
    assert model.input is x and model.inputs == [x] and len(model.outputs) == 1
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "Dense"]


STRUCTURES = {
    "one": lambda a, b, c: a,
    "list": lambda a, b, c: [a, b],
    "tuple": lambda a, b, c: (a, b),
    "list of one": lambda a, b, c: [a],
    "dict": lambda a, b, c: {"p": a, "q": b},
    "dict of one": lambda a, b, c: {"p": a},
    "list of lists": lambda a, b, c: [[a, b], c],
    "list of dicts": lambda a, b, c: [{"p": a, "q": b}, c],
    "dict of lists": lambda a, b, c: {"p": [a, b], "q": c},
    "dict of dicts": lambda a, b, c: {"p": {"r": a, "s": b}, "q": c},
}


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_inputs_in_any_structure(structure, engine):
    inputs = structure(*(layers.Input((2,), name=f"{name}_in") for name in "xyz"))
    values = structure(*(np.full((3, 2), i + 1.0, "float32") for i in range(3)))
    used = [x * (i + 2) for i, x in enumerate(tree.flatten(inputs))]
    model = models.Model(inputs, used)
    expected = [value * (i + 2) for i, value in enumerate(tree.flatten(values))]
    for found in (
        numpy(model(values)),
        model.predict(values, verbose=0),
        model.predict_on_batch(values),
    ):
        for x, y in zip(tree.flatten(found), expected, strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_outputs_in_any_structure(structure, engine):
    x = layers.Input((2,))
    model = models.Model(x, structure(x * 2, x + 1, -x))
    value = draw((40, 2))
    expected = structure(value * 2, value + 1, -value)
    if isinstance(expected, list) and len(expected) == 1:  # comes as that output, as in Keras
        expected = expected[0]
    for found in (
        numpy(model(value)),
        model.predict(value, verbose=0),
        model.predict_on_batch(value),
    ):
        listed = list(expected) if isinstance(expected, tuple) else expected
        assert tree.same_structure(found, listed) or tree.same_structure(found, expected)
        for one, other in zip(tree.flatten(found), tree.flatten(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)


def test_dicts_bind_by_name_whatever_their_order(engine):
    model = two_branches()
    a, b = draw((5, 4)), draw((5, 3))
    one, other = (
        model.predict({"a": a, "b": b}, verbose=0),
        model.predict({"b": b, "a": a}, verbose=0),
    )
    for name in ("wide", "narrow"):
        np.testing.assert_array_equal(one[name], other[name])


def test_a_dict_binds_by_input_name_where_the_model_was_made_with_a_list(engine):
    # The order of the alphabet is not the order of the inputs.
    z, a = layers.Input((3,), name="z"), layers.Input((3,), name="a")
    model = models.Model([z, a], z - a)
    one, two = np.ones((2, 3), "float32"), np.full((2, 3), 2.0, "float32")
    for found in (model({"a": one, "z": two}), model([two, one]), model((two, one))):
        np.testing.assert_array_equal(numpy(found), np.ones((2, 3)))
    np.testing.assert_array_equal(model.predict({"a": one, "z": two}, verbose=0), np.ones((2, 3)))


@pytest.mark.parametrize("call", ["__call__", "predict", "predict_on_batch"])
def test_wrong_keys_are_errors(call, engine):
    model, a, b = two_branches(), draw((5, 4)), draw((5, 3))
    run = getattr(model, call)
    with raises_with(ValueError, "names ['a', 'b']", "missing: ['b']"):
        run({"a": a})
    with raises_with(ValueError, "names ['a', 'b']", "missing: ['b']", "unknown: ['c']"):
        run({"a": a, "c": b})
    with raises_with(ValueError, "names ['a', 'b']", "unknown: ['c']"):
        run({"a": a, "b": b, "c": b})
    with raises_with(ValueError, "dict of inputs with the keys ['a', 'b']"):
        run([a, b])


def test_a_wrong_number_of_inputs_is_an_error(engine):
    a, b = layers.Input((2,), name="a"), layers.Input((2,), name="b")
    model, x = models.Model([a, b], a + b), draw((3, 2))
    for wrong in ([x], [x, x, x], x):
        with raises_with(
            ValueError,
            "takes 2 input(s)",
            "['a', 'b']",
            f"got {len(wrong) if isinstance(wrong, list) else 1}",
        ):
            model.predict(wrong, verbose=0)


def test_a_wrong_shape_names_the_input(engine):
    model = two_branches()
    with raises_with(ValueError, "input 'b' expects shape (None, 3)", "(5, 4)"):
        model({"a": draw((5, 4)), "b": draw((5, 4))})


def test_a_last_axis_of_one_is_added_or_dropped(engine):
    x = layers.Input((1,))
    model = models.Model(x, x * 2)
    assert model.predict(draw((5,)), verbose=0).shape == (5, 1)
    y = layers.Input((4,))
    model = models.Model(y, y * 2)
    assert model.predict(draw((5, 4, 1)), verbose=0).shape == (5, 4)


def test_shared_layers_have_their_weights_once(engine):
    a, b = layers.Input((4,)), layers.Input((4,))
    shared = layers.Dense(3, name="shared")
    model = models.Model([a, b], [shared(a), shared(b)])
    assert len(model.weights) == 2 and len([x for x in model.layers if x is shared]) == 1
    x = draw((5, 4))
    one, other = model.predict([x, x], verbose=0)
    np.testing.assert_array_equal(one, other)


def test_models_are_layers(engine):
    inner = two_branches("inner")
    a, b = layers.Input((4,), name="p"), layers.Input((3,), name="q")
    found = inner({"b": b, "a": a})
    assert sorted(found) == ["narrow", "wide"]
    outer = models.Model([a, b], found["wide"] + found["narrow"], name="outer")
    xa, xb = draw((5, 4)), draw((5, 3))
    expected = inner.predict({"a": xa, "b": xb}, verbose=0)
    np.testing.assert_allclose(
        outer.predict([xa, xb], verbose=0), expected["wide"] + expected["narrow"], rtol=1e-6
    )
    assert [id(w) for w in outer.weights] == [id(w) for w in inner.weights]
    assert outer.get_layer("inner") is inner


def test_layers_with_several_outputs(engine):
    x = layers.Input((5,))
    first, second = Halves()(x)
    model = models.Model(x, [second, layers.Dense(1)(first)])
    value = draw((4, 5))
    np.testing.assert_array_equal(model.predict(value, verbose=0)[0], value[:, 2:])
    assert model.output_shape == [(None, 3), (None, 1)]


def test_layers_of_dicts(engine):
    a, b = layers.Input((2,), name="a"), layers.Input((2,), name="b")
    found = Named()({"a": a, "b": b})
    model = models.Model([a, b], found)
    x, y = draw((3, 2)), draw((3, 2), 1)
    result = model.predict([x, y], verbose=0)
    np.testing.assert_allclose(result["sum"], x + y, rtol=1e-6)
    np.testing.assert_array_equal(result["first"], x)


def test_ops_and_operators_in_the_graph(engine):
    x, y = layers.Input((2,)), layers.Input((3,))
    joined = ops.concatenate([x * 2 + 1, ops.relu(-y), 1 - y], axis=-1)
    model = models.Model([x, y], [joined, joined[:, 1:3], x @ ops.ones((2, 2)), 2**x])
    assert model.output_shape == [(None, 8), (None, 2), (None, 2), (None, 2)]
    a, b = draw((4, 2)), draw((4, 3))
    expected = np.concatenate([a * 2 + 1, np.maximum(-b, 0), 1 - b], -1)
    found = model.predict([a, b], verbose=0)
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    np.testing.assert_allclose(found[1], expected[:, 1:3], rtol=1e-6)
    np.testing.assert_allclose(found[2], a @ np.ones((2, 2)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[3], 2**a, rtol=1e-5)


def test_a_variable_in_the_graph_is_read_each_time(engine):
    factor = lamina.Variable(2.0)
    x = layers.Input((2,))
    model = models.Model(x, x * factor)
    value = draw((3, 2))
    np.testing.assert_allclose(numpy(model(value)), value * 2, rtol=1e-6)
    factor.assign(3.0)
    np.testing.assert_allclose(numpy(model(value)), value * 3, rtol=1e-6)


def test_a_model_of_ops_only(engine):
    x = layers.Input((2, 3))
    model = models.Model(x, ops.sum(x, axis=-1))
    assert model.output_shape == (None, 2) and model.weights == [] and model.count_params() == 0


def test_an_output_that_is_an_input(engine):
    x = layers.Input((2,))
    model = models.Model(x, [x, layers.Dense(1)(x)])
    value = draw((3, 2))
    np.testing.assert_array_equal(model.predict(value, verbose=0)[0], value)


def test_one_output_twice(engine):
    x = layers.Input((2,))
    y = layers.Dense(1)(x)
    one, other = models.Model(x, [y, y]).predict(draw((3, 2)), verbose=0)
    np.testing.assert_array_equal(one, other)


def test_a_model_may_begin_in_the_middle_of_a_graph(engine):
    x = layers.Input((4,))
    h = layers.Dense(3, name="h")(x)
    model = models.Model(x, layers.Dense(2, name="y")(h))
    head, tail = models.Model(x, h), models.Model(h, model.output)
    value = draw((5, 4))
    np.testing.assert_allclose(
        tail.predict(head.predict(value, verbose=0), verbose=0),
        model.predict(value, verbose=0),
        rtol=1e-6,
    )
    assert tail.input_shape == (None, 3) and [w.shape for w in tail.weights] == [(3, 2), (2,)]


def test_feature_extraction_shares_the_weights(engine):
    model = two_branches()
    features = models.Model(model.inputs, model.get_layer("joined").output)
    a, b = draw((5, 4)), draw((5, 3))
    assert features.predict([a, b], verbose=0).shape == (5, 10)
    assert features.get_layer("left").kernel is model.get_layer("left").kernel


def test_a_disconnected_graph_is_refused():
    a, b = layers.Input((2,), name="here"), layers.Input((2,), name="elsewhere")
    with raises_with(ValueError, "graph is disconnected", "'elsewhere'", "inputs="):
        models.Model(a, layers.Dense(1)(a + b))


def test_inputs_and_outputs_must_be_symbolic():
    x = layers.Input((2,))
    y = layers.Dense(1)(x)
    with raises_with(ValueError, "`inputs` must hold KerasTensors", "ndarray"):
        models.Model(np.ones((1, 2)), y)
    with raises_with(ValueError, "`outputs` must hold KerasTensors", "Dense"):
        models.Model(x, layers.Dense(1))
    with raises_with(ValueError, "holds one twice"):
        models.Model([x, x], y)
    with raises_with(ValueError, "both `inputs` and `outputs`"):
        models.Model(x)
    with raises_with(ValueError, "`inputs` is empty"):
        models.Model([], y)


def test_equal_layer_names_are_refused():
    x = layers.Input((2,))
    with raises_with(ValueError, "different names", "'same'"):
        models.Model(x, layers.Dense(1, name="same")(layers.Dense(1, name="same")(x)))


def test_layers_that_do_not_fit_name_themselves_and_the_shape():
    x = layers.Input((4,))
    with raises_with(ValueError, "'picture' (Conv2D)", "4 axes", "(None, 4)"):
        layers.Conv2D(2, 3, name="picture")(x)
    with raises_with(ValueError, "'joined' (Concatenate)"):
        layers.Concatenate(name="joined", axis=1)([layers.Input((2, 3)), layers.Input((2, 4))])


def test_weights_and_counting(engine):
    model = two_branches()
    assert model.count_params() == 25 + 20 + 66 + 11
    other = two_branches()
    other.set_weights(model.get_weights())
    x = {"a": draw((5, 4)), "b": draw((5, 3))}
    np.testing.assert_array_equal(
        other.predict(x, verbose=0)["wide"], model.predict(x, verbose=0)["wide"]
    )


def test_unused_inputs_belong_to_the_model(engine):
    a, b = layers.Input((2,), name="a"), layers.Input((2,), name="b")
    model = models.Model([a, b], layers.Dense(1)(a))
    assert model.predict([draw((3, 2)), draw((3, 2))], verbose=0).shape == (3, 1)
    assert len(model.inputs) == 2


def test_an_optional_input_may_be_none(engine):
    class AddIfThere(lamina.Layer):
        def call(self, x, extra=None):
            return x if extra is None else x + extra

    a, b = layers.Input((2,), name="a"), layers.Input((2,), name="b", optional=True)
    model = models.Model({"a": a, "b": b}, AddIfThere()(a, b))
    x = draw((3, 2))
    np.testing.assert_array_equal(numpy(model({"a": x, "b": None})), x)
    np.testing.assert_array_equal(numpy(model({"a": x})), x)
    np.testing.assert_allclose(numpy(model({"a": x, "b": x})), 2 * x, rtol=1e-6)


def test_keyword_tensors_are_part_of_the_graph(engine):
    a, b = layers.Input((2,)), layers.Input((2,))
    model = models.Model([a, b], Shift()(a, by=b, scale=3.0))
    x, y = draw((4, 2)), draw((4, 2), 1)
    np.testing.assert_allclose(model.predict([x, y], verbose=0), x + 3 * y, rtol=1e-5)


def test_training_reaches_the_layers_of_the_graph(engine):
    x = layers.Input((50,))
    model = models.Model(x, layers.Dropout(0.5)(x))
    value = np.ones((4, 50), "float32")
    np.testing.assert_array_equal(numpy(model(value)), value)
    assert set(np.unique(numpy(model(value, training=True)))) == {0.0, 2.0}


def test_a_deep_graph_does_not_exhaust_the_stack(engine):
    x = y = layers.Input((2,))
    for _ in range(1200):
        y = y + 1
    np.testing.assert_allclose(
        numpy(models.Model(x, y)(np.zeros((1, 2), "float32"))), [[1200, 1200]]
    )


def test_training_by_one_seed_gives_the_weights_of_the_sequential_model(trains):
    x, y = draw((64, 4)), draw((64, 2), 1)

    def sequential():
        return models.Sequential(
            [layers.Input((4,)), layers.Dense(8, activation="tanh"), layers.Dense(2)]
        )

    def functional():
        i = layers.Input((4,))
        return models.Model(i, layers.Dense(2)(layers.Dense(8, activation="tanh")(i)))

    found = []
    for make in (sequential, functional):
        lamina.utils.set_random_seed(5)
        model = make()
        model.compile("adam", "mse")
        model.fit(x, y, epochs=2, batch_size=16, verbose=0)
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_constants_in_the_graph_follow_the_engine():
    with lamina.config.using_backend("jax"):
        x = layers.Input((2,))
        y = Shift()(x @ ops.ones((2, 2)), by=ops.ones((1, 2)))
        model = models.Model(x, y + np.ones(2, "float32"))
    value = draw((3, 2))
    for name in ("jax", "numpy", "torch", "tensorflow"):
        with lamina.config.using_backend(name):
            np.testing.assert_allclose(
                model.predict(value, verbose=0), value @ np.ones((2, 2)) + 2, rtol=1e-5
            )
    assert model.weights == []


def test_outputs_in_nested_structures_train(trains):
    x = layers.Input((4,))
    outputs = {"p": [layers.Dense(1)(x), layers.Dense(2)(x)], "q": layers.Dense(3)(x)}
    model = models.Model(x, outputs)
    model.compile("sgd", "mse")
    y = {"q": draw((20, 3)), "p": [draw((20, 1)), draw((20, 2))]}
    logs = model.fit(draw((20, 4)), y, verbose=0).history
    assert sorted(logs) == ["loss", "p_0_loss", "p_1_loss", "q_loss"]


def test_outputs_with_names_take_no_list(trains):
    model = two_branches()
    model.compile("sgd", "mse")
    x = {"a": draw((5, 4)), "b": draw((5, 3))}
    with raises_with(ValueError, "`y` must be a dict with the keys ['narrow', 'wide']", "list"):
        model.fit(x, [draw((5, 1)), draw((5, 6))], verbose=0)


def test_a_batch_axis_too_many_or_too_few_is_named():
    data = np.ones((6, 4), "float32")
    x = lamina.Input(data.shape)
    with raises_with(ValueError, "(None, 6, 4)", "(6, 4)", "Input((4,))"):
        lamina.Model(x, layers.Dense(2)(x)).predict(data, verbose=0)
    x = lamina.Input((4,))
    with raises_with(ValueError, "(None, 4)", "(4,)", "x[None]"):
        lamina.Model(x, layers.Dense(2)(x))(data[0])


class Encoder(lamina.Layer):
    """One block of a transformer, with a table of positions, as BERT has it."""

    def __init__(self, words, positions, width):
        super().__init__()
        self.words = layers.Embedding(words, width, mask_zero=True)
        self.positions = layers.Embedding(positions, width)
        self.attention = layers.MultiHeadAttention(2, width // 2)
        self.norm = layers.LayerNormalization()

    def call(self, ids):
        x = self.words(ids) + self.positions(ops.arange(ids.shape[1]))
        x = self.norm(x + self.attention(x, x))
        return x[:, 0]


@pytest.mark.parametrize("positions", [512, 16])
def test_a_transformer_of_unknown_length(engine, positions):
    ids = lamina.Input((None,), dtype="int32")
    model = lamina.Model(ids, layers.Dense(3)(Encoder(9, positions, 8)(ids)))
    assert model.output.shape == (None, 3)
    for length in (4, 7):
        assert model(np.ones((2, length), "int32")).shape == (2, 3)
