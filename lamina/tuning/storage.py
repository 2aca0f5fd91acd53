"""Where a study is kept: in memory, in a file of SQLite that many processes share, or elsewhere."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from lamina.core import optional

_PATIENCE = 60  # seconds to wait while another process writes


def open_study(
    storage: Any, name: str, direction: str, sampler: Any = None, pruner: Any = None
) -> Any:
    """Open the study `name`, or begin it.

    Args:
        storage: a path, a URL or a storage of Optuna; `None` keeps the study in memory.
        direction: `"min"` or `"max"`.

    Raises:
        ImportError: Optuna is not installed.
        ValueError: the file is not one of Optuna, or the study in it goes in the other direction.
    """
    optuna = optional.load("optuna", "tune", "lamina.tuning")
    direction = {"min": "minimize", "max": "maximize"}[direction]
    try:
        study = optuna.create_study(
            storage=_opened(storage, optuna),
            sampler=sampler,
            pruner=pruner,
            study_name=name,
            direction=direction,
            load_if_exists=True,
        )
    except Exception as error:
        if not isinstance(storage, (str, os.PathLike)):
            raise
        raise ValueError(
            f"lamina.tuning: `storage` {os.fspath(storage)!r} cannot be opened as a study of Optuna: {error}"
        ) from error
    if study.direction.name.lower() != direction:
        raise ValueError(
            f"lamina.tuning: the study {name!r} in {os.fspath(storage)!r} is there to {study.direction.name.lower()}, "
            f"not to {direction}. Give another name with study=, or another file."
        )
    return study


def _opened(storage: Any, optuna: Any) -> Any:
    path = path_of(storage)
    if path is None:
        return storage
    if not path.exists():
        begin_file(path, optuna)
    return _connected(path, optuna)


def begin_file(path: Path, optuna: Any) -> None:
    """Put an empty study file there, whole at once: of processes that begin together one succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder) / path.name
        _connected(new, optuna).engine.dispose()
        with suppress(FileExistsError):
            os.link(new, path)


def _connected(path: Path, optuna: Any) -> Any:
    waits = {"connect_args": {"timeout": _PATIENCE}}
    return optuna.storages.RDBStorage(f"sqlite:///{path}", engine_kwargs=waits)


def path_of(storage: Any) -> Path | None:
    """Return the file of the study; `None` if `storage` is not a path."""
    if not isinstance(storage, (str, os.PathLike)) or "://" in os.fspath(storage):
        return None
    return Path(storage).absolute()


class KeptWeights:
    """The weights of a study's best trials, equal ones included: in a folder beside its file, or in memory.

    Args:
        folder: for a file per trial that was the best when it ended; `None` keeps them in memory.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder
        self.in_memory: dict[int, list[Any]] = {}

    def keep(self, number: int, model: Any) -> None:
        """Keep the weights of `model`, which trial `number` made."""
        if self.folder is None:
            self.in_memory[number] = model.get_weights()
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        model.save_weights(self._file(number))

    def forget(self, numbers: list[int]) -> None:
        """Delete what was kept of trials that are not the best any more."""
        for number in numbers:
            self.in_memory.pop(number, None)
            if self.folder is not None:
                self._file(number).unlink(missing_ok=True)

    def give(self, number: int, model: Any) -> None:
        """Give `model` the weights of trial `number`.

        Raises:
            ValueError: they are not there.
        """
        if number in self.in_memory:
            model.set_weights(self.in_memory[number])
        elif self.folder is not None and self._file(number).is_file():
            model.load_weights(self._file(number))
        else:
            where = "in memory" if self.folder is None else f"as {str(self._file(number))!r}"
            raise ValueError(
                f"lamina.tuning: the weights of trial {number} are not here ({where}). Train the model again: "
                "best_parameters tells how it is built."
            )

    def _file(self, number: int) -> Path:
        assert self.folder is not None
        return self.folder / f"trial_{number}.weights.h5"
