"""`BackupAndRestore`: a run that is killed goes on where it was."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lamina.training.callbacks.callback import Callback

_TIME = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h)")
_SECONDS = {"s": 1, "min": 60, "h": 3600}


class BackupAndRestore(Callback):
    """Writes all that the next step depends on to a folder, beside training; `fit` goes on from there.

    After a kill at any moment, the same program continues and ends with the weights and the history that it
    would have had, to the last bit: on the same machine and engine. Kept are weights, the optimizer,
    metrics, random draws, the position in the data, the state of callbacks, and the history.
    `fit(..., resume=folder)` is short for this callback, every minute, whose files stay when training ends.

    Several steps on JAX and TensorFlow then never run in one program with a loop, which would round otherwise.

    Args:
        backup_dir: the folder; made if it is not there.
        save_freq: `"epoch"`, or the number of steps between two backups.
        double_checkpoint: keep at least two backups, which is the case anyway.
        delete_checkpoint: remove the files when training ends. If they stay, running the program
            again returns the history at once.
        every: another name for `save_freq`, which may be a time, too: `"30 s"`, `"5 min"`, `"1 h"`.
        keep: so many of the newest files stay.

    Raises:
        ValueError: an argument is something else.

    Example:
        >>> import lamina
        >>> backup = lamina.callbacks.BackupAndRestore("backup", every="10 min")
        >>> backup.seconds, backup.steps
        (600.0, None)
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
        *,
        every: str | int | None = None,
        keep: int = 2,
    ):
        if not os.fspath(backup_dir):
            raise ValueError("BackupAndRestore: `backup_dir` must name a folder, not be empty.")
        if every is not None and save_freq != "epoch":
            raise ValueError("BackupAndRestore: `every` and `save_freq` mean the same; give one.")
        every = save_freq if every is None else every
        self.backup_dir = Path(backup_dir)
        self.save_freq = every
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
            raise ValueError(f"BackupAndRestore: `keep` must be a positive integer, not {keep!r}.")
        self.keep = max(keep, 2 if double_checkpoint else 1)
        self.steps: int | None = None
        self.seconds: float | None = None
        time = _TIME.fullmatch(every) if isinstance(every, str) else None
        if time:
            self.seconds = float(time[1]) * _SECONDS[time[2]]
        elif isinstance(every, int) and not isinstance(every, bool) and every > 0:
            self.steps = every
        elif every != "epoch":
            raise ValueError(
                "BackupAndRestore: `every` (`save_freq`) must be 'epoch', a number of steps, or a time such "
                f"as '30 s', '5 min' or '1 h', not {every!r}."
            )
