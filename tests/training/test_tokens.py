"""What is known from call to call of a step is looked at anew when what it follows from has changed."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, losses, metrics, models, optimizers
from lamina.core.variable import snapshot
from tests.training.nets import draw, labels, mlp

X = draw((8, 4))
Y = X.sum(1, keepdims=True)


def _model(**options):
    lamina.utils.set_random_seed(5)
    model = models.Sequential(
        [layers.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(1)]
    )
    model.compile("sgd", "mse", **options)
    return model


def test_trainable_variables_follow_each_freezing():
    model = _model()
    for trains in (True, False, True):
        model.layers[0].trainable = trains
        assert len(model.trainable_variables) == 2 + 2 * trains
        model.layers[1].bias.trainable = trains
        assert len(model.trainable_variables) == 1 + 3 * trains
        model.layers[1].bias.trainable = True


def test_a_layer_may_compute_whether_it_is_trainable():
    class Switched(layers.Dense):
        def __init__(self, units):
            super().__init__(units)
            self.learns = True

        @property
        def trainable(self):
            return self.learns

    model = models.Sequential([layers.Input((4,)), Switched(2)])
    assert len(model.trainable_variables) == 2
    model.layers[0].learns = False
    assert model.trainable_variables == []


def test_a_caller_may_change_the_list_that_it_got():
    model = _model()
    model.trainable_variables.clear()
    model.metrics.clear()
    assert len(model.trainable_variables) == 4 and len(model.metrics) == 1


def test_metrics_follow_compile_and_attributes(backend):
    model = _model(metrics=["mae"])
    assert len(model.test_on_batch(X, Y)) == 2
    model.compile(model.optimizer, "mse")
    assert isinstance(model.test_on_batch(X, Y), float)
    model.layers[0].counted = metrics.Mean(name="counted")
    assert model.metrics_names == ["loss", "counted"]
    assert len(model.test_on_batch(X, Y)) == 2


BAD = {
    "labels": ("sparse_categorical_crossentropy", np.full((8, 1), 7), "labels from 7"),
    "probabilities": ("binary_crossentropy", np.full((8, 3), 1.5, "float32"), "values in"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("before", ["good ones", "another loss"])
def test_wrong_targets_are_refused_after_good_ones(backend, kind, before):
    loss, bad, message = BAD[kind]
    model = models.Sequential([layers.Input((4,)), layers.Dense(3, activation="sigmoid")])
    model.compile(loss=(lambda y, p: p[:, 0]) if before == "another loss" else loss)
    for _ in range(2):
        model.test_on_batch(X, bad if before == "another loss" else np.zeros_like(bad))
    model.compile(loss=loss)
    with pytest.raises(ValueError, match=message):
        model.test_on_batch(X, bad)


@pytest.mark.parametrize("method", ["evaluate", "test_on_batch", "predict", "predict_on_batch"])
def test_wrong_words_are_refused_after_good_ones(backend, method):
    model = models.Sequential([layers.Input((2,)), layers.Embedding(5, 1), layers.Flatten()])
    model.compile(loss="mse")
    more = () if method.startswith("predict") else (np.zeros((4, 2), "float32"),)
    getattr(model, method)(np.zeros((4, 2), "int32"), *more)
    getattr(model, method)(np.zeros((4, 2), "int32"), *more)
    with pytest.raises(ValueError, match="rows for 0 to 4"):
        getattr(model, method)(np.full((4, 2), 5, "int32"), *more)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_a_nan_is_told_after_finite_batches(backend, dtype):
    model, x = _model(), X.astype(dtype)
    model.test_on_batch(x, Y)
    model.test_on_batch(x, Y)
    x[0, 0] = np.nan
    with pytest.warns(UserWarning, match="1 NaN value"):
        model.test_on_batch(x, Y)
    model.test_on_batch(x[::-1][:7], Y[:7])  # it does not hold it any more


def test_a_learning_rate_and_a_slot_count_at_once(trains):
    model = _model()
    model.compile(optimizers.SGD(0.1, momentum=0.9), "mse")
    model.train_on_batch(X, Y)
    before = model.get_weights()
    model.optimizer.learning_rate = 0.0
    for v in model.optimizer.variables[2:]:
        v.assign(np.zeros(v.shape, "float32"))
    model.train_on_batch(X, Y)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("as_attribute", [True, False])
def test_a_variable_that_an_optimizer_makes_later_is_part_of_the_step(trains, as_attribute):
    class Counting(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate)
            for counter in [v for v in self.variables if v.name == "counter"]:
                counter.assign_add(1.0)

    model = _model()
    model.compile(Counting(0.1), "mse")
    model.train_on_batch(X, Y)
    if as_attribute:
        model.optimizer.counter = counter = lamina.Variable(0.0, name="counter")
    else:
        counter = model.optimizer.add_variable((), name="counter")
    model.train_on_batch(X, Y)
    model.train_on_batch(X, Y)
    assert float(counter) == 8.0


def test_a_layer_added_between_steps_learns(trains):
    model = _model()
    model.train_on_batch(X, Y)
    model.pop()
    model.add(layers.Dense(2))
    model.add(layers.Dense(1))
    model.train_on_batch(X, Y)
    before = model.get_weights()
    model.train_on_batch(X, Y)
    assert all((a != b).any() for a, b in zip(before[4:], model.get_weights()[4:], strict=True))


KINDS = {
    "another size": lambda: (X[:3], Y[:3]),
    "another dtype": lambda: (X.astype("float64"), Y.astype("int64")),
    "lists": lambda: (X.tolist(), Y.tolist()),
    "weights": lambda: (X, Y, np.ones(8)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_batches_of_other_kinds_give_what_they_give_alone(backend, kind):
    model, other = _model(), _model()
    model.test_on_batch(X, Y)
    model.test_on_batch(X, Y)
    data = KINDS[kind]()
    assert model.test_on_batch(*data) == other.test_on_batch(*data)


# One batch in `evaluate`.


def test_evaluate_of_one_batch_gives_what_a_pass_gives(backend):
    model = mlp()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = draw((20, 4)), labels(20)
    at_once = model.evaluate(x, y, batch_size=20, verbose=0)
    np.testing.assert_allclose(at_once, model.evaluate(x, y, 7, verbose=0), rtol=1e-5)
    pass_of_one = model.evaluate(x, y, 20, verbose=0, callbacks=[])
    assert at_once == pass_of_one
    named = model.evaluate(x, y, 20, verbose=0, return_dict=True)
    assert [*named.values()] == at_once


def test_evaluate_of_one_batch_leaves_the_metrics_of_a_fit_around_it(trains):
    model, seen = _model(metrics=["mae"]), []
    look = lamina.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: (
            seen.append(snapshot(model.metrics_variables)),
            model.evaluate(X, Y, verbose=0),
            seen.append(snapshot(model.metrics_variables)),
        )
    )
    model.fit(X, Y, batch_size=4, verbose=0, callbacks=[look])
    assert len(seen) == 4
    for before, after in zip(seen[::2], seen[1::2], strict=True):
        assert [np.asarray(v) for _, v in before] == [np.asarray(v) for _, v in after]


@pytest.mark.parametrize("verbose", [1, 2])
def test_evaluate_of_one_batch_shows_its_logs(backend, verbose, capsys):
    _model().evaluate(X, Y, verbose=verbose)
    assert "1/1" in (shown := capsys.readouterr().out) and "loss" in shown


@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_evaluate_of_one_batch_refuses_a_size_that_is_none(size):
    with pytest.raises(ValueError, match="batch_size"):
        _model().evaluate(X, Y, batch_size=size, verbose=0)


def test_metrics_begin_at_zero_whatever_they_hold(trains):
    model = _model()
    loss = model.test_on_batch(X, Y)
    for v in model.metrics_variables:
        v.assign(5.0)
    assert model.test_on_batch(X, Y) == loss
    assert model.evaluate(X, Y, verbose=0) == loss
    model.loss_function = losses.MeanSquaredError()  # an attribute that holds nothing
    assert model.test_on_batch(X, Y) == loss


# What a step leaves as it is.


def test_a_step_of_testing_hands_the_weights_on_as_they_are(backend):
    model = _model()
    model.test_on_batch(X, Y)
    before = [v.held[1] for v in model.variables]
    model.test_on_batch(X, Y)
    assert all(v.held[1] is x for v, x in zip(model.variables, before, strict=True))


def test_variables_that_change_places_and_one_that_changes_by_shape(trains):
    class Swapping(lamina.Layer):
        def build(self, input_shape):
            self.first = self.add_weight((), "zeros", trainable=False)
            self.second = self.add_weight((), "ones", trainable=False)
            self.batches = self.add_weight((), "zeros", trainable=False)

        def call(self, x):
            first, second = self.first.value, self.second.value
            self.first.assign(second)
            self.second.assign(first)
            if x.shape[0] == 3:
                self.batches.assign_add(1.0)
            return x

    model = models.Sequential([layers.Input((4,)), Swapping(), layers.Dense(1)])
    model.compile("sgd", "mse")
    swapping = model.layers[0]
    start = float(swapping.first)
    for step, size in enumerate((3, 8, 3, 8, 8), 1):
        model.test_on_batch(X[:size], Y[:size])
        assert float(swapping.first) == (start + step) % 2 == 1 - float(swapping.second)
    assert float(swapping.batches) == 2.0
    model.train_on_batch(X[:3], Y[:3])
    assert float(swapping.batches) == 3.0
