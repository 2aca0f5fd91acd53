"""`WandbWriter`: logs for Weights & Biases."""

from collections.abc import Mapping
from typing import Any

from lamina.core import optional


class WandbWriter:
    """Writes logs into a run of Weights & Biases: `callbacks.Log(callbacks.WandbWriter(project="digits"))`.

    With `WANDB_MODE=offline` in the environment, or `mode="offline"`, all stays on this machine.
    Numbers of epochs are drawn over `epoch`, those of batches over `batch`.

    Args:
        run: a run of one's own; it is not finished when `fit` ends. By default one is begun with the
            first thing that is written, and finished then.
        init: arguments of `wandb.init`, such as `project`, `name`, `dir`, `mode`.

    Raises:
        ImportError: the package `wandb` is not installed; it comes with the extra of that name.
        TypeError: both a `run` and arguments for a new one.
    """

    def __init__(self, run: Any = None, **init: Any):
        if run is not None and init:
            raise TypeError(f"WandbWriter: `run` is there already, so it takes no {sorted(init)}.")
        self._wandb = optional.load("wandb", "wandb", "WandbWriter")
        self._given, self._init, self._begun = run, init, None

    @property
    def run(self) -> Any:
        """The run; begun, if it is not there yet."""
        if self._given is not None:
            return self._given
        if self._begun is None:
            self._begun = self._wandb.init(**self._init)
            for kind in ("epoch", "batch"):
                self._begun.define_metric(kind, hidden=True)
            self._begun.define_metric("batch_*", step_metric="batch")
            self._begun.define_metric("*", step_metric="epoch")
        return self._begun

    def params(self, values: Mapping[str, Any]) -> None:
        """Put values into the configuration of the run."""
        self.run.config.update(dict(values), allow_val_change=True)

    def scalars(self, step: int, values: Mapping[str, Any]) -> None:
        """Log numbers by name."""
        # Epochs and batches count apart, so the run's own step, which may only rise, is left alone.
        of_batch = bool(values) and all(name.startswith("batch_") for name in values)
        self.run.log({**values, "batch" if of_batch else "epoch": step})

    def close(self) -> None:
        """Finish the run, if the writer has begun it."""
        if self._begun is not None:
            self._begun.finish()
            self._begun = None
