"""scikit-learn's own checks of estimators pass, all of them."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

import lamina
from lamina import layers
from lamina.engine import current
from lamina.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

# All samples in one step: a sample of weight 2 is to do exactly what the sample twice does.
FIT = {"batch_size": 1000, "epochs": 40, "verbose": 0, "preflight": False}


def network(X, y, activation=None, loss="mse"):
    if activation == "softmax" and (y.sum(axis=1) != 1).any():  # several labels per sample
        activation, loss = "sigmoid", "binary_crossentropy"
    hidden = layers.Dense(16, "relu")
    last = layers.Dense(y.shape[1], activation)
    begin = layers.Input(X.shape[1:])
    model = lamina.Sequential([begin, hidden, last])
    model.compile(lamina.optimizers.Adam(0.05), loss, jit_compile=False)
    return model


def classes(X, y):
    return network(X, y, "softmax", "categorical_crossentropy")


ESTIMATORS = [
    SKLearnClassifier(classes, fit_kwargs=FIT),
    SKLearnRegressor(network, fit_kwargs=FIT),
    SKLearnTransformer(network, fit_kwargs=FIT),
]
CHECKS = [
    pytest.param(
        estimator,
        check,
        id=f"{type(estimator).__name__}-{getattr(check, 'func', check).__name__}-{i}",
    )
    for estimator in ESTIMATORS
    for i, (_, check) in enumerate(estimator_checks_generator(estimator))
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_check(estimator, check):
    with current.using("torch"):
        check(estimator)


@pytest.fixture(autouse=True)
def _in_float64():
    """The checks compare to 1e-7, as scikit-learn's own networks compute."""
    before = lamina.config.floatx()
    lamina.config.set_floatx("float64")
    yield
    lamina.config.set_floatx(before)
