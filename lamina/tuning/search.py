"""`search`: a study of Optuna whose trials build, train and judge models."""

import math
from collections.abc import Callable
from typing import Any

from lamina.core import optional
from lamina.core.naming import described
from lamina.core.tabular import Tabular
from lamina.feeds.arrays import check_count
from lamina.models import Model
from lamina.training.callbacks import CallbackList, EarlyStopping
from lamina.training.callbacks.directions import direction_of
from lamina.tuning.pruning import Pruning
from lamina.tuning.storage import KeptWeights, open_study, path_of

_SHOWN = 10  # trials in the table


class Search(Tabular):
    """What `search` returns; printed, a table of the best trials.

    Attributes:
        study: the study of Optuna, with all that it offers.
    """

    def __init__(
        self,
        study: Any,
        build: Callable[[Any], Model],
        monitor: str,
        weights: KeptWeights,
        data: tuple[Any, Any],
        fit: dict[str, Any],
    ):
        self.study = study
        self._build, self._monitor, self._weights = build, monitor, weights
        self._data, self._fit = data, fit

    @property
    def best_trial(self) -> Any:
        """The best trial of the study, of whatever process.

        Raises:
            ValueError: no trial has come to its end.
        """
        if not (trials := self._trials("COMPLETE")):
            counts = {state: len(self._trials(state)) for state in ("PRUNED", "FAIL", "RUNNING")}
            raise ValueError(
                f"No trial of the study {self.study.study_name!r} has come to its end; by state: {counts}. A trial "
                "without a finite value counts as pruned."
            )
        best = min if self.study.direction.name == "MINIMIZE" else max
        return best(trials, key=lambda trial: trial.value)

    @property
    def best_parameters(self) -> dict[str, Any]:
        """What `build` took from the best trial, by name."""
        return self.best_trial.params

    @property
    def best_value(self) -> float:
        """The best value of the monitored log."""
        return self.best_trial.value

    def best_model(self) -> Model:
        """Build the model of the best trial again, with the weights of its best epoch.

        Raises:
            ValueError: no trial has come to its end, or its weights are not here.
        """
        optuna = optional.load("optuna", "tune", "lamina.tuning")
        best = self.best_trial
        model = _checked(self._build(optuna.trial.FixedTrial(best.params, best.number)))
        if not model.built:  # for these data
            nothing = {"epochs": 0, "initial_epoch": 0, "callbacks": None, "preflight": False}
            model.fit(*self._data, **{**self._fit, **nothing})
        self._weights.give(best.number, model)
        return model

    def try_out(self, trial: Any) -> float:
        """Build and train the model of `trial`; return the best value, and keep the weights if no other's is better.

        Raises:
            optuna.TrialPruned: the pruner ended it, or the value is not finite.
        """
        optuna = optional.load("optuna", "tune", "lamina.tuning")
        try:
            model = _checked(self._build(trial))
            pruning = Pruning(trial, self._monitor)
            best = EarlyStopping(
                self._monitor, patience=10**9, mode=pruning.mode, restore_best_weights=True
            )
            given = CallbackList(self._fit.get("callbacks"))
            model.fit(*self._data, **{**self._fit, "callbacks": [*given, best, pruning]})
        except optuna.TrialPruned:
            raise
        except Exception as error:
            error.add_note(f"in trial {trial.number}, with {trial.params}")
            raise
        if best.best is None or not math.isfinite(best.best):
            raise optuna.TrialPruned(f"{self._monitor!r} is {best.best}")
        ended = {other.number: other.value for other in self._trials("COMPLETE")}
        if not any(best.is_improvement(value, best.best) for value in ended.values()):
            self._weights.keep(trial.number, model)
            self._weights.forget(
                [n for n, value in ended.items() if best.is_improvement(best.best, value)]
            )
        return float(best.best)

    def has(self, count: int) -> bool:
        """Tell whether `count` trials have ended, pruned ones included."""
        return len(self._trials("COMPLETE", "PRUNED")) >= count

    def _trials(self, *states: str) -> list[Any]:
        return [
            trial for trial in self.study.get_trials(deepcopy=False) if trial.state.name in states
        ]

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return a row for each of the best trials."""
        ended = sorted(self._trials("COMPLETE"), key=lambda trial: trial.value)
        if self.study.direction.name == "MAXIMIZE":
            ended.reverse()
        names = list(dict.fromkeys(name for trial in ended for name in trial.params))
        rows = [
            [str(trial.number), f"{trial.value:.4g}", *(_shown(trial.params.get(n)) for n in names)]
            for trial in ended[:_SHOWN]
        ]
        title = f"{len(ended)} trials ended, {len(self._trials('PRUNED'))} were pruned"
        return title, ["trial", "value", *names], rows

    def plot(self) -> Any:
        """Draw the values of the trials, and the best so far.

        Returns:
            A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

        Raises:
            ImportError: matplotlib is not installed; it comes with the extra `plot`.
        """
        optional.load("matplotlib", "plot", "A plot of a search")
        from lamina.core.picture import Picture

        ended = sorted(self._trials("COMPLETE"), key=lambda trial: trial.number)
        best = min if self.study.direction.name == "MINIMIZE" else max
        values = [trial.value for trial in ended]
        numbers = [trial.number for trial in ended]
        figure = Picture(5, 3.5)
        ax = figure.subplots()
        ax.plot(numbers, values, "o", alpha=0.5, label="trial")
        so_far = [best(values[: i + 1]) for i in range(len(values))]
        ax.step(numbers, so_far, where="post", label="best so far")
        ax.set_xlabel("trial")
        ax.legend()
        return figure


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)


def _checked(model: Any) -> Model:
    """Return what `build` returned, if it can be trained."""
    if not isinstance(model, Model):
        raise TypeError(f"`build(trial)` must return a compiled Model, not {model!r}.")
    if not model.compiled:
        raise ValueError(
            f"`build(trial)` must compile the model: {described(model)} is not compiled."
        )
    return model


def search(
    build: Callable[[Any], Model],
    x: Any = None,
    y: Any = None,
    *,
    trials: int,
    monitor: str = "val_loss",
    direction: str = "auto",
    storage: Any = None,
    study: str = "lamina",
    sampler: Any = None,
    pruner: Any = None,
    timeout: float | None = None,
    callbacks: Any = None,
    **fit: Any,
) -> Search:
    """Train models that `build` makes of the parameters that Optuna suggests, and keep the best.

    A trial's value is the best that its epochs reach; the weights of that epoch are kept. A trial that the
    pruner finds not promising ends early.

    Many processes, also on several machines, share a study by calling this with the same `storage`; a
    process that is started again goes on, until there are `trials` of them.

    Args:
        build: takes an `optuna.Trial`, asks it for parameters (`trial.suggest_float("rate", 1e-4, 1e-1,
            log=True)`), and returns a compiled model.
        x, y: as for `fit`.
        trials: how many trials the study is to have, those of other processes and of earlier calls included;
            what other processes have begun then may come on top.
        monitor: name of the log that counts.
        direction: `"min"`, `"max"`, or `"auto"`: known for the loss and for lamina's metrics.
        storage: a path of an SQLite file, which is made if it is not there, and beside which a folder
            holds weights; or a URL or storage of Optuna. `None` keeps all in memory.
        study: name of the study in the storage.
        sampler, pruner: of Optuna; its own choice by default.
        timeout: seconds after which no further trial begins.
        callbacks: for every trial, in addition.
        fit: further arguments of `fit`, such as `epochs` and `validation_data`; `verbose` is 0.

    Returns:
        A `Search`, with `best_parameters`, `best_value`, `best_model()`, `plot()`, and the `study`.

    Raises:
        ImportError: Optuna is not installed; it comes with the extra `tune`.
        ValueError: it is not known which way is better, the storage is not a study or another one, there
            will be no such log, or `build` does not compile its model.

    Source: Akiba et al. 2019, "Optuna: a next-generation hyperparameter optimization framework".

    Example:
        >>> import lamina, numpy as np, optuna
        >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
        >>> x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
        >>> def build(trial):
        ...     model = lamina.Sequential([lamina.Input((2,)), lamina.layers.Dense(1)])
        ...     model.compile(lamina.optimizers.SGD(trial.suggest_float("rate", 0.01, 0.1)), "mse")
        ...     return model
        >>> found = lamina.tuning.search(build, x, x[:, :1], trials=2, monitor="loss")
        >>> list(found.best_parameters), len(found.study.trials)
        (['rate'], 2)
    """
    check_count("trials", trials)
    mode = direction_of(monitor, None) if direction == "auto" else direction
    if mode not in ("min", "max"):
        raise ValueError(
            f"lamina.tuning.search: whether {monitor!r} should rise or fall is not known with direction={direction!r}. "
            "Say 'max' if higher is better, 'min' if lower is better."
        )
    path = path_of(storage)
    weights = KeptWeights(None if path is None else path.with_name(f"{path.name}.weights"))
    opened = open_study(storage, study, mode, sampler, pruner)
    fit = {"verbose": 0, **fit, "callbacks": callbacks}
    found = Search(opened, build, monitor, weights, (x, y), fit)
    if not found.has(trials):
        opened.optimize(
            found.try_out,
            timeout=timeout,
            gc_after_trial=True,
            callbacks=[lambda study, _: study.stop() if found.has(trials) else None],
        )
    return found
