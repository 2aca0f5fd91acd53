"""`ProgbarLogger`: the progress bar of `fit`, for loops that drive a `CallbackList` themselves."""

from typing import Any

from lamina.feeds.progress import Progress
from lamina.training.callbacks.callback import Callback, Logs


class ProgbarLogger(Callback):
    """Draws the progress of training, testing and predicting; `fit` draws without it.

    It reads `epochs`, `steps` and `verbose` from its params.

    Example:
        >>> from lamina.callbacks import CallbackList
        >>> callbacks = CallbackList(add_progbar=True, epochs=1, steps=2, verbose=0)
        >>> callbacks.on_train_begin()
        >>> callbacks.on_epoch_begin(0)
        >>> callbacks.on_epoch_end(0, {"loss": 0.5})
    """

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._training = False

    def _start(self, epochs: int) -> None:
        params: dict[str, Any] = self.params or {}
        self._progress = Progress(params.get("verbose", 1), epochs, params.get("steps"))

    def _update(self, batch: int, logs: Logs) -> None:
        if self._progress is not None:
            self._progress.update(batch + 1, logs or {})

    def _finish(self, logs: Logs) -> None:
        if self._progress is not None:
            self._progress.epoch_end(logs or {})

    def on_train_begin(self, logs: Logs = None) -> None:
        """Prepare for epochs."""
        self._training = True
        self._start((self.params or {}).get("epochs", 1))

    def on_train_end(self, logs: Logs = None) -> None:
        """Leave the terminal as it was."""
        self._training = False
        if self._progress is not None:
            self._progress.close()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Begin a bar."""
        if self._progress is not None:
            self._progress.epoch_begin(epoch)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Draw, if it is time."""
        self._update(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Finish the bar."""
        self._finish(logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Begin a bar, except for the validation in `fit`."""
        self._begin_alone()

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Draw, if it is time."""
        if not self._training:
            self._update(batch, logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Finish the bar."""
        if not self._training:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Begin a bar."""
        self._begin_alone()

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Draw, if it is time; the outputs among the logs are not shown."""
        self._update(batch, {})

    def on_predict_end(self, logs: Logs = None) -> None:
        """Finish the bar."""
        self._finish({})

    def _begin_alone(self) -> None:
        if not self._training:
            self._start(1)
            self.on_epoch_begin(0)
