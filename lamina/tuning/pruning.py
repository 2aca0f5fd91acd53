"""`Pruning`: a callback that reports a log to a trial, and ends one that is not promising."""

from typing import Any

from lamina.core import optional
from lamina.training.callbacks.callback import Logs
from lamina.training.callbacks.monitor import Monitor


class Pruning(Monitor):
    """Reports a log of every epoch to a trial of Optuna; training ends where the pruner says so.

    `search` adds one by itself; it is for those who call `study.optimize` themselves.

    Args:
        trial: an `optuna.Trial`.
        monitor: name of the log.

    Raises:
        optuna.TrialPruned: when training has ended because of the pruner.
        ValueError: there is no such log, or the study goes in the other direction.

    Example:
        >>> import lamina, optuna
        >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
        >>> study = optuna.create_study()
        >>> pruning = lamina.tuning.Pruning(study.ask(), "loss")
        >>> pruning.mode
        'min'
    """

    needs_log = True
    if_missing = "the trial would fail"

    def __init__(self, trial: Any, monitor: str = "val_loss"):
        super().__init__(monitor, "min" if trial.study.direction.name == "MINIMIZE" else "max")
        self.trial = trial
        self.pruned = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin anew."""
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Report the log, and stop if the trial is not promising."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            raise ValueError(f"Pruning: {self.describe_missing(logs or {})}")
        self.trial.report(value, epoch)
        if self.trial.should_prune():
            self.pruned = self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        """Tell Optuna that the trial was pruned; other callbacks have ended theirs before."""
        if self.pruned:
            optuna = optional.load("optuna", "tune", "lamina.tuning")
            raise optuna.TrialPruned(f"pruned by {self.monitor!r}")
