"""`TensorBoard`: logs, weights and the graph of a model for the web page of that name."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lamina.engine.current import engine
from lamina.training.callbacks.board import embeddings_of, graph_of, pictures_of, write_projector
from lamina.training.callbacks.callback import Callback, Logs
from lamina.training.callbacks.event_writer import EventWriter
from lamina.training.callbacks.rates import rates_of


class TensorBoard(Callback):
    """Writes event files into `log_dir/train` and `log_dir/validation`: `tensorboard --logdir log_dir`.

    It needs the package `tensorboard` (the extra of that name), and not TensorFlow. Tags are Keras':
    `epoch_loss`, `epoch_learning_rate`, `batch_loss`, `evaluation_loss_vs_iterations`.

    Args:
        log_dir: the folder.
        histogram_freq: write histograms of the weights every so many epochs; 0 never.
        write_graph: write the graph of the model, where it is known.
        write_images: write the weights as pictures, with the histograms.
        write_steps_per_second: write the steps per second, of epochs and with the logs of batches.
        update_freq: `"epoch"`; or `"batch"`, or a number of batches, after which logs are written, too.
        profile_batch: the number of a batch, or of the first and last one of several (from 1), that the
            engine's own profiler watches; 0 none.
        embeddings_freq: write the tables of `Embedding` layers every so many epochs; 0 never.
        embeddings_metadata: a file with one line of labels for each row of the table, or a dict of such
            files by names of layers; relative to `log_dir`.

    Raises:
        ImportError: the package `tensorboard` is not installed.
        ValueError: an argument that is none of these.
        NotImplementedError: `profile_batch` on an engine that has no profiler; before training begins.

    Example:
        >>> import lamina, pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> model = lamina.Sequential([lamina.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> board = lamina.callbacks.TensorBoard(folder)
        >>> data = lamina.ops.ones((8, 2)), lamina.ops.ones((8, 1))
        >>> history = model.fit(*data, validation_data=data, verbose=0, callbacks=[board])
        >>> sorted(path.name for path in folder.iterdir())
        ['train', 'validation']
    """

    state_names = ("step", "batches_done", "epochs")

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: int | tuple[int, int] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: str | dict[str, str] | None = None,
    ):
        self.log_dir = Path(log_dir)
        self.histogram_freq, self.write_images = histogram_freq, write_images
        self.write_graph, self.write_steps_per_second = write_graph, write_steps_per_second
        self.update_freq: Any = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not _is_count(self.update_freq, 1):
            raise ValueError(
                "TensorBoard: `update_freq` must be 'epoch', 'batch' or a number of batches, "
                f"not {update_freq!r}."
            )
        self.profile_batch = _first_and_last(profile_batch)
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        self.step = 0  # batches so far, over epochs and calls of `fit`
        self.epochs = 0  # that have been written
        self.train_writer = EventWriter(self.log_dir / "train")
        self.validation_writer = EventWriter(self.log_dir / "validation")
        of_time = write_steps_per_second and self.update_freq != "epoch"
        self.step_by_step = self.profile_batch is not None or of_time
        self._training = False
        self._epoch_began = self._last_write = (0.0, 0)  # time and step
        self.batches_done = self._written = 0
        self._stop_profiler: Callable[[], None] | None = None

    @property
    def summary(self) -> EventWriter:
        """The writer of `log_dir/train`, for what other callbacks want to show: `summary.scalar(...)`."""
        return self.train_writer

    def watches_batches(self, phase: str) -> bool:
        """Tell whether batches are logged or profiled, or a subclass looks at them."""
        if phase != "train" or self.update_freq != "epoch" or self.profile_batch is not None:
            return super().watches_batches(phase)
        ours = (TensorBoard.on_train_batch_begin, TensorBoard.on_train_batch_end)
        return (type(self).on_train_batch_begin, type(self).on_train_batch_end) != ours or any(
            map(self.overrides, ("on_batch_begin", "on_batch_end"))
        )

    # Training.

    def on_train_begin(self, logs: Logs = None) -> None:
        """Write the graph of the model; the count of steps goes on from an earlier `fit`."""
        self._training = True
        self._stop_profiler = None
        embeddings_of(self.model, self.embeddings_metadata)  # wrong names are an error now
        if self.profile_batch is not None:
            _ = engine().profile  # an engine without a profiler says so now
        self.step = self._written = self._iterations()
        if self.write_graph and (graph := graph_of(self.model)) is not None:
            self.train_writer.graph(graph)

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`: what was written of later steps does not count any more."""
        super().set_state(state)
        self._written = self.step
        # Tags of epochs count epochs, all others batches; a file may hold both.
        only_epochs = self.update_freq == "epoch"
        self.train_writer.begin_again(self.epochs if only_epochs else self.step + 1)
        self.validation_writer.begin_again(self.step + 1)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Look at the clock."""
        self.batches_done = 0
        self._epoch_began = self._last_write = (time.perf_counter(), self._iterations())

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Start the profiler, if it is time."""
        if self.profile_batch is not None and self._stop_profiler is None:
            first, last = self.profile_batch
            if first <= self.step + 1 <= last:
                self._stop_profiler = engine().profile(str(self.train_writer.log_dir))
        super().on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Write the logs of the batch, if it is time."""
        self.step += batch + 1 - self.batches_done
        self.batches_done = batch + 1
        if self._stop_profiler is not None and self.step >= self.profile_batch[1]:  # type: ignore[index]
            self._end_profile()
        every = self.update_freq
        if every != "epoch" and self.step // every > self._written // every:
            self._written = self.step
            if self.write_steps_per_second:
                rate = self._steps_per_second(self._last_write, self.step)
                self.train_writer.scalar("batch_steps_per_second", rate, self.step)
                self._last_write = (time.perf_counter(), self.step)
            values = {f"batch_{name}": value for name, value in (logs or {}).items()}
            self.train_writer.scalars(self.step, values)
        super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the logs of the epoch, and what else it is time for."""
        of = {name: value for name, value in (logs or {}).items() if not name.startswith("val_")}
        if getattr(self.model, "optimizer", None) is not None:
            of |= rates_of(self.model.optimizer)
        if self.write_steps_per_second:
            of["steps_per_second"] = self._steps_per_second(self._epoch_began, self._iterations())
        self.train_writer.scalars(epoch, {f"epoch_{name}": value for name, value in of.items()})
        of_validation = {
            f"epoch_{name.removeprefix('val_')}": value
            for name, value in (logs or {}).items()
            if name.startswith("val_")
        }
        self.validation_writer.scalars(epoch, of_validation)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            write_projector(
                self.log_dir, epoch, embeddings_of(self.model, self.embeddings_metadata)
            )
        self.epochs = epoch + 1
        self.train_writer.flush()
        self.validation_writer.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the files."""
        self._training = False
        self._end_profile()
        self.train_writer.close()
        self.validation_writer.close()

    # Evaluating.

    def on_test_end(self, logs: Logs = None) -> None:
        """Write the logs over the steps of training."""
        values = {f"evaluation_{n}_vs_iterations": value for n, value in (logs or {}).items()}
        self.validation_writer.scalars(self._iterations(), values)
        if not self._training:
            self.validation_writer.close()

    # What is written.

    def _write_weights(self, epoch: int) -> None:
        for variable in self.model.weights:
            value = variable.numpy()
            self.train_writer.histogram(f"{variable.path}/histogram", value, epoch)
            if self.write_images and (pictures := pictures_of(value)) is not None:
                self.train_writer.image(f"{variable.path}/image", pictures, epoch)

    def _iterations(self) -> int:
        """Steps of training: those of the optimizer, which also count where batches are not watched."""
        optimizer = getattr(self.model, "optimizer", None)
        return self.step if optimizer is None else int(np.asarray(optimizer.calls))

    def _steps_per_second(self, since: tuple[float, int], step: int) -> float:
        seconds = time.perf_counter() - since[0]
        return (step - since[1]) / max(seconds, 1e-9)

    def _end_profile(self) -> None:
        stop, self._stop_profiler = self._stop_profiler, None
        if stop is not None:
            stop()


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _first_and_last(batches: Any) -> tuple[int, int] | None:
    """The numbers of the batches to profile, `None` for none."""
    if batches == 0:
        return None
    pair = (batches, batches) if isinstance(batches, int) else tuple(batches)
    if len(pair) != 2 or not all(_is_count(n, 1) for n in pair) or pair[0] > pair[1]:
        raise ValueError(
            "TensorBoard: `profile_batch` must be 0, the number of a batch (from 1), or those of the first "
            f"and the last one, not {batches!r}."
        )
    return pair
