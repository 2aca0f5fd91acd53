"""The range test: what it suggests, when it ends, and that nothing of it stays."""

from __future__ import annotations

import random

import numpy as np
import pytest

import lamina
from lamina import Input, Model, Sequential, layers, metrics, optimizers
from lamina.optimizers import schedules
from lamina.searching.learning_rate import LearningRates

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 3)).astype("float32")
Y = X @ np.array([[1.0], [2.0], [3.0]], "float32")


def _linear(optimizer="sgd", loss="mse"):
    model = Sequential([Input((3,)), layers.Dense(1)])
    model.compile(optimizer, loss)
    return model


def test_the_suggestion_is_below_the_limit_of_stability(trains):
    """On a quadratic, gradient descent converges below `2 / curvature` only."""
    curvature = 2 * np.linalg.eigvalsh(X.T @ X / len(X)).max()
    rates = _linear().find_learning_rate(X, Y, batch_size=96, lowest=1e-4, highest=100)
    assert 2 / curvature / 100 < rates.suggestion < 2 / curvature
    assert rates.diverged and len(rates.rates) == len(rates.losses) < 100
    assert rates.rates[0] == pytest.approx(1e-4)
    np.testing.assert_allclose(rates.rates[1:] / rates.rates[:-1], 1e6 ** (1 / 99))


def test_each_loss_is_that_of_its_batch_alone():
    model = _linear(optimizers.SGD(0.0))
    rates = model.find_learning_rate(
        X, Y, batch_size=32, lowest=1e-12, highest=1e-11, steps=5, shuffle=False
    )
    batches = [slice(0, 32), slice(32, 64), slice(64, 96), slice(0, 32), slice(32, 64)]
    expected = [model.evaluate(X[rows], Y[rows], verbose=0) for rows in batches]
    np.testing.assert_allclose(rates.losses, expected, rtol=1e-5)


def test_it_ends_where_the_loss_is_not_finite():
    rates = _linear().find_learning_rate(X, Y, lowest=1e30, highest=1e38, steps=50)
    assert rates.diverged and len(rates.losses) < 5 and np.isfinite(rates.losses).all()
    assert rates.suggestion is None and "never fell" in str(rates)


def _model(built):
    first = [Input((3,))] if built else []
    hidden = [layers.Dense(8, activation="relu"), layers.BatchNormalization(), layers.Dropout(0.3)]
    model = Sequential([*first, *hidden, layers.Dense(1)])
    model.compile(
        "adam", "mse", metrics=["mae", metrics.exact(lambda t, p: float(t.mean()), "mean")]
    )
    return model


def _state(model):
    held = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [v.numpy() for v in held]


def find_rate(model):
    return model.find_learning_rate(X, Y, batch_size=16, steps=12, class_weight={0: 1.0})


def find_size(model):
    return model.find_batch_size(X, Y, most=4)


@pytest.mark.parametrize("search", [find_rate, find_size])
@pytest.mark.parametrize("built", [True, False], ids=["built", "not built"])
def test_training_after_it_is_training_without_it(search, built, trains):
    ends = []
    for searched in (False, True):
        lamina.utils.set_random_seed(5)
        model = _model(built)
        if searched:
            search(model)
        history = model.fit(X, Y, batch_size=16, epochs=2, verbose=0).history
        ends.append((history, _state(model), random.random(), np.random.random()))
    assert ends[0][0] == ends[1][0] and ends[0][2:] == ends[1][2:]
    for one, other in zip(ends[0][1], ends[1][1], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("search", [find_rate, find_size])
def test_nothing_of_it_stays(search, trains):
    model = _model(True)
    history = model.fit(X, Y, verbose=0)
    before, collected = _state(model), len(model.metrics[-1].collected)
    search(model)
    for one, other in zip(before, _state(model), strict=True):
        np.testing.assert_array_equal(one, other)
    assert model.history is history and not model.stop_training
    assert len(model.metrics[-1].collected) == collected


def test_a_failing_search_puts_all_back_as_well():
    model = _linear()
    before = _state(model)
    with pytest.raises(ValueError, match="is nan with learning rate"):
        model.find_learning_rate(X, np.full_like(Y, np.nan))
    for one, other in zip(before, _state(model), strict=False):  # the optimizer was not built
        np.testing.assert_array_equal(one, other)


class Loader:
    """Batches that can be started again."""

    def __iter__(self):
        return iter([(X[:16], Y[:16]), (X[16:32], Y[16:32])])

    def __len__(self):
        return 2


def test_batches_are_gone_through_again_and_again():
    assert len(_linear().find_learning_rate(Loader(), steps=9, highest=1e-4).losses) == 9


class Silent(Model):
    """Its step says nothing of a loss."""

    def call(self, x):
        return x

    def train_step(self, data):
        return {"other": lamina.ops.zeros(())}


REFUSED = {
    "schedule": (
        lambda: _linear(optimizers.SGD(schedules.ExponentialDecay(0.1, 1, 0.9))),
        {},
        "follows a schedule",
    ),
    "falling": (_linear, {"lowest": 1.0, "highest": 0.1}, "must rise from above 0"),
    "steps": (_linear, {"steps": 1}, "`steps` must be"),
    "a generator": (_linear, {"x": iter([(X, Y)]), "y": None}, "would use it up"),
    "not compiled": (lambda: Sequential([layers.Dense(1)]), {}, r"model\.compile"),
    "no loss": (lambda: _compiled(Silent()), {}, "have \\['other'\\]"),
}


def _compiled(model):
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_cannot_do_is_said(case):
    model, given, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        model().find_learning_rate(**{"x": X, "y": Y, **given})


def test_an_engine_without_gradients_says_so():
    with lamina.config.using_backend("numpy"):
        for name in ("find_learning_rate", "find_batch_size"):
            with pytest.raises(NotImplementedError, match="computes no gradients"):
                getattr(_linear(), name)(X, Y)


def test_the_suggestion_does_not_lag_behind():
    """It lies on the slope of the losses, though means of what was before look lower only later."""
    rates = np.geomspace(1e-6, 1, 100)
    losses = 2 - np.tanh((np.arange(100) - 40) / 5)
    found = LearningRates(rates, losses + RNG.normal(0, 0.02, 100), False)
    assert rates[35] < found.suggestion < rates[47]


def test_it_is_drawn():
    figure = _linear().find_learning_rate(X, Y).plot()
    (ax,) = figure.axes
    assert ax.get_xscale() == "log" and len(ax.lines) == 3
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("search", "shows"),
    [
        ("find_learning_rate", ["/rate", "learning_rate:"]),
        ("find_batch_size", ["/size", "fastest:"]),
    ],
)
def test_it_is_as_loud_as_it_is_asked_to_be(search, shows, capsys):
    find = getattr(_linear(), search)
    find(X, Y)
    assert capsys.readouterr().out == ""
    find(X, Y, verbose=2)
    line = capsys.readouterr().out
    assert line.count("\n") == 1 and all(text in line for text in shows), line
    with pytest.raises(ValueError, match="`verbose`"):
        find(X, Y, verbose=3)
