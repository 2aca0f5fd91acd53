"""`ReduceLROnPlateau`: smaller steps when a metric has stopped improving."""

from typing import Any

import numpy as np

from lamina.core import screen
from lamina.training.callbacks.callback import Logs
from lamina.training.callbacks.monitor import Monitor


class ReduceLROnPlateau(Monitor):
    """Multiplies the learning rate by `factor` when a logged number stays where it is.

    The logs get the rate of the epoch as `learning_rate`.

    Args:
        monitor: name of the log, such as `"val_loss"`.
        factor: the new rate is the old one times this; below 1.
        patience: epochs without improvement after which the rate falls.
        verbose: 1 shows a line when it falls.
        mode: `"min"`, `"max"`, or `"auto"`: known for the loss and for lamina's metrics.
        min_delta: a smaller change is not an improvement.
        cooldown: epochs after a reduction that do not count.
        min_lr: the rate never falls below.

    Raises:
        ValueError: `factor` is not below 1.
        TypeError: an unknown argument, or the optimizer's rate follows a schedule.

    Example:
        >>> import lamina
        >>> lamina.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=3).in_cooldown()
        False
    """

    state_names = ("wait", "cooldown_counter", "best")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
        **kwargs: Any,
    ):
        min_delta = kwargs.pop("epsilon", min_delta)  # Keras 2's name of it
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau does not take the argument(s) {sorted(kwargs)}.")
        if not factor < 1:
            raise ValueError(
                f"ReduceLROnPlateau: `factor` must be below 1, but is {factor}: "
                "the rate is multiplied by it."
            )
        super().__init__(monitor, mode, min_delta)
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget what an earlier `fit` has seen."""
        super().on_train_begin(logs)
        self.best = None
        self.cooldown_counter = self.wait = 0
        optimizer = self.model.optimizer
        # A rate that follows a schedule refuses to be set: now, not when the loss has stalled.
        optimizer.learning_rate = float(optimizer.learning_rate)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare the epoch with the best one."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.get_monitor_value(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_improvement(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        rate = float(self.model.optimizer.learning_rate)
        if rate <= np.float32(self.min_lr):  # the rate is a float32
            return
        new = max(rate * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose > 0:
            screen.say(f"Epoch {epoch + 1}: the learning rate is reduced to {new:g}")

    def in_cooldown(self) -> bool:
        """Tell whether epochs do not count yet after a reduction."""
        return self.cooldown_counter > 0
