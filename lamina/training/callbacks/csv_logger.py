"""`CSVLogger`: the logs of every epoch as a table in a file."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core.shown import printable
from lamina.training.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Writes a line per epoch: `epoch`, then the logs by sorted name. What is missing is `NA`.

    Args:
        filename: of the table.
        separator: between columns.
        append: add to the file that is there, instead of replacing it.

    Example:
        >>> import lamina, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
        >>> logger = lamina.callbacks.CSVLogger(path)
        >>> logger.on_train_begin()
        >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
        >>> logger.on_train_end()
        >>> path.read_text().split()
        ['epoch,loss,val_loss', '0,0.5,0.75']
    """

    state_names = ("keys", "size")

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ):
        self.filename = Path(filename)
        self.separator = separator
        self.append = append
        self.keys: list[str] | None = None
        self.size = 0  # bytes of the file up to where the next line goes

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin a table, behind what is in the file if that is to stay."""
        self.size = self._size() if self.append else 0
        self.keys = None

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on behind the lines that were there at `state`; those written later are replaced."""
        super().set_state(state)
        self.size = min(self.size, self._size())

    def _size(self) -> int:
        return self.filename.stat().st_size if self.filename.is_file() else 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the epoch's line."""
        logs = logs or {}
        if self.keys is None:
            self.keys = _columns(logs)
        if self._size() > self.size:
            os.truncate(self.filename, self.size)
        self.filename.parent.mkdir(parents=True, exist_ok=True)
        # Opened for each line: a run that is broken off leaves no open file behind.
        with self.filename.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=self.separator, lineterminator="\n")
            if self.size == 0:
                writer.writerow(["epoch", *map(_title, self.keys)])
            writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self.size = self._size()


def _columns(logs: Iterable[str]) -> list[str]:
    """Return the columns by the first epoch; without validation there, leave room for it in later ones."""
    keys = sorted(logs)
    if not any(key.startswith("val_") for key in keys):
        keys += [f"val_{key}" for key in keys]
    return keys


def _title(key: str) -> str:
    """The name of a log in one line, which a spreadsheet does not take for a formula."""
    return printable(key).lstrip("=+-@")


def _cell(value: Any) -> Any:
    """Several values in one cell as a list in quotes."""
    if np.ndim(value) > 0:
        return f'"[{", ".join(map(str, np.ravel(value).tolist()))}]"'
    return value
