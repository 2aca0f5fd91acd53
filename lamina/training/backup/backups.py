"""The backups of one `fit`: it goes on from the newest, and writes new ones beside training."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from lamina.core import host_random, tree
from lamina.core.file_errors import FormatError
from lamina.core.seeds import Cursor
from lamina.core.tracebacks import warn
from lamina.training.backup.facts import facts_of, refuse_others
from lamina.training.backup.folder import BackupFolder
from lamina.training.backup.state import State, put_back
from lamina.training.batch_logs import as_floats
from lamina.training.callbacks.backup_and_restore import BackupAndRestore
from lamina.training.callbacks.callback_list import CallbackList
from lamina.training.plan import Plan


def backups_of(callbacks: Any, resume: Any, epochs: int) -> Backups | None:
    """Return the backups of a `fit` with these arguments, if it is to write any.

    Raises:
        ValueError: `resume` is given beside a callback that does the same.
    """
    if callbacks is None and resume is None:
        return None
    given = callbacks if isinstance(callbacks, CallbackList) else tree.flatten(callbacks)
    settings = [callback for callback in given if isinstance(callback, BackupAndRestore)]
    if resume is not None:
        if settings:
            raise ValueError(
                "`resume` and a BackupAndRestore among the `callbacks` do the same; give one."
            )
        settings = [BackupAndRestore(resume, every="1 min", delete_checkpoint=False)]
    return Backups(settings[0], epochs) if settings else None


class Backups:
    """Made before `fit` opens its data: a run that goes on opens them as the first one did.

    Args:
        settings: a `BackupAndRestore`.
        epochs: number of the last epoch.

    Attributes:
        epoch, step: where the run goes on; `None` if it begins.
        logs: the logs at that step.
    """

    def __init__(self, settings: BackupAndRestore, epochs: int):
        self._settings = settings
        self._folder = BackupFolder(settings.backup_dir, settings.keep)
        end = self._folder.finished()
        if end is not None and not end[0]["ended"] and end[0]["epoch"] < epochs:
            end = None  # more epochs are wanted than there were
        self.is_finished = end is not None
        self._kept = end or self._folder.newest()
        self._opened: dict[str, Any] = (
            self._kept[0]["opened"] if self._kept else host_random.state()
        )
        try:
            host_random.go_to(self._opened)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FormatError(
                f"The backup in {str(settings.backup_dir)!r} does not hold what it should: {error!r}."
            ) from error
        self._thread = ThreadPoolExecutor(1, "lamina backup")
        self._writing: Future[None] | None = None
        self._written, self._steps = time.monotonic(), 0

    def attach(self, model: Any, feed: Any, hooks: Any, plan: Plan) -> None:
        """Take note of the run's parts, once the data are open.

        Raises:
            LoadError: the newest backup is of another run.
            RuntimeError: another process writes to the folder.
        """
        self._folder.take()
        self._model, self._feed, self._hooks = model, feed, hooks
        self._facts = facts_of(model, feed, plan)
        if self._kept:
            refuse_others(self._kept[0]["facts"], self._facts, str(self._settings.backup_dir))

    # Going on.

    @property
    def epoch(self) -> int | None:
        """The epoch in which the run goes on; `None` if it begins."""
        return self._kept[0]["epoch"] if self._kept else None

    def restore(self) -> tuple[dict[str, Any], bool]:
        """Put back the state, once training has begun for the callbacks.

        Returns:
            The logs so far, and whether training had ended.
        """
        contents, arrays = self._kept  # type: ignore[misc]
        put_back(self._model, self._hooks, contents, arrays)
        again = not self.is_finished and self._feed.go_to(
            Cursor(**contents["cursor"]), contents["data"]
        )
        if again and contents["step"]:  # that is where the generators of libraries stand
            contents["host"] |= host_random.of_libraries()
        host_random.go_to(contents["host"])
        return contents["logs"], contents["ended"]

    def begin_epoch(self) -> tuple[int, dict[str, Any]]:
        """Return the steps that are done of the epoch that begins, and their logs.

        In the epoch in which the run goes on, what hooks have changed at its beginning is put back.
        """
        if not self._kept:
            return 0, {}
        (contents, arrays), self._kept = self._kept, None
        if not contents["step"]:
            return 0, {}
        put_back(self._model, self._hooks, contents, arrays)
        host_random.go_to(contents["host"])
        return contents["step"], contents["logs"]

    # Writing.

    def in_epoch(self, epoch: int) -> Callable[[int, int, Any], None] | None:
        """Return what is to be called between steps of an epoch: `(count, done, logs)`."""
        if self._settings.steps is None and self._settings.seconds is None:
            return None

        def between_steps(count: int, done: int, logs: Any) -> None:
            self._steps += count
            if self._is_due():
                self._write(epoch, done, as_floats(logs))

        return between_steps

    def _is_due(self) -> bool:
        steps, seconds = self._settings.steps, self._settings.seconds
        if steps is not None:
            return self._steps >= steps
        return seconds is None or time.monotonic() - self._written >= seconds

    def after_epoch(self, epoch: int, logs: Any, ended: bool, last: bool) -> None:
        """Write a backup if it is time when `epoch` epochs are done, or if that was the last.

        Args:
            ended: training ends here, however many epochs there are to be.
        """
        if last:
            self._wait()
        if last or self._is_due():
            self._write(epoch, 0, logs, ended)

    def finish(self, epoch: int, logs: Any, ended: bool) -> None:
        """Write what the run ends with, or remove all backups."""
        self._wait()
        if self._settings.delete_checkpoint:
            self._folder.empty()
        else:
            self._write(epoch, 0, logs, ended, finished=True)
            self._wait()

    def close(self) -> None:
        """Wait for what is being written, and let others have the folder."""
        self._wait()
        self._thread.shutdown()
        self._folder.release()

    def _write(
        self, epoch: int, step: int, logs: Any, ended: bool = False, finished: bool = False
    ) -> None:
        if self._writing is not None and not self._writing.done():
            return  # one at a time; the next boundary will do
        self._wait()
        at = {"epoch": epoch, "step": step, "ended": ended, "logs": logs}
        start = {"facts": self._facts, "opened": self._opened, "host": host_random.state()}
        cursor = dict(vars(self._feed.cursor))
        state = State(
            self._model, self._hooks, cursor=cursor, data=self._feed.state(), **at, **start
        )

        def write() -> None:
            self._folder.write(epoch, step, finished, *state.on_host())

        self._writing = self._thread.submit(write)
        self._written, self._steps = time.monotonic(), 0

    def _wait(self) -> None:
        writing, self._writing = self._writing, None
        if writing is None:
            return
        try:
            writing.result()
        except OSError as error:
            where = str(self._settings.backup_dir)
            warn(f"No backup was written to {where!r}: {error}")
