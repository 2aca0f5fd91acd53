"""`History`: what `fit` returns."""

from collections.abc import Sequence
from typing import Any

from lamina.training.callbacks.callback import Callback, Logs
from lamina.training.callbacks.rates import rates_of
from lamina.training.curves import as_html, draw


class History(Callback):
    """Keeps the logs of every epoch; `fit` returns one.

    Attributes:
        epoch: numbers of the epochs, from 0.
        history: name -> list with one value for each epoch in which it was logged. A learning rate
            that changes is there, too: `learning_rate`, that with which each epoch began.

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
        self.rates: dict[str, list[float]] = {}  # of every epoch, whether they change or not

    def on_train_begin(self, logs: Logs = None) -> None:
        """Start the count of epochs again; the values of an earlier `fit` stay."""
        self.epoch = []

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Keep the learning rates."""
        optimizer = getattr(self.model, "optimizer", None)
        for name, rate in ({} if optimizer is None else rates_of(optimizer)).items():
            self.rates.setdefault(name, []).append(rate)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep the epoch's logs."""
        self.epoch.append(epoch)
        logs = logs or {}
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        for name, rates in self.rates.items():
            if name not in logs and any(rate != rates[0] for rate in rates):
                self.history[name] = list(rates)
        if self.model is not None:
            self.model.history = self

    def get_state(self) -> dict[str, Any]:
        """Return the epochs, their logs and their learning rates."""
        state: dict[str, Any] = {"epoch": list(self.epoch)}
        for kind in ("history", "rates"):
            state[kind] = {name: list(values) for name, values in getattr(self, kind).items()}
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`; what was here before is forgotten."""
        self.epoch = list(state["epoch"])
        for kind in ("history", "rates"):
            setattr(self, kind, {name: list(values) for name, values in state[kind].items()})

    def plot(self, names: Sequence[str] | None = None) -> Any:
        """Draw the logs over the epochs: one picture for each log, its validation in the same one.

        Args:
            names: of the logs to draw, without `val_`; by default all that are single numbers.

        Returns:
            A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

        Raises:
            ValueError: there is no such log.
            ImportError: matplotlib is not installed; it comes with the extra `plot`.

        Example:
            >>> import lamina
            >>> history = lamina.callbacks.History()
            >>> history.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
            >>> len(history.plot().axes)
            1
        """
        return draw(self.epoch, self.history, names)

    def _repr_html_(self) -> str:
        return as_html(self.epoch, self.history)
