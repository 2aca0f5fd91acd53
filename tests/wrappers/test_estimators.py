"""Models as estimators of scikit-learn: what they are given, and what they give, on every engine."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lamina
from lamina import layers
from lamina.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

FIT = {"epochs": 30, "batch_size": 100, "verbose": 0, "preflight": False}
X = np.random.default_rng(0).normal(size=(60, 4))
SIGNS = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])


def network(X, y, units=None, activation=None, loss="mse", rate=0.1, **arguments):
    last = layers.Dense(units or y.shape[1], activation)
    model = lamina.Sequential([layers.Input(X.shape[1:]), last])
    model.compile(lamina.optimizers.Adam(rate), loss, jit_compile=False, **arguments)
    return model


def classifier(loss="categorical_crossentropy", activation="softmax", units=None, **arguments):
    how = {"loss": loss, "activation": activation, "units": units}
    return SKLearnClassifier(network, model_kwargs=how, fit_kwargs=FIT, **arguments)


def regressor(**arguments):
    return SKLearnRegressor(network, fit_kwargs=FIT, **arguments)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["b", "a", "c"]),
        np.array(["b", "a", 'x"'], object),
        np.array([5, -1, 30]),
        np.array([0.0, 1.0, 2.0]),
    ],
    ids=["text", "objects", "integers", "floats"],
)
def test_labels_of_any_type(labels, trains):
    y = labels[THREE]
    fitted = classifier().fit(X, y)
    np.testing.assert_array_equal(fitted.classes_, np.unique(labels))
    assert fitted.predict(X).dtype == labels.dtype
    assert fitted.score(X, y) > 0.8
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


def logits(name):
    return getattr(lamina.losses, name)(from_logits=True)


@pytest.mark.parametrize(
    ("loss", "activation", "units"),
    [
        ("categorical_crossentropy", "softmax", 2),
        ("sparse_categorical_crossentropy", "softmax", 2),
        (logits("SparseCategoricalCrossentropy"), None, 2),
        (logits("CategoricalCrossentropy"), None, 2),
        ("binary_crossentropy", "sigmoid", 1),
        (logits("BinaryCrossentropy"), None, 1),
        ("binary_crossentropy", "sigmoid", 2),
        (lamina.losses.binary_crossentropy, "sigmoid", 1),
        ("auto", "sigmoid", 1),
        ("auto", "softmax", 2),
    ],
)
def test_two_classes_in_any_form(loss, activation, units, trains):
    fitted = classifier(loss, activation, units).fit(X, np.array(["no", "yes"])[SIGNS])
    shares, scores = fitted.predict_proba(X), fitted.decision_function(X)
    assert shares.shape == (60, 2) and scores.shape == (60,)
    assert fitted.score(X, np.array(["no", "yes"])[SIGNS]) > 0.9
    np.testing.assert_array_equal(fitted.predict(X) == "yes", shares[:, 1] > 0.5)
    np.testing.assert_array_equal(scores > 0, shares[:, 1] > 0.5)


def test_a_hinge_gives_scores_but_not_probabilities(trains):
    fitted = classifier("hinge", None, 1).fit(X, SIGNS)
    assert fitted.score(X, SIGNS) > 0.9
    np.testing.assert_array_equal(fitted.decision_function(X) > 0, fitted.predict(X))
    with pytest.raises(ValueError, match=r"hinge.* does not take probabilities"):
        fitted.predict_proba(X)


def test_several_labels_per_sample(trains):
    y = np.stack([SIGNS, X[:, 1] > 0], axis=1).astype(int)
    fitted = classifier("binary_crossentropy", "sigmoid").fit(X, y)
    assert fitted.predict(X).shape == fitted.predict_proba(X).shape == (60, 2)
    assert (fitted.predict(X) == y).mean() > 0.9


def test_several_numbers_per_sample(trains):
    y = X @ np.random.default_rng(1).normal(size=(4, 3))
    fitted = regressor().set_params(fit_kwargs__epochs=100).fit(X, y)
    assert fitted.predict(X).shape == (60, 3) and fitted.predict(X).dtype == "float64"
    assert fitted.score(X, y) > 0.9


def test_images_keep_their_axes(trains):
    def flat(images, y):
        flatten = [layers.Input(images.shape[1:]), layers.Flatten()]
        model = lamina.Sequential([*flatten, layers.Dense(1)])
        model.compile("adam", "mse", jit_compile=False)
        return model

    images = X.reshape(60, 2, 2)
    fitted = SKLearnRegressor(flat, fit_kwargs={**FIT, "epochs": 1}).fit(images, X[:, 0])
    assert fitted.predict(images).shape == (60,)


def test_sparse_matrices_are_taken_as_they_are(trains):
    fitted = regressor(random_state=0).fit(csr_array(X), X[:, 0])
    expected = regressor(random_state=0).fit(X, X[:, 0]).predict(X)
    np.testing.assert_allclose(fitted.predict(csr_array(X)), expected, rtol=1e-4, atol=1e-4)
    assert (
        SKLearnTransformer(network, fit_kwargs=FIT).fit(csr_array(X)).transform(X).shape == X.shape
    )


def test_only_the_ratios_of_weights_count_and_0_leaves_samples_out(trains):
    some = np.arange(60) % 3 > 0
    one = regressor(random_state=1).fit(X[some], X[some, 0])
    for weight in (1, 1000):
        other = regressor(random_state=1).fit(X, X[:, 0], sample_weight=some * weight)
        np.testing.assert_allclose(one.predict(X), other.predict(X), atol=1e-4)
    with pytest.raises(ValueError, match="all zero"):
        regressor().fit(X, X[:, 0], sample_weight=np.zeros(60))


def test_a_random_state_makes_fits_equal_and_leaves_other_draws_alone(trains):
    once, again, other = (regressor(random_state=n).fit(X, SIGNS).predict(X) for n in (3, 3, 4))
    np.testing.assert_array_equal(once, again)
    assert np.abs(once - other).max() > 1e-4
    lamina.utils.set_random_seed(5)
    first = lamina.random.normal((2,))
    lamina.utils.set_random_seed(5)
    regressor(random_state=3).fit(X, SIGNS)
    np.testing.assert_array_equal(first, lamina.random.normal((2,)))


def test_a_search_over_arguments_of_the_function(trains):
    search = GridSearchCV(
        SKLearnRegressor(network, fit_kwargs={**FIT, "epochs": 10}),
        {"model_kwargs__rate": [1e-6, 0.3], "fit_kwargs__batch_size": [40]},
        cv=2,
    )
    search.fit(X, X[:, 0])
    assert search.best_params_ == {"fit_kwargs__batch_size": 40, "model_kwargs__rate": 0.3}
    assert search.estimator.model_kwargs is None


def test_cross_validation_in_a_pipeline(trains):
    scores = cross_val_score(make_pipeline(StandardScaler(), classifier()), X, SIGNS, cv=2)
    assert scores.shape == (2,) and scores.min() > 0.7


def test_features_for_the_next_step(trains):
    pipeline = make_pipeline(SKLearnTransformer(network, fit_kwargs=FIT), classifier())
    assert pipeline.fit(X, SIGNS).score(X, SIGNS) > 0.9
    features = SKLearnTransformer(network, fit_kwargs=FIT).fit(X)  # without `y`: X itself
    assert features.transform(X).shape == X.shape
    assert list(features.get_feature_names_out()) == [f"sklearntransformer{i}" for i in range(4)]


def my_loss(y_true, y_pred):
    return lamina.ops.mean(lamina.ops.square(y_true - y_pred), axis=-1)


def test_a_given_model_stays_as_it_is(trains):
    model = network(X, SIGNS[:, None], loss=my_loss)
    before = model.get_weights()[0]
    estimator = clone(SKLearnRegressor(model, fit_kwargs=FIT))
    fitted = estimator.fit(X, SIGNS)
    assert fitted.model_ is not estimator.model is not model and fitted.epoch_ == 30
    for kept in (model, estimator.model):
        np.testing.assert_array_equal(kept.get_weights()[0], before)


def test_a_warm_start_goes_on(trains):
    model = network(X, SIGNS[:, None], rate=0.0)
    fitted = SKLearnRegressor(model, warm_start=True, fit_kwargs=FIT).fit(X, SIGNS)
    before = fitted.model_.get_weights()[0]
    fitted.fit(X, SIGNS, epochs=2)
    assert fitted.model_ is model and fitted.epoch_ == 32 and fitted.history_.epoch == [0, 1]
    np.testing.assert_array_equal(fitted.model_.get_weights()[0], before)


def test_a_warm_start_keeps_the_classes(trains):
    fitted = classifier(warm_start=True).fit(X, THREE)
    some = THREE != 1
    fitted.fit(X[some], THREE[some])
    assert fitted.classes_.tolist() == [0, 1, 2] and fitted.score(X[some], THREE[some]) > 0.8
    with pytest.raises(ValueError, match=r"goes on with the classes \[0, 1, 2\]"):
        fitted.fit(X, THREE + 1)


@pytest.mark.parametrize("given", ["function", "model"])
def test_a_fitted_estimator_goes_through_a_pickle(given, trains):
    model = network if given == "function" else network(X, SIGNS[:, None], loss=my_loss)
    fitted = SKLearnRegressor(model, fit_kwargs=FIT).fit(X, SIGNS)
    data = pickle.dumps(fitted)
    again = pickle.loads(data)
    assert b"config.json" in data  # the weights travel in a `.keras` file
    np.testing.assert_allclose(again.predict(X), fitted.predict(X), rtol=1e-6)
    assert again.history_.history == fitted.history_.history


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (3, TypeError, r"SKLearnRegressor\(model=...\) takes a compiled model.* not 3 \(int\)"),
        (layers.Dense(1), TypeError, "not <Dense"),
        (lambda X, y: None, TypeError, "not None"),
        (lamina.Sequential(name="bare"), RuntimeError, "'bare' is not compiled"),
    ],
)
def test_what_is_not_a_compiled_model_is_refused(model, error, message):
    with pytest.raises(error, match=message):
        SKLearnRegressor(model).fit(X, SIGNS)
