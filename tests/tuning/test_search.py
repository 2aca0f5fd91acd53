"""Studies of models: what is found, kept, shared and refused."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import optuna
import pytest

import lamina
from lamina import Input, Sequential, callbacks, layers, optimizers, tuning
from lamina.tuning.storage import begin_file, open_study

optuna.logging.set_verbosity(optuna.logging.WARNING)
X = np.random.default_rng(0).normal(size=(32, 2)).astype("float32")
Y = X @ np.array([[1.0], [-2.0]], "float32")


def build(trial):
    model = Sequential([layers.Dense(trial.suggest_int("units", 1, 3)), layers.Dense(1)])
    model.compile(optimizers.SGD(trial.suggest_float("rate", 1e-3, 0.05, log=True)), "mse")
    return model


class Says(callbacks.Callback):
    """Puts made-up values in the logs, of one trial after the other, and keeps the weights of each epoch."""

    def __init__(self, *trials):
        self.trials, self.weights = list(trials), []

    def on_train_begin(self, logs=None):
        self.values = self.trials.pop(0)
        self.weights.append([])

    def on_epoch_end(self, epoch, logs):
        logs["val_loss"] = self.values[epoch]
        self.weights[-1].append(self.model.get_weights())


def _search(*trials, **given):
    said = Says(*trials)
    given = {"epochs": 3, "callbacks": said, "trials": len(trials), **given}
    return tuning.search(build, X, Y, **given), said


def test_it_finds_the_best_of_its_trials(trains):
    found = tuning.search(
        *(build, X, Y),
        trials=3,
        validation_data=(X, Y),
        sampler=optuna.samplers.RandomSampler(seed=1),
    )
    values = [trial.value for trial in found.study.trials]
    assert found.best_value == min(values) and len(values) == 3
    model = found.best_model()
    assert model.layers[0].units == found.best_parameters["units"]
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(found.best_value, rel=1e-5)


@pytest.mark.parametrize("in_a_file", [False, True], ids=["in memory", "in a file"])
def test_the_best_epoch_of_the_best_trial_is_kept(in_a_file, tmp_path):
    storage = tmp_path / "new" / "study.db" if in_a_file else None
    found, said = _search([3, 2, 2.5], [4, 1, 5], [2, 3, 4], storage=storage)
    assert found.best_value == 1 and found.best_trial.number == 1
    for one, other in zip(found.best_model().get_weights(), said.weights[1][1], strict=True):
        np.testing.assert_array_equal(one, other)
    if in_a_file:
        assert [p.name for p in (tmp_path / "new" / "study.db.weights").iterdir()] == [
            "trial_1.weights.h5"
        ]


@pytest.mark.parametrize("in_a_file", [False, True])
def test_trials_that_are_equally_good_all_keep_their_weights(in_a_file, tmp_path):
    found, _ = _search(
        [2, 3, 3], [2, 4, 4], [2, 5, 5], storage=tmp_path / "s.db" if in_a_file else None
    )
    assert found.best_trial.number == 0
    found.best_model()  # and not an error that its weights are not there


def test_higher_may_be_better():
    found, _ = _search([3, 2, 2.5], [1, 1, 1], direction="max")
    assert found.best_value == 3
    assert str(found).splitlines()[2].split()[:2] == ["0", "3"]


def test_what_is_not_promising_ends_early():
    found, said = _search(
        *([3, 3, 3], [9, 9, 9]), pruner=optuna.pruners.ThresholdPruner(upper=5, n_warmup_steps=1)
    )
    assert [trial.state.name for trial in found.study.trials] == ["COMPLETE", "PRUNED"]
    assert [len(weights) for weights in said.weights] == [3, 2]
    assert "1 trials ended, 1 were pruned" in str(found)


def test_a_trial_without_a_finite_value_counts_as_pruned():
    found, _ = _search([np.nan] * 3, [np.inf] * 3)
    with pytest.raises(ValueError, match="No trial of the study 'lamina' has come to its end"):
        _ = found.best_value


def test_the_same_call_goes_on(tmp_path):
    storage = str(tmp_path / "study.db")
    _search([3, 3, 3], storage=storage)
    found, said = _search([2, 2, 2], [4, 4, 4], storage=storage, trials=3)
    assert len(found.study.trials) == 3 and said.trials == []
    again, said = _search([], storage=storage, trials=3)
    assert len(again.study.trials) == 3 and len(said.trials) == 1
    weights = zip(again.best_model().get_weights(), found.best_model().get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in weights)


def test_processes_share_a_study(tmp_path):
    """Another process works on the same file at the same time."""
    storage = tmp_path / "study.db"
    program = (
        "from tests.tuning.test_search import *\n"
        f"tuning.search(build, X, Y, trials=6, epochs=1, monitor='loss', storage={str(storage)!r})\n"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as other:
        here = tuning.search(build, X, Y, trials=6, epochs=1, monitor="loss", storage=storage)
        assert other.wait(timeout=120) == 0
    assert 6 <= len(here.study.trials) <= 7
    assert {trial.state.name for trial in here.study.trials} <= {"COMPLETE", "PRUNED"}
    assert np.isfinite(here.best_model().predict(X, verbose=0)).all()


def test_many_may_begin_a_study_at_once(tmp_path):
    """Each makes the file as if it were the first; none meets half of it."""
    path = tmp_path / "study.db"
    opened = [open_study(path, "lamina", "min")]
    for _ in range(2):
        begin_file(path, optuna)
        opened.append(open_study(path, "lamina", "min"))
    for study in opened:
        study.tell(study.ask(), 1.0)
    assert [len(study.trials) for study in opened] == [3, 3, 3]
    assert [p.name for p in tmp_path.iterdir()] == ["study.db"]


def _not_compiled(trial):
    return Sequential([layers.Dense(1)])


def _breaks(trial):
    trial.suggest_int("units", 7, 7)
    return Sequential([Input((3,)), layers.Dense(1)]).compile("sgd", "mse")


REFUSED = {
    "not compiled": (_not_compiled, {}, "must compile the model"),
    "no model": (_breaks, {}, "must return a compiled Model"),
    "no such log": (build, {"monitor": "val_loss"}, "which the logs will not have"),
    "direction": (build, {"monitor": "beauty"}, "should rise or fall is not known"),
    "trials": (build, {"trials": 0}, "`trials` must be"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_cannot_do_is_said(case):
    make, given, message = REFUSED[case]
    with pytest.raises((TypeError, ValueError), match=message):
        tuning.search(make, X, Y, **{"trials": 1, "monitor": "loss", **given})


def test_an_error_names_the_trial_and_its_parameters():
    with pytest.raises(TypeError) as raised:
        tuning.search(_breaks, X, Y, trials=1, monitor="loss")
    assert "in trial 0, with {'units': 7}" in raised.value.__notes__


def test_a_study_of_the_other_direction_is_refused(tmp_path):
    storage = tmp_path / "study.db"
    _search([3, 3, 3], storage=storage)
    with pytest.raises(ValueError, match="is there to minimize, not to maximize"):
        _search([3, 3, 3], storage=storage, direction="max")


def test_a_file_that_is_not_a_study_is_refused(tmp_path):
    storage = tmp_path / "study.db"
    storage.write_text("no study " * 1000)
    with pytest.raises(ValueError, match=re.escape(str(storage)) + ".*cannot be opened"):
        _search([3, 3, 3], storage=storage)


def test_weights_that_are_gone_are_said(tmp_path):
    found, _ = _search([3, 3, 3], storage=tmp_path / "study.db")
    (tmp_path / "study.db.weights" / "trial_0.weights.h5").unlink()
    with pytest.raises(ValueError, match="the weights of trial 0 are not here"):
        found.best_model()


def test_without_optuna_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"pip install 'lamina\[tune\]'"):
        tuning.search(build, X, Y, trials=1)


def test_pruning_in_a_study_of_ones_own():
    def objective(trial):
        model = build(trial)
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[tuning.Pruning(trial, "loss")])
        return trial.number

    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0))
    study.optimize(objective, n_trials=1)
    assert study.trials[0].state.name == "PRUNED" and list(study.trials[0].intermediate_values) == [
        0
    ]


def test_it_is_drawn():
    figure = _search([3, 2, 2.5], [4, 1, 5])[0].plot()
    _, so_far = figure.axes[0].lines
    assert list(so_far.get_ydata()) == [2, 1]
    assert lamina.tuning.Search is tuning.Search
