"""`CSVLogger`: the logs of every epoch as a table in a file."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import numpy as np

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

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ):
        self.filename = Path(filename)
        self.separator = separator
        self.append = append
        self.keys: list[str] | None = None
        self._file: TextIO | None = None
        self._has_header = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Open the file."""
        self._close()
        self._has_header = (
            self.append and self.filename.is_file() and self.filename.stat().st_size > 0
        )
        self.keys = None
        self._file = self.filename.open("a" if self.append else "w", newline="", encoding="utf-8")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the epoch's line."""
        logs = logs or {}
        if self.keys is None:
            self.keys = _columns(logs)
        writer = csv.writer(self._file, delimiter=self.separator, lineterminator="\n")  # type: ignore[arg-type]
        if not self._has_header:
            writer.writerow(["epoch", *self.keys])
            self._has_header = True
        writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self._file.flush()  # type: ignore[union-attr]

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the file."""
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _columns(logs: Iterable[str]) -> list[str]:
    """Return the columns by the first epoch; without validation there, leave room for it in later ones."""
    keys = sorted(logs)
    if not any(key.startswith("val_") for key in keys):
        keys += [f"val_{key}" for key in keys]
    return keys


def _cell(value: Any) -> Any:
    """Several values in one cell as a list in quotes."""
    if np.ndim(value) > 0:
        return f'"[{", ".join(map(str, np.ravel(value).tolist()))}]"'
    return value
