"""`Checkpoint`: when to save a model while it trains; subclasses say how and where."""

import numpy as np

from lamina.core import screen
from lamina.core.tracebacks import warn
from lamina.training.callbacks.callback import Logs
from lamina.training.callbacks.monitor import Monitor


class Checkpoint(Monitor):
    """Calls `write` at the end of epochs, or every so many batches.

    Args:
        monitor: name of the log by which `save_best_only` decides.
        verbose: 1 shows a line whenever the model is saved.
        save_best_only: save only if the monitored number has improved (or is not there).
        mode: `"min"`, `"max"`, or `"auto"`: known for the loss and for lamina's metrics.
        save_freq: `"epoch"`, or the number of batches between two savings.
        initial_value_threshold: the value that the first one has to beat.

    Raises:
        ValueError: `save_freq` is neither.
    """

    if_missing = "the model is saved every time"
    state_names = ("best", "batches_since_saving", "batches_done", "batches_seen")

    def __init__(
        self,
        monitor: str,
        verbose: int,
        save_best_only: bool,
        mode: str,
        save_freq: str | int,
        initial_value_threshold: float | None,
    ):
        super().__init__(monitor, mode)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self._epoch = 0
        self.batches_since_saving = 0
        self.batches_done = 0  # of this epoch
        self.batches_seen = 0  # over epochs and calls of `fit`
        if save_freq != "epoch" and (
            isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1
        ):
            raise ValueError(
                f"{type(self).__name__}: `save_freq` must be 'epoch' or a number of batches, "
                f"not {save_freq!r}."
            )

    def write(self, epoch: int, batch: int | None, logs: Logs) -> None:
        """Save the model; `batch` is `None` at the end of an epoch."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say how to save a model: `write`."
        )

    def place(self, epoch: int, batch: int | None, logs: Logs) -> str:
        """Return in words where `write` will save the model."""
        raise NotImplementedError(f"{type(self).__name__} does not say where: `place`.")

    def watches_batches(self, phase: str) -> bool:
        """Tell whether `save_freq` counts batches, or a subclass looks at them."""
        if phase == "train" and self.save_freq == "epoch":
            own = type(self).on_train_batch_end is not Checkpoint.on_train_batch_end
            return own or any(
                map(self.overrides, ("on_train_batch_begin", "on_batch_begin", "on_batch_end"))
            )
        return super().watches_batches(phase)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Find out which way is better, if that matters."""
        if self.save_best_only:
            super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Remember the epoch, whose batches count from 0."""
        self._epoch, self.batches_done = epoch, 0

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save, if `save_freq` batches have passed."""
        if self.save_freq == "epoch":
            return
        # Several batches may have passed in one call, of which `batch` is the last.
        passed = batch + 1 - self.batches_done
        self.batches_since_saving += passed
        self.batches_seen += passed
        self.batches_done = batch + 1
        if self.batches_since_saving >= self.save_freq:  # type: ignore[operator]
            self.batches_since_saving = 0
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save, if `save_freq` is `"epoch"`."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        before = self.best
        if self.save_best_only and not self._has_improved(epoch, logs):
            return
        if self.verbose > 0:
            change = (
                f"{self.monitor} improved from {_number(before)} to {_number(self.best)}, "
                if self.save_best_only
                else ""
            )
            screen.say(f"Epoch {epoch + 1}: {change}saving to {self.place(epoch, batch, logs)}")
        self.write(epoch, batch, logs)

    def _has_improved(self, epoch: int, logs: Logs) -> bool:
        value = self.get_monitor_value(logs)
        if value is None:
            return True  # rather a file too many than none at all
        if np.ndim(value) > 0:
            warn(
                f"{type(self).__name__}: {self.monitor!r} is not a single number ({value!r}), "
                f"so {self.if_missing}.",
            )
            return True
        if not self.is_improvement(value, self.best):
            if self.verbose > 0:
                screen.say(
                    f"Epoch {epoch + 1}: {self.monitor} did not improve from {_number(self.best)}"
                )
            return False
        self.best = value
        return True


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.5f}"
