"""`Log`: the logs for whoever writes them: Weights & Biases, MLflow, TensorBoard, or a class of one's own."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lamina.training.callbacks.callback import Callback, Logs
from lamina.training.callbacks.rates import rates_of


@runtime_checkable
class Writer(Protocol):
    """What `Log` writes to.

    A writer may also have `params(values)`, which is told once how the model is trained, and `close()`,
    which is called when `fit` ends.
    """

    def scalars(self, step: int, values: Mapping[str, Any]) -> None:
        """Write numbers by name."""


class Log(Callback):
    """Gives the logs to a writer: at the end of every epoch, and of every so many batches.

    The logs of epoch `n` have the step `n`; those of batches are called `batch_loss` and so on, and
    their step counts batches over all epochs. What is not a single number is left out. Learning rates
    are among the logs of an epoch.

    Args:
        writer: an object with `scalars(step, values)`, and perhaps `params(values)` and `close()`:
            `WandbWriter`, `MLflowWriter`, `EventWriter`, or of one's own.
        update_freq: `"epoch"`; or `"batch"`, or a number of batches, after which logs are given, too.

    Raises:
        TypeError: the writer has no `scalars`.
        ValueError: `update_freq` is something else.

    Example:
        >>> import lamina
        >>> class Printer:
        ...     def scalars(self, step, values):
        ...         print(step, values)
        >>> log = lamina.callbacks.Log(Printer())
        >>> log.on_epoch_end(0, {"loss": 0.5})
        0 {'loss': 0.5}
    """

    state_names = ("step", "batches_done")

    def __init__(self, writer: Writer, update_freq: int | str = "epoch"):
        if not isinstance(writer, Writer):
            raise TypeError(
                f"Log: `writer` must have a method `scalars(step, values)`, but {writer!r} has none."
            )
        every = 1 if update_freq == "batch" else update_freq
        if every != "epoch" and (isinstance(every, (bool, str)) or every < 1):
            raise ValueError(
                "Log: `update_freq` must be 'epoch', 'batch' or a number of batches, "
                f"not {update_freq!r}."
            )
        self.writer = writer
        self.update_freq: Any = every
        self.step = 0  # batches so far
        self.batches_done = 0

    def watches_batches(self, phase: str) -> bool:
        """Tell whether batches are logged, or a subclass looks at them."""
        if self.update_freq == "epoch" and type(self).on_train_batch_end is Log.on_train_batch_end:
            hooks = ("on_train_batch_begin", "on_batch_begin", "on_batch_end")
            return phase == "train" and any(map(self.overrides, hooks))
        return super().watches_batches(phase)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Tell the writer how the model is trained."""
        if (tell := getattr(self.writer, "params", None)) is not None:
            tell(_params_of(self.model, self.params or {}))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Count batches from 0."""
        self.batches_done = 0

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Give the logs of the batch to the writer, if it is time."""
        every, before = self.update_freq, self.step
        self.step += batch + 1 - self.batches_done
        self.batches_done = batch + 1
        if every != "epoch" and self.step // every > before // every:
            self.writer.scalars(self.step, _single(logs, "batch_"))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Give the logs of the epoch to the writer."""
        optimizer = getattr(self.model, "optimizer", None)
        rates = {} if optimizer is None else rates_of(optimizer)
        self.writer.scalars(epoch, {**rates, **_single(logs)})

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the writer."""
        if (close := getattr(self.writer, "close", None)) is not None:
            close()


def _single(logs: Logs, before: str = "") -> dict[str, float]:
    values = {f"{before}{name}": value for name, value in (logs or {}).items()}
    return {name: float(value) for name, value in values.items() if np.ndim(value) == 0}


def _params_of(model: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """How the model is trained, as numbers and short texts."""
    told = {name: params[name] for name in ("epochs", "steps") if params.get(name) is not None}
    if model is not None:
        told |= {"model": model.name, "parameters": model.count_params()}
        told |= {f"optimizer_{name}": value for name, value in _config_of(model.optimizer).items()}
    return told


def _config_of(optimizer: Any) -> dict[str, Any]:
    config = {"class": type(optimizer).__name__, **optimizer.get_config()}
    return {n: v for n, v in config.items() if isinstance(v, (bool, int, float, str))}
