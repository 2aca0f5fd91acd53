"""`ModelCheckpoint`: save the model, or its weights, while it trains."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from lamina.training import screen
from lamina.training.callbacks.callback import Logs
from lamina.training.callbacks.monitor import Monitor


class ModelCheckpoint(Monitor):
    """Saves the model at the end of epochs, or every so many batches.

    Args:
        filepath: where to; `{epoch}`, `{batch}` (both from 1) and names of logs are filled in, with
            format specifications: `"{epoch:02d}-{val_loss:.2f}.weights.h5"`. Ends with
            `.weights.h5` if only weights are saved, else with `.keras` or `.h5`.
        monitor: name of the log by which `save_best_only` decides.
        verbose: 1 shows a line whenever the model is saved.
        save_best_only: save only if the monitored number has improved (or is not there).
        save_weights_only: save the weights, not the whole model.
        mode: `"min"`, `"max"`, or `"auto"`: known for the loss and for lamina's metrics.
        save_freq: `"epoch"`, or the number of batches between two savings. Batches are counted over
            epochs and calls of `fit`; with `steps_per_execution` the model is saved after the call in
            which the number is reached.
        initial_value_threshold: the value that the first one has to beat.

    Raises:
        ValueError: the file's name has another ending, or `save_freq` is neither.
        KeyError: `filepath` names a log that is not there.
        NotImplementedError: the model cannot be saved as a whole; before training begins.

    Example:
        >>> import lamina
        >>> save = lamina.callbacks.ModelCheckpoint(
        ...     "best.weights.h5", monitor="loss", save_best_only=True, save_weights_only=True
        ... )
        >>> save.watches_batches("train")
        False
    """

    if_missing = "the model is saved every time"

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__(monitor, mode)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self._epoch = 0
        self._batches_since_saving = 0
        self._batches_done = 0  # of this epoch
        if save_freq != "epoch" and (
            isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1
        ):
            raise ValueError(
                "ModelCheckpoint: `save_freq` must be 'epoch' or a number of batches, "
                f"not {save_freq!r}."
            )
        self._check_suffix()

    def _check_suffix(self) -> None:
        endings = (".weights.h5",) if self.save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(endings):
            kind = "weights" if self.save_weights_only else "a whole model"
            raise ValueError(
                f"ModelCheckpoint: a file of {kind} must end with {' or '.join(endings)}, "
                f"but `filepath` is {self.filepath!r}."
            )

    def watches_batches(self, phase: str) -> bool:
        """Tell whether `save_freq` counts batches, or a subclass looks at them."""
        if phase == "train" and self.save_freq == "epoch":
            own = type(self).on_train_batch_end is not ModelCheckpoint.on_train_batch_end
            return own or any(
                map(self.overrides, ("on_train_batch_begin", "on_batch_begin", "on_batch_end"))
            )
        return super().watches_batches(phase)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Make sure that the model can be saved."""
        if self.save_best_only:
            super().on_train_begin(logs)
        method = "save_weights" if self.save_weights_only else "save"
        if callable(getattr(self.model, method, None)):
            return
        if self.save_weights_only:
            raise NotImplementedError(
                f"ModelCheckpoint: {type(self.model).__name__} has no method `save_weights`."
            )
        raise NotImplementedError(
            "ModelCheckpoint: files of whole models are not part of this version of lamina. "
            "Weights are: ModelCheckpoint('name.weights.h5', save_weights_only=True)."
        )

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Remember the epoch, whose batches count from 0."""
        self._epoch, self._batches_done = epoch, 0

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save, if `save_freq` batches have passed."""
        if self.save_freq == "epoch":
            return
        # Several batches may have passed in one call, of which `batch` is the last.
        self._batches_since_saving += batch + 1 - self._batches_done
        self._batches_done = batch + 1
        if self._batches_since_saving >= self.save_freq:  # type: ignore[operator]
            self._batches_since_saving = 0
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save, if `save_freq` is `"epoch"`."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        before = self.best
        if self.save_best_only and not self._has_improved(epoch, logs):
            return
        path = self._path(epoch, batch, logs)
        if self.verbose > 0:
            change = (
                f"{self.monitor} improved from {_number(before)} to {_number(self.best)}, "
                if self.save_best_only
                else ""
            )
            screen.say(f"Epoch {epoch + 1}: {change}saving to {path}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _has_improved(self, epoch: int, logs: Logs) -> bool:
        value = self.get_monitor_value(logs)
        if value is None:
            return True  # rather a file too many than none at all
        if np.ndim(value) > 0:
            warnings.warn(
                f"ModelCheckpoint: {self.monitor!r} is not a single number ({value!r}), "
                f"so {self.if_missing}.",
                stacklevel=2,
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

    def _path(self, epoch: int, batch: int | None, logs: Logs) -> str:
        values: dict[str, Any] = {**(logs or {}), "epoch": epoch + 1}
        if batch is not None:
            values["batch"] = batch + 1
        try:
            return self.filepath.format(**values)
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint: `filepath` {self.filepath!r} names {error}, which is not among "
                f"the logs. Available: {', '.join(sorted(values))}."
            ) from None


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.5f}"
