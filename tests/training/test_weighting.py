"""Weights of samples, classes and outputs."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

import lamina
from lamina import optimizers
from lamina.feeds.class_weights import with_class_weights
from tests.training.nets import (
    dense,
    draw,
    labels,
    mlp,
    numpy_mse,
    two_data,
    two_outputs,
)


def test_sample_weights_scale_the_loss(trains):
    model, x, y = dense(), draw((40, 4)), draw((40, 3))
    weight = np.linspace(0, 2, 40)
    model.compile(
        optimizers.SGD(0.0), "mse", metrics=["mse", "mse"], weighted_metrics=["mae", "mse"]
    )
    p = model.predict(x, verbose=0)
    logs = model.evaluate(x, y, sample_weight=weight, batch_size=10, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(np.mean(numpy_mse(y, p) * weight), rel=1e-4)
    assert logs["mse"] == pytest.approx(np.mean(numpy_mse(y, p)), rel=1e-4)
    assert logs["mse_1"] == logs["mse"]  # no metric hides another
    assert logs["weighted_mse"] == pytest.approx(
        np.average(numpy_mse(y, p), weights=weight), rel=1e-4
    )
    assert logs["mae"] == pytest.approx(
        np.average(np.abs(y - p).mean(-1), weights=weight), rel=1e-4
    )
    assert model.fit(x, y, sample_weight=weight, batch_size=40, verbose=0).history["loss"][
        0
    ] == pytest.approx(logs["loss"], rel=1e-4)


def test_class_weights_are_sample_weights_by_class(trains):
    x, y = draw((40, 4)), labels(40)
    by_class = {0: 1.0, 1: 5.0, 2: 0.5}
    weight = np.array([by_class[c] for c in y])
    found = []
    for target, said in (
        (y, {"class_weight": by_class}),
        (y[:, None], {"class_weight": by_class}),
        (y, {"sample_weight": weight}),
        (y, {"sample_weight": weight / 2, "class_weight": dict.fromkeys(range(3), 2.0)}),
    ):
        lamina.utils.set_random_seed(4)
        model = mlp()
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, target, batch_size=8, epochs=2, verbose=0, **said)
        found.append(model.get_weights())
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


_UNEQUAL = np.array([0] * 20 + [2] * 12 + [1] * 8)


@pytest.mark.parametrize(
    "target",
    [_UNEQUAL, _UNEQUAL[:, None], np.eye(3)[_UNEQUAL], _UNEQUAL > 0],
    ids=["numbers", "column", "one-hot", "yes or no"],
)
def test_balanced_weights_are_scikit_learns(target):
    classes = _UNEQUAL > 0 if target.dtype == bool else _UNEQUAL
    expected = compute_sample_weight("balanced", classes)
    np.testing.assert_allclose(with_class_weights(target, "balanced", None, []), expected, 1e-6)
    double = with_class_weights(target, "balanced", np.full(40, 2.0), [])
    np.testing.assert_allclose(double, 2 * expected, 1e-6)


def test_each_output_is_balanced_by_itself():
    y = {"a": _UNEQUAL, "b": _UNEQUAL[::-1] > 0}
    found = with_class_weights(y, "balanced", None, ["a", "b"])
    for name, target in y.items():
        np.testing.assert_allclose(found[name], compute_sample_weight("balanced", target), 1e-6)
    only = with_class_weights(y, {"a": "balanced"}, None, ["a", "b"])
    assert only["b"] is None
    np.testing.assert_allclose(only["a"], found["a"])


def test_fit_learns_with_balanced_weights(trains):
    x = draw((40, 4))
    weight = compute_sample_weight("balanced", _UNEQUAL)
    found = []
    for given in ({"class_weight": "balanced"}, {"sample_weight": weight}):
        lamina.utils.set_random_seed(4)
        model = mlp()
        model.compile("sgd", "sparse_categorical_crossentropy")
        found.append(model.fit(x, _UNEQUAL, batch_size=8, verbose=0, **given).history["loss"])
    assert found[0] == pytest.approx(found[1])


NOT_BALANCED = {
    "numbers": (np.linspace(0, 1, 40), "one class for each sample"),
    "several classes at once": (np.ones((40, 3)), "one class for each sample"),
    "sequences": (np.zeros((40, 3, 2)), "one class for each sample"),
}


@pytest.mark.parametrize("case", NOT_BALANCED)
def test_no_balance_of_what_is_not_one_class(case):
    target, message = NOT_BALANCED[case]
    with pytest.raises(ValueError, match=message):
        with_class_weights(target, "balanced", None, [])


@pytest.mark.parametrize("given", ["balanced", {"out": "balanced"}, ["balanced"]], ids=str)
def test_no_balance_of_batches(given):
    model = mlp()
    model.compile("sgd", "sparse_categorical_crossentropy")
    batches = iter([(draw((8, 4)), labels(8))])
    with pytest.raises(ValueError, match=r"counts the classes of all targets.*Count them yourself"):
        model.fit(batches, class_weight=given, verbose=0)
    (finding,) = model.preflight(batches, class_weight=given)
    assert "counts the classes" in str(finding)


def test_class_weights_of_one_hot_targets(trains):
    x, y = draw((40, 4)), labels(40)
    model = mlp()
    model.compile("sgd", "categorical_crossentropy")
    one_hot = np.eye(3, dtype="float32")[y]
    by_class = {0: 0.0, 1: 1.0, 2: 0.0}
    loss = model.train_on_batch(x, one_hot, class_weight=by_class)
    fresh = model.test_on_batch
    assert np.isfinite(loss) and callable(fresh)
    model.reset_metrics()
    expected = model.evaluate(x, one_hot, sample_weight=(y == 1).astype("float32"), verbose=0)
    model.compile(optimizers.SGD(0.0), "categorical_crossentropy")
    assert model.train_on_batch(x, one_hot, class_weight=by_class) == pytest.approx(
        expected, rel=1e-5
    )


def test_sample_weights_per_output(trains):
    (x, y), n = two_data(), 50
    model = two_outputs()
    model.compile(optimizers.SGD(0.0), ["sparse_categorical_crossentropy", "mse"])
    weight = {"label": np.zeros(n), "value": np.ones(n)}
    by_name = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
    by_place = model.evaluate(
        x, y, sample_weight=[np.zeros(n), np.ones(n)], verbose=0, return_dict=True
    )
    for_all = model.evaluate(x, y, sample_weight=np.ones(n), verbose=0, return_dict=True)
    assert by_name == pytest.approx(by_place) and by_name["label_loss"] == 0
    assert for_all["value_loss"] == pytest.approx(by_name["value_loss"])


@pytest.mark.parametrize("own", [False, True], ids=["train_step", "own train_step"])
def test_masks_count_alike_in_training_and_in_evaluation(trains, own):
    """Metrics see the mask of the predictions, also of those that come out of `value_and_grad`."""

    class Own(lamina.Sequential):
        def train_step(self, data):
            x, y = data

            def objective():
                y_pred = self(x, training=True)
                return self.compute_loss(x, y, y_pred), y_pred

            variables = self.trainable_variables
            (_, y_pred), grads = lamina.autodiff.value_and_grad(
                objective, variables=variables, has_aux=True
            )()
            self.optimizer.apply(grads, variables)
            return self.compute_metrics(x, y, y_pred)

    model = (Own if own else lamina.Sequential)(
        [
            lamina.Input((7,)),
            lamina.layers.Embedding(50, 4, mask_zero=True),
            lamina.layers.Dense(3, "softmax"),
        ]
    )
    rng = np.random.default_rng(0)
    x, y = rng.integers(1, 50, (12, 7)), rng.integers(0, 3, (12, 7))
    x[:, 3:] = 0
    model.compile(
        optimizers.SGD(0.0),
        "sparse_categorical_crossentropy",
        metrics=["accuracy", lamina.metrics.exact(lambda y, p: y.size, name="seen")],
    )
    expected = np.mean(model.predict(x, verbose=0)[:, :3].argmax(-1) == y[:, :3])
    for logs in (
        model.evaluate(x, y, batch_size=12, verbose=0, return_dict=True),
        model.train_on_batch(x, y, return_dict=True),
    ):
        assert logs["accuracy"] == pytest.approx(expected)
        assert own or logs["seen"] == 12 * 3


def test_classes_without_a_weight_weigh_1(engine):
    from lamina.feeds.class_weights import with_class_weights

    y = np.array([0, 1, 1, 2])
    assert with_class_weights(y, {1: 3.0}, None, []).tolist() == [1, 3, 3, 1]
    one_hot = np.eye(3)[y]
    assert with_class_weights(one_hot, {0: 2.0}, np.full(4, 0.5), []).tolist() == [1, 0.5, 0.5, 0.5]


Pair = namedtuple("Pair", "first second")
NESTED = {
    "dicts in a list": lambda a, b, c: [{"p": a, "q": b}, c],
    "lists in a dict": lambda a, b, c: {"p": [a, b], "q": c},
    "named tuples": lambda a, b, c: Pair(a, Pair(b, c)),
    "deeper": lambda a, b, c: {"x": {"q": [b, c], "p": a}},
}


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("kind", NESTED)
def test_losses_metrics_and_targets_nest_like_the_outputs(engine, kind, partial):
    nested = NESTED[kind]
    x = lamina.Input((2,))
    a, b, c = (lamina.layers.Dense(1, name=name)(x) for name in "abc")
    model = lamina.Model(x, nested(a, b, c))
    none = None if partial else "mse"
    model.compile("sgd", nested("mse", "mae", none), metrics=nested(["mae"], None, none))
    rows, y = draw((8, 2)), [draw((8, 1)) for _ in range(3)]
    p = [model.get_layer(name)(rows) for name in "abc"]
    p = [np.asarray(lamina.ops.convert_to_numpy(part)) for part in p]
    expected = np.mean((p[0] - y[0]) ** 2) + np.mean(np.abs(p[1] - y[1]))
    expected += 0 if partial else np.mean((p[2] - y[2]) ** 2)
    given = nested(y[0], y[1], None if partial else y[2])
    logs = model.evaluate(rows, given, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    assert np.mean(np.abs(p[0] - y[0])) == pytest.approx(
        next(v for n, v in logs.items() if n.endswith("mae")), rel=1e-5
    )
    assert len([n for n in logs if n.endswith("mse")]) == (0 if partial else 1)


@pytest.mark.parametrize("form", [["mse"], {"a": "mse"}, ("mse",), "mse"], ids=str)
def test_one_output_takes_a_loss_in_every_form(engine, form):
    x = lamina.Input((2,))
    model = lamina.Model(x, lamina.layers.Dense(1, name="a")(x))
    model.compile("sgd", form)
    rows, y = draw((8, 2)), draw((8, 1))
    expected = np.mean((model.predict(rows, verbose=0) - y) ** 2)
    assert model.evaluate(rows, y, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_an_optional_input_may_be_none_in_fit(trains):
    class Sum(lamina.layers.Layer):
        def call(self, a, b=None):
            return a if b is None else a + b

    a, b = lamina.Input((2,), name="a"), lamina.Input((2,), name="b", optional=True)
    model = lamina.Model([a, b], lamina.layers.Dense(1, kernel_initializer="ones")(Sum()(a, b)))
    model.compile(optimizers.SGD(0.0), "mse")
    ones, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    assert model.fit([ones, None], y, verbose=0).history["loss"] == [1.0]
    assert model.fit([ones, ones], y, verbose=0).history["loss"] == [9.0]
