"""`ModelCheckpoint`: save the model, or its weights, while it trains."""

import os
from pathlib import Path
from typing import Any

from lamina.training.callbacks.callback import Logs
from lamina.training.callbacks.checkpoint import Checkpoint


class ModelCheckpoint(Checkpoint):
    """Saves the model at the end of epochs, or every so many batches.

    Args:
        filepath: where to; `{epoch}`, `{batch}` (both from 1) and names of logs are filled in, with
            format specifications: `"{epoch:02d}-{val_loss:.2f}.weights.h5"`. Ends with
            `.weights.h5` if only weights are saved, else with `.keras`.
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
        super().__init__(monitor, verbose, save_best_only, mode, save_freq, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.save_weights_only = save_weights_only
        self._check_suffix()

    def _check_suffix(self) -> None:
        ending = ".weights.h5" if self.save_weights_only else ".keras"
        if not self.filepath.endswith(ending):
            kind = "weights" if self.save_weights_only else "a whole model"
            raise ValueError(
                f"ModelCheckpoint: a file of {kind} must end with {ending}, but `filepath` is {self.filepath!r}."
            )

    def on_train_begin(self, logs: Logs = None) -> None:
        """Make sure that the model can be saved."""
        super().on_train_begin(logs)
        method = "save_weights" if self.save_weights_only else "save"
        if callable(getattr(self.model, method, None)):
            return
        raise NotImplementedError(
            f"ModelCheckpoint: {type(self.model).__name__} has no method `{method}`."
        )

    def write(self, epoch: int, batch: int | None, logs: Logs) -> None:
        """Write the file."""
        path = self.place(epoch, batch, logs)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def place(self, epoch: int, batch: int | None, logs: Logs) -> str:
        """Return the name of the file."""
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
