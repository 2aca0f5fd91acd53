"""Distillation: Keras' numbers, its files, and what is refused."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina
from lamina import distillation as ours, layers, losses

theirs = keras.distillation
DRAWS = np.random.default_rng(0)
X, Y = DRAWS.normal(size=(24, 4)).astype("float32"), DRAWS.integers(0, 3, 24)
TEACHER, STUDENT = DRAWS.normal(size=(2, 5, 4)).astype("float32")


def network(of, name, *units):
    hidden = [of.layers.Dense(n, "relu", name=f"hidden{i}") for i, n in enumerate(units)]
    parts = [of.layers.Input((4,)), *hidden, of.layers.Dense(3, name="logits")]
    return of.Sequential(parts, name=name)


def distiller(of=lamina, compiled=True, share=0.4):
    kinds = of.distillation
    parts = [
        kinds.LogitsDistillation(2.0, of.losses.KLDivergence()),
        kinds.FeatureDistillation("mse", "hidden1", "hidden0"),
    ]
    models = network(of, "teacher", 8, 6), network(of, "student", 6)
    model = kinds.Distiller(*models, parts, [0.7, 0.3], share)
    if compiled:
        loss = of.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(of.optimizers.SGD(0.1), loss, metrics=["accuracy"])
    return model


@pytest.mark.parametrize("temperature", [1, 2.5])
@pytest.mark.parametrize("name", ["KLDivergence", "MeanSquaredError", "CosineSimilarity"])
def test_losses_of_logits_are_those_of_keras(name, temperature, engine):
    mine = ours.LogitsDistillation(temperature, getattr(losses, name)())
    expected = theirs.LogitsDistillation(temperature, getattr(keras.losses, name)())
    value = mine.compute_loss(TEACHER, STUDENT)
    np.testing.assert_allclose(value, expected.compute_loss(TEACHER, STUDENT), rtol=1e-5)


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        losses.CategoricalCrossentropy(),
        losses.CategoricalCrossentropy(from_logits=True),
    ],
)
def test_crossentropy_compares_shares(loss, engine):
    """Keras computes it of logits as they are, as it does the divergence by its name."""
    shares, own = softmax(TEACHER / 2), softmax(STUDENT / 2)
    expected = -4 * (shares * np.log(own)).sum(axis=-1).mean()
    value = ours.LogitsDistillation(2.0, loss).compute_loss(TEACHER, STUDENT)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_a_name_is_the_loss_of_that_name(engine):
    by_name, by_object = (
        ours.LogitsDistillation(2.0, loss).compute_loss(TEACHER, STUDENT)
        for loss in ("kl_divergence", losses.KLDivergence())
    )
    np.testing.assert_allclose(by_name, by_object, rtol=1e-6)


def test_several_outputs_have_losses_of_their_own(engine):
    args = [TEACHER, TEACHER], [STUDENT, STUDENT]
    value = ours.FeatureDistillation(["mse", "mae"]).compute_loss(*args)
    expected = theirs.FeatureDistillation(["mse", "mae"]).compute_loss(*args)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    only_one = ours.FeatureDistillation([None, "mae"]).compute_loss(*args)
    np.testing.assert_allclose(only_one, np.abs(TEACHER - STUDENT).mean(), rtol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_training_is_that_of_keras(share, trains):
    mine, expected = distiller(share=share), distiller(keras, share=share)
    for role in ("teacher", "student"):
        getattr(mine, role).set_weights(getattr(expected, role).get_weights())
    before = mine.teacher.get_weights()
    how = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}
    history, of_keras = mine.fit(X, Y, **how).history, expected.fit(X, Y, **how).history
    assert history.keys() == of_keras.keys()
    for name, values in history.items():
        np.testing.assert_allclose(values, of_keras[name], rtol=1e-4, err_msg=name)
    for value, other in zip(
        mine.student.get_weights(), expected.student.get_weights(), strict=True
    ):
        np.testing.assert_allclose(value, other, rtol=1e-4, atol=1e-5)
    for value, other in zip(mine.teacher.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, other)
    judged, of_keras = (m.evaluate(X, Y, verbose=0, return_dict=True) for m in (mine, expected))
    assert judged == pytest.approx(of_keras, rel=1e-4)
    np.testing.assert_allclose(mine.predict(X), mine.student.predict(X), rtol=1e-5)


class Subclassed(lamina.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(6, "relu", name="hidden1")
        self.last = layers.Dense(3)

    def call(self, x):
        return self.last(self.hidden(x))


def test_models_with_a_call_of_their_own(trains):
    loss = ours.FeatureDistillation("mse", "hidden1", "hidden1")
    model = ours.Distiller(Subclassed(), Subclassed(), loss, student_loss_weight=0)
    model.compile(lamina.optimizers.Adam(0.05))
    history = model.fit(X, Y, epochs=20, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["student_loss"][-1] == 0


class Apart(ours.DistillationLoss):
    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        return lamina.ops.max(lamina.ops.abs(teacher_outputs - student_outputs))


def test_a_loss_of_the_users_own(trains):
    model = ours.Distiller(network(lamina, "t", 6), network(lamina, "s", 2), Apart(), 2.0, 0.0)
    model.compile("sgd")
    model.train_on_batch(X, Y)
    logs = model.test_on_batch(X, Y, return_dict=True)
    apart = np.abs(model.teacher.predict(X) - model.student.predict(X)).max()
    assert logs["distillation_loss"] == pytest.approx(2 * apart, rel=1e-4)


def test_it_goes_through_a_file_and_learns_on(trains, tmp_path):
    mine = distiller()
    mine.fit(X, Y, verbose=0)
    mine.save(tmp_path / "distiller.keras")
    again = lamina.saving.load_model(tmp_path / "distiller.keras")
    assert again.get_config() == mine.get_config()
    how = {"verbose": 0, "shuffle": False}
    history = mine.fit(X, Y, **how).history
    for name, values in again.fit(X, Y, **how).history.items():
        assert values == pytest.approx(history[name])


def test_files_go_to_keras_and_come_from_there(tmp_path):
    mine = distiller()
    mine.fit(X, Y, verbose=0)
    mine.save(tmp_path / "mine.keras")
    read = keras.saving.load_model(tmp_path / "mine.keras", compile=False)
    np.testing.assert_allclose(read.predict(X, verbose=0), mine.predict(X), rtol=1e-4, atol=1e-6)
    expected = distiller(keras)
    expected.fit(X, Y, verbose=0)
    expected.save(tmp_path / "theirs.keras")
    with pytest.warns(UserWarning, match="does not say by which loss"):
        come = lamina.saving.load_model(tmp_path / "theirs.keras")
    np.testing.assert_allclose(
        come.predict(X), expected.predict(X, verbose=0), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("which", ["LogitsDistillation", "FeatureDistillation"])
def test_configurations_are_those_of_keras(which):
    made, expected = getattr(ours, which)(), getattr(theirs, which)()
    assert made.get_config() == expected.get_config()
    assert type(made).from_config(expected.get_config()).get_config() == made.get_config()


def test_a_configuration_may_hold_several_losses():
    made = ours.FeatureDistillation(["mse", None, {"a": losses.KLDivergence()}])
    again = ours.FeatureDistillation.from_config(made.get_config())
    assert again.get_config() == made.get_config() and again.loss[1] is None


def test_the_configuration_of_the_whole_has_keras_keys():
    mine, expected = distiller(compiled=False).get_config(), distiller(keras, False).get_config()
    assert mine.keys() == expected.keys()
    for key in ("distillation_losses", "distillation_loss_weights", "student_loss_weight"):
        assert mine[key] == expected[key]


MODELS = network(lamina, "teacher", 8), network(lamina, "student", 6)
LOSS = ours.LogitsDistillation()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ours.LogitsDistillation(0), "`temperature` must be positive, not 0"),
        (lambda: ours.LogitsDistillation("2"), "`temperature` must be a number, not '2'"),
        (lambda: ours.LogitsDistillation(loss=None), "at least one loss, not None"),
        (lambda: ours.FeatureDistillation([None]), r"at least one loss, not \[None\]"),
        (lambda: ours.FeatureDistillation("msee"), "no loss named 'msee'"),
        (lambda: ours.Distiller(3, MODELS[1], LOSS), r"`teacher` must be a model, not 3 \(int\)"),
        (lambda: ours.Distiller(MODELS[0], None, LOSS), "`student` must be a model, not None"),
        (lambda: ours.Distiller(*MODELS, None), "must be a DistillationLoss.* not None"),
        (lambda: ours.Distiller(*MODELS, ["kl"]), "must be a DistillationLoss.* not 'kl'"),
        (lambda: ours.Distiller(*MODELS, [LOSS, LOSS], [1.0]), "2 `distillation_losses`, but 1"),
        (lambda: ours.Distiller(*MODELS, LOSS, None, 1.5), "from 0 to 1, not 1.5"),
        (lambda: ours.Distiller(*MODELS, LOSS).compile("sgd"), "`loss` is None.*weight 0.5"),
        (
            lambda: ours.Distiller(*MODELS, ours.FeatureDistillation("mse", "hiden0")),
            "of the teacher: .* no layer 'hiden0'. Did you mean 'hidden0'",
        ),
        (
            lambda: ours.Distiller(
                MODELS[0], lamina.Sequential([layers.Input((5,)), layers.Dense(3)]), LOSS
            ),
            r"the same inputs, but their shapes are \(None, 4\) and \(None, 5\)",
        ),
        (lambda: LOSS.compute_loss(TEACHER, STUDENT[:, :3]), r"\(5, 4\).* \(5, 3\)"),
        (lambda: LOSS.validate_outputs([TEACHER], STUDENT), "different structures"),
        (lambda: LOSS.compute_loss([TEACHER], [STUDENT]), "must have the structure of the outputs"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
