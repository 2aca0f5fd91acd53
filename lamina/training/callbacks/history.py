"""`History`: what `fit` returns."""

from typing import Any

from lamina.training.callbacks.callback import Callback, Logs


class History(Callback):
    """Keeps the logs of every epoch; `fit` returns one.

    Attributes:
        epoch: numbers of the epochs, from 0.
        history: name -> list with one value for each epoch in which it was logged.

    Example:
        >>> import lamina
        >>> history = lamina.callbacks.History()
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.on_epoch_end(1, {"loss": 0.25})
        >>> history.epoch, history.history
        ([0, 1], {'loss': [0.5, 0.25]})
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        """Start the count of epochs again; the values of an earlier `fit` stay."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep the epoch's logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self
