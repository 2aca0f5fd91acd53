"""`OrbaxCheckpoint`: save what a model has learned with Orbax, in the background."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.core.variable import Variable, assign_all, to_arrays
from lamina.training.callbacks.callback import Logs
from lamina.training.callbacks.checkpoint import Checkpoint


class OrbaxCheckpoint(Checkpoint):
    """Saves the state of training into folders `directory/<number>`, of which the latest ones stay.

    The number is that of the epoch, or with a numeric `save_freq` that of the batch over all epochs. A
    folder holds an item `pytree` with `trainable_variables`, `non_trainable_variables`, and unless
    `save_weights_only` also `optimizer_variables` and `metrics_variables`, by the parts of their paths, as
    Keras lays them out, and an item `order` with the paths in order. `restore` puts one back. The
    configuration of the model is not saved.

    Args:
        directory: where the folders are.
        monitor: name of the log by which `save_best_only` decides.
        verbose: 1 shows a line whenever the model is saved.
        save_best_only: save only if the monitored number has improved (or is not there).
        mode: `"min"`, `"max"`, or `"auto"`: known for the loss and for lamina's metrics.
        save_freq: `"epoch"`, or the number of batches between two savings.
        initial_value_threshold: the value that the first one has to beat.
        max_to_keep: folders that stay; `None` all.
        save_on_background: write beside the training; values are those of the moment all the same.
        save_weights_only: leave out the optimizer and the metrics.

    Raises:
        ImportError: the package `orbax-checkpoint` is not installed; it comes with the extra `orbax`.
        ValueError: `save_freq` or `max_to_keep` is not a number of these.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> save = lamina.callbacks.OrbaxCheckpoint(tempfile.mkdtemp(), max_to_keep=2)
        >>> data = lamina.ops.ones((8, 2)), lamina.ops.ones((8, 1))
        >>> history = model.fit(*data, epochs=3, verbose=0, callbacks=[save])
        >>> save.steps()
        [1, 2]
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
        max_to_keep: int | None = 1,
        save_on_background: bool = True,
        save_weights_only: bool = False,
    ):
        super().__init__(monitor, verbose, save_best_only, mode, save_freq, initial_value_threshold)
        if max_to_keep is not None and max_to_keep < 1:
            raise ValueError(
                f"OrbaxCheckpoint: `max_to_keep` must be at least 1, or None, not {max_to_keep!r}."
            )
        self.directory = Path(directory).absolute()
        self.max_to_keep, self.save_on_background = max_to_keep, save_on_background
        self.save_weights_only = save_weights_only
        self._orbax = optional.load("orbax.checkpoint", "orbax", "OrbaxCheckpoint")
        self._kept: Any = None

    def _manager(self) -> Any:
        if self._kept is None:
            options = self._orbax.CheckpointManagerOptions(
                max_to_keep=self.max_to_keep,
                enable_async_checkpointing=self.save_on_background,
                create=True,
            )
            self._kept = self._orbax.CheckpointManager(self.directory, options=options)
        return self._kept

    def place(self, epoch: int, batch: int | None, logs: Logs) -> str:
        """Return the folder."""
        return str(self.directory / str(epoch if batch is None else self.batches_seen))

    def write(self, epoch: int, batch: int | None, logs: Logs) -> None:
        """Write a folder, in place of an older one of its number."""
        step, manager, args = (
            Path(self.place(epoch, batch, logs)).name,
            self._manager(),
            self._orbax.args,
        )
        state = _nested(self._groups())
        if int(step) in manager.all_steps():
            manager.wait_until_finished()
            manager.delete(int(step))
        order = {group: [v.path for v in variables] for group, variables in self._groups()}
        items = args.Composite(pytree=args.PyTreeSave(state), order=args.JsonSave(order))
        manager.save(int(step), args=items, force=True)

    def restore(self, step: int | None = None, model: Any = None) -> int:
        """Put the state of a folder back, all of it or nothing; Keras' folders are read, too.

        Args:
            step: the folder's number; by default the latest one.
            model: built, and compiled as when it was saved; by default the one that trains.

        Returns:
            The number of the folder.

        Raises:
            FileNotFoundError: there is no such folder.
            ValueError: the folder holds variables of other shapes, another number of them, or, if Keras wrote
                it, of other names.
        """
        self.wait_until_finished()
        if model is not None:
            self.model = model
        step = self._manager().latest_step() if step is None else step
        if step is None or step not in self.steps():
            raise FileNotFoundError(
                f"OrbaxCheckpoint.restore: {str(self.directory)!r} has no state {step}. States: {self.steps()}."
            )
        leaves = self._read(step)
        for (group, variables), values in zip(self._groups(), leaves, strict=True):
            shapes = [tuple(v.shape) for v in variables]
            if [value.shape for value in values] != shapes:
                raise ValueError(
                    f"OrbaxCheckpoint.restore: the {group} of state {step} in {str(self.directory)!r} have the "
                    f"shapes {[value.shape for value in values]}, those of the model {self.model.name!r} "
                    f"{shapes}. Build and compile the model as it was when it was saved."
                )
        flat = [v for _, variables in self._groups() for v in variables]
        assign_all(flat, [value for values in leaves for value in values])
        return step

    def _read(self, step: int) -> list[list[np.ndarray]]:
        """The values of each group in the order of the model's: as saved, since automatic names differ.

        Keras does not say in which order they were; its folders are read by the names in them.
        """
        args, manager = self._orbax.args, self._manager()
        items = {"pytree": args.PyTreeRestore()}
        if (self.directory / str(step) / "order").is_dir():
            items["order"] = args.JsonRestore()
        state = manager.restore(step, args=args.Composite(**items))
        leaves = dict(_leaves(state["pytree"]))
        order = state["order"] if "order" in items else self._paths(leaves, step)
        return [
            [np.asarray(leaves[(group, *path.split("/"))]) for path in order.get(group, ())]
            for group, _ in self._groups()
        ]

    def _paths(self, leaves: dict[tuple[str, ...], Any], step: int) -> dict[str, list[str]]:
        """Return the paths of the model's variables, all of which are among the names in a folder.

        Raises:
            ValueError: some are not.
        """
        order = {group: [v.path for v in variables] for group, variables in self._groups()}
        missing = [
            f"{group}/{path}"
            for group, paths in order.items()
            for path in paths
            if (group, *path.split("/")) not in leaves
        ]
        if missing:
            raise ValueError(
                f"OrbaxCheckpoint.restore: state {step} in {str(self.directory)!r}, which lamina did not write, has no "
                f"{missing[:3]}{f' and {len(missing) - 3} more' if len(missing) > 3 else ''}. It has, for example, "
                f"{['/'.join(path) for path in list(leaves)[:3]]}. Give the model and its layers the names that they "
                "had, or pass save_weights_only=True to leave out the optimizer and the metrics."
            )
        return order

    def steps(self) -> list[int]:
        """Return the numbers of the folders that are there, written to their end."""
        return sorted(self._manager().all_steps())

    def wait_until_finished(self) -> None:
        """Wait for what is written in the background."""
        if self._kept is not None:
            self._kept.wait_until_finished()

    def is_multihost_enabled(self) -> bool:
        """Tell whether several processes train together."""
        return self._orbax.multihost.process_count() > 1

    def is_primary_host(self) -> bool:
        """Tell whether this process is the one that speaks for all."""
        return self._orbax.multihost.is_primary_host(0)

    def on_train_end(self, logs: Logs = None) -> None:
        """Wait until all is written."""
        self.wait_until_finished()
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _groups(self) -> list[tuple[str, list[Variable]]]:
        model = self.model
        groups = [("trainable_variables", list(model.trainable_variables))]
        groups.append(("non_trainable_variables", list(model.non_trainable_variables)))
        if not self.save_weights_only:
            if model.optimizer is not None:
                model.optimizer.build(model.trainable_variables)
                groups.append(("optimizer_variables", list(model.optimizer.variables)))
            groups.append(("metrics_variables", list(model.metrics_variables)))
        return groups


def _nested(groups: Iterable[tuple[str, list[Variable]]]) -> dict[str, Any]:
    """The values by the parts of their variables' paths."""
    state: dict[str, Any] = {}
    for group, variables in groups:
        for variable, value in zip(variables, to_arrays(variables), strict=True):
            *folders, name = group, *variable.path.split("/")
            inner = state
            for folder in folders:
                inner = inner.setdefault(folder, {})
            if name in inner:
                raise ValueError(
                    f"OrbaxCheckpoint: two variables have the path {variable.path!r}. Give the layers, or "
                    "metrics, names of their own."
                )
            inner[name] = value
    return state


def _leaves(state: Any, path: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], Any]]:
    for name, value in state.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value
