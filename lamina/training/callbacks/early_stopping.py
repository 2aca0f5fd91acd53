"""`EarlyStopping`: stop when a metric has stopped improving."""

from typing import Any

from lamina.core import screen
from lamina.training.callbacks.callback import Logs
from lamina.training.callbacks.monitor import Monitor


class EarlyStopping(Monitor):
    """Ends training when a logged number has not improved for some epochs.

    Args:
        monitor: name of the log, such as `"val_loss"`.
        min_delta: a smaller change is not an improvement.
        patience: epochs without improvement after which training ends.
        verbose: 1 shows a line when training ends early.
        mode: `"min"`, `"max"`, or `"auto"`: known for the loss and for lamina's metrics.
        baseline: a value to be beaten: as long as it is not, epochs count as without improvement.
        restore_best_weights: give the model the weights of its best epoch when training ends.
        start_from_epoch: epochs before this one are not looked at.

    Raises:
        ValueError: with `mode="auto"`, it is not known whether the number should rise or fall.

    Example:
        >>> import lamina
        >>> stop = lamina.callbacks.EarlyStopping(monitor="loss", patience=2)
        >>> stop.set_model(lamina.layers.Dense(1))
        >>> stop.on_train_begin()
        >>> for epoch, loss in enumerate([0.9, 0.5, 0.6, 0.7]):
        ...     stop.on_epoch_end(epoch, {"loss": loss})
        >>> stop.stopped_epoch, stop.best, stop.best_epoch
        (3, 0.5, 1)
    """

    state_names = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._start_again()

    def _start_again(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights: list[Any] | None = None
        self.best_epoch = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget what an earlier `fit` has seen."""
        super().on_train_begin(logs)
        self._start_again()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare the epoch with the best one."""
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)  # if nothing ever improves, these are what there is
        self.wait += 1
        if self.is_improvement(value, self.best):
            self.best = value
            self._keep(epoch)
            if self.baseline is None or self.is_improvement(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: Logs = None) -> None:
        """Restore the best weights, if asked."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            screen.say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                screen.say(f"The weights of the best epoch, {self.best_epoch + 1}, are restored.")
            self.model.set_weights(self.best_weights)
