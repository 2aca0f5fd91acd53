"""Metrics of the whole set at once: alone, and beside compiled ones in fit and evaluate."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from lamina import Sequential, callbacks, layers, metrics, saving
from lamina.core.masks import set_mask
from lamina.metrics import exact
from lamina.training.compiled_metrics import FOR_HOST

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = (X[:, 0] + 0.5 * RNG.normal(size=50) > 0).astype("int64")
WEIGHT = RNG.uniform(0.5, 2, 50).astype("float32")


def rank_correlation(y_true, y_pred):
    return stats.spearmanr(y_true.ravel(), y_pred.ravel()).statistic


def _model(**kwargs):
    model = Sequential([layers.Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", **kwargs)
    return model


def test_alone_over_batches(engine):
    metric = exact(sk.roc_auc_score)
    assert metric.name == "roc_auc_score" and metric.result() == 0.0
    scores = RNG.uniform(size=50)
    for rows in (slice(0, 20), slice(20, 50)):
        metric.update_state(engine.asarray(Y[rows]), scores[rows])
    assert metric.result() == pytest.approx(sk.roc_auc_score(Y, scores))
    metric.reset_state()
    metric.update_state(Y, scores, WEIGHT)
    assert metric.result() == pytest.approx(sk.roc_auc_score(Y, scores, sample_weight=WEIGHT))


def test_classes_and_further_arguments(engine):
    scores = RNG.dirichlet(np.ones(3), 20)
    labels = RNG.integers(0, 3, 20)
    expected = sk.f1_score(labels, scores.argmax(-1), average="macro")
    metric = exact(sk.f1_score, "f1", classes=True, average="macro")
    for targets in (labels, labels[:, None], np.eye(3)[labels]):
        metric.reset_state()
        assert metric(targets, scores) == pytest.approx(expected)
    assert exact(sk.precision_score, classes=True)(Y, np.linspace(0, 1, 50)) == pytest.approx(
        sk.precision_score(Y, np.linspace(0, 1, 50) > 0.5)
    )


def test_masked_steps_are_left_out(engine):
    y_pred = engine.asarray(np.array([[1.0, 2.0], [3.0, 9.0]], "float32"))
    set_mask(y_pred, engine.asarray(np.array([[True, True], [True, False]])))
    metric = exact(lambda y_true, y_pred, sample_weight=None: y_pred.sum(), "total")
    assert metric(np.zeros((2, 2)), y_pred) == 6.0
    metric.reset_state()
    assert metric(np.zeros((2, 2)), y_pred, np.array([1.0, 2.0])) == 6.0


def test_merging():
    one, other = exact(sk.roc_auc_score), exact(sk.roc_auc_score)
    one.update_state(Y[:20], X[:20, 0])
    other.update_state(Y[20:], X[20:, 0])
    one.merge_state([other])
    assert one.result() == pytest.approx(sk.roc_auc_score(Y, X[:, 0]))


@pytest.mark.parametrize("eager", [False, True])
def test_evaluate_beside_compiled_metrics(engine, eager):
    model = _model(
        metrics=["accuracy", exact(sk.average_precision_score, "ap"), exact(rank_correlation)],
        weighted_metrics=[exact(sk.roc_auc_score, "auc")],
        run_eagerly=eager,
    )
    logs = model.evaluate(X, Y, batch_size=16, sample_weight=WEIGHT, verbose=0, return_dict=True)
    scores = model.predict(X, verbose=0)[:, 0]
    assert logs["ap"] == pytest.approx(sk.average_precision_score(Y, scores))
    assert logs["rank_correlation"] == pytest.approx(rank_correlation(Y, scores), abs=1e-5)
    assert logs["auc"] == pytest.approx(sk.roc_auc_score(Y, scores, sample_weight=WEIGHT))
    assert logs["accuracy"] == pytest.approx(sk.accuracy_score(Y, scores > 0.5))
    assert not any(name.startswith("_") for name in logs)
    assert model.metrics_names == ["loss", "accuracy", "ap", "rank_correlation", "auc"]
    assert model.test_on_batch(X, Y, return_dict=True)["ap"] == pytest.approx(logs["ap"])


def test_fit_with_shuffling_and_validation(trains):
    seen = []
    watch = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(dict(logs)))
    model = _model(metrics=[exact(sk.roc_auc_score, "auc"), exact(lambda y, p: len(y), "count")])
    history = model.fit(
        X, Y, batch_size=16, epochs=2, verbose=0, validation_data=(X[:9], Y[:9]), callbacks=[watch]
    ).history
    assert history["count"] == [50.0, 50.0] and history["val_count"] == [9.0, 9.0]
    assert history["val_auc"][-1] == pytest.approx(
        sk.roc_auc_score(Y[:9], model.predict(X[:9], verbose=0))
    )
    assert 0 <= history["auc"][0] <= 1
    assert len(seen) == 8 and all(FOR_HOST not in logs for logs in seen)
    assert model.train_on_batch(X, Y, return_dict=True)["count"] == 50.0


def test_several_outputs(engine):
    a = layers.Input((4,))
    outputs = {
        "p": layers.Dense(1, activation="sigmoid", name="p")(a),
        "v": layers.Dense(1, name="v")(a),
    }
    from lamina import Model

    model = Model(a, outputs)
    model.compile("sgd", {"p": "bce", "v": "mse"}, metrics={"v": [exact(sk.r2_score, "r2")]})
    y = {"p": Y, "v": X[:, :1]}
    logs = model.evaluate(X, y, verbose=0, return_dict=True, batch_size=20)
    assert logs["v_r2"] == pytest.approx(
        sk.r2_score(y["v"], model.predict(X, verbose=0)["v"]), rel=1e-4
    )


def test_without_an_exact_metric_nothing_leaves_the_step(engine):
    model = _model(metrics=["accuracy"])
    model.evaluate(X, Y, verbose=0)
    assert set(model.test_step((X, Y))) == {"loss", "accuracy"}


def test_within_a_compiled_step_it_is_refused():
    from lamina.engine.current import engine, using

    with using("jax"):
        metric = exact(sk.roc_auc_score)
        with pytest.raises(TypeError, match="within a compiled step there are none"):
            engine().compile(lambda x: metric.update_state(x, x))(np.ones(3, "float32"))


def test_a_step_of_ones_own_that_keeps_the_predictions_back(engine):
    class Silent(Sequential):
        def compute_metrics(self, *args, **kwargs):
            return {"loss": super().compute_metrics(*args, **kwargs)["loss"]}

    model = Silent([layers.Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "bce", metrics=[exact(sk.roc_auc_score, "auc")])
    with pytest.raises(ValueError, match=r"Nothing reached the exact metrics \['auc'\]"):
        model.evaluate(X, Y, verbose=0)


def test_errors_name_the_metric(engine):
    metric = exact(sk.roc_auc_score, "auc")
    metric.update_state(np.array([1, 0]), np.array([[np.nan], [0.5]]))
    with pytest.raises(ValueError) as error:
        metric.result()
    assert "exact metric 'auc'" in error.value.__notes__[0]
    with pytest.raises(TypeError, match=r"the function itself, uncalled"):
        exact(sk.r2_score([1, 2], [1, 2]))


def test_configuration():
    registered = saving.register_keras_serializable("tests")(rank_correlation)
    metric = exact(registered, classes=True)
    again = metrics.deserialize(json.loads(json.dumps(metrics.serialize(metric))))
    assert again.fn is rank_correlation and again.classes and again.name == metric.name
