"""`LivePlot`: the logs as curves that grow while a model trains."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lamina.core import optional, screen
from lamina.core.tracebacks import warn
from lamina.training.callbacks.callback import Callback, Logs
from lamina.training.callbacks.history import History


class LivePlot(Callback):
    """Draws the logs after every epoch: below the cell of a notebook, or into a file.

    Args:
        names: of the logs to draw, without `val_`; by default all that are single numbers.
        filename: a file for the picture (`.png`, `.svg`, `.pdf`), drawn over and over; necessary
            outside a notebook.
        every: draw after every so many epochs, and at the end.

    Raises:
        ImportError: matplotlib is not installed; it comes with the extra `plot`.

    Example:
        >>> import lamina, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "curves.png"
        >>> plot = lamina.callbacks.LivePlot(["loss"], filename=path)
        >>> plot.on_train_begin()
        >>> plot.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
        >>> path.read_bytes()[1:4]
        b'PNG'
    """

    def __init__(
        self,
        names: Sequence[str] | None = None,
        filename: str | os.PathLike[str] | None = None,
        every: int = 1,
    ):
        optional.load("matplotlib", "plot", "LivePlot")
        self.names, self.every = names, every
        self.filename = None if filename is None else Path(filename)
        self.kept = History()
        self._drawn = 0  # epochs
        self._display: Any = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin a picture."""
        self.kept, self._drawn, self._display = History(), 0, None
        if self.filename is None and not screen.in_notebook():
            warn(
                "LivePlot: this is not a notebook, so there is nowhere to draw. Give it a `filename`.",
            )

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Draw, if it is time."""
        self.kept.on_epoch_end(epoch, logs)
        if len(self.kept.epoch) % self.every == 0:
            self._draw()

    def on_train_end(self, logs: Logs = None) -> None:
        """Draw what was not drawn yet."""
        if self._drawn < len(self.kept.epoch):
            self._draw()

    def get_state(self) -> dict[str, Any]:
        """Return the logs so far."""
        return self.kept.get_state()

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.kept.set_state(state)

    def _draw(self) -> None:
        self._drawn = len(self.kept.epoch)
        if self.filename is not None:
            self.filename.parent.mkdir(parents=True, exist_ok=True)
            self.kept.plot(self.names).savefig(self.filename)
        if not screen.in_notebook():
            return
        picture = self.kept.plot(self.names)
        if self._display is None:
            from IPython.display import display  # type: ignore[import-not-found]

            self._display = display(picture, display_id=True)
        else:
            self._display.update(picture)
