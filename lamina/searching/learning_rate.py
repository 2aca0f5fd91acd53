"""The range test: a learning rate that rises with every step, and what the loss does meanwhile."""

from typing import Any

import numpy as np

from lamina.core import optional
from lamina.feeds.progress import Progress
from lamina.training.callbacks import Callback

_SMOOTH = 0.9  # the share of what was before in a smoothed loss
_DIVERGED = 3.0  # so many times the first loss above the best one


class LearningRates:
    """What `find_learning_rate` returns.

    Attributes:
        rates: of the steps that were taken, rising, `(steps,)`.
        losses: of each step's batch, before the step, `(steps,)`.
        smoothed: running means of the losses, weighted towards the last ones, `(steps,)`.
        suggestion: the rate at which the loss fell most steeply; `None` if it never fell.
        diverged: whether the test ended because the loss rose far, or was not finite.
    """

    def __init__(self, rates: np.ndarray, losses: np.ndarray, diverged: bool):
        self.rates, self.losses, self.diverged = rates, losses, diverged
        self.smoothed = _smoothed(losses)
        self.suggestion = _steepest(rates, losses, self.smoothed)

    def __str__(self) -> str:
        """One line."""
        if self.suggestion is None:
            return f"learning rates from {self.rates[0]:.2g} to {self.rates[-1]:.2g}: the loss never fell"
        return (
            f"learning rate {self.suggestion:.2g}: there the loss fell most steeply, in {len(self.rates)} steps "
            f"from {self.rates[0]:.2g} to {self.rates[-1]:.2g}"
        )

    __repr__ = __str__

    def plot(self) -> Any:
        """Draw the losses over the rates, and the suggestion.

        Returns:
            A `matplotlib.figure.Figure`: a notebook shows it, `.savefig(path)` writes it.

        Raises:
            ImportError: matplotlib is not installed; it comes with the extra `plot`.
        """
        optional.load("matplotlib", "plot", "A plot of the range test")
        from lamina.core.picture import Picture

        figure = Picture(5, 3.5)
        ax = figure.subplots()
        ax.plot(self.rates, self.losses, alpha=0.3, label="loss of each batch")
        ax.plot(self.rates, self.smoothed, label="smoothed")
        if self.suggestion is not None:
            ax.axvline(
                self.suggestion, linestyle="--", color="grey", label=f"{self.suggestion:.2g}"
            )
        ax.set_xscale("log")
        low, high = self.smoothed.min(), max(self.smoothed[0], np.median(self.smoothed))
        ax.set_ylim(low - 0.2 * (high - low), high + 0.5 * (high - low) or None)
        ax.set_xlabel("learning rate")
        ax.set_ylabel("loss")
        ax.legend()
        return figure


class RangeTest(Callback):
    """Sets the next rate before each step, and keeps its loss; ends training when the loss diverges.

    Args:
        rates: one for each step.
        progress: shows how far the test is.
    """

    step_by_step = True

    def __init__(self, rates: np.ndarray, progress: Progress):
        self.rates, self.losses, self.diverged = rates, [], False
        self.means: list[float] = []
        self.progress = progress
        progress.epoch_begin(0)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the rate; and let the logs begin again, so that they are those of one batch."""
        self.model.optimizer.learning_rate = self.rates[len(self.losses)]
        self.model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Keep the loss; stop after the last rate."""
        if "loss" not in (logs or {}):
            raise ValueError(
                f"find_learning_rate needs the loss, but the logs of `train_step` have {sorted(logs or {})}. Let it "
                "return a dict with 'loss'."
            )
        self.losses.append(float(logs["loss"]))
        self.means.append(_mean(self.losses[-1], self.means))
        rise = self.means[-1] - min(self.means)
        self.progress.update(len(self.losses), self.shown)
        self.diverged = not rise <= _DIVERGED * max(abs(self.losses[0]), 1e-12)  # NaN is not
        self.model.stop_training = self.diverged or len(self.losses) == len(self.rates)

    @property
    def shown(self) -> dict[str, float]:
        """What the progress shows: the last rate and its loss."""
        return {"loss": self.losses[-1], "learning_rate": float(self.rates[len(self.losses) - 1])}

    def result(self) -> LearningRates:
        """Return what was seen; a last loss that is not finite is left out.

        Raises:
            ValueError: not even the first loss is finite.
        """
        losses = np.array(self.losses)
        losses = losses[: len(losses) - (not np.isfinite(losses[-1]))]
        if not len(losses):
            raise ValueError(
                f"The loss is {self.losses[0]} with learning rate {self.rates[0]:g} already. Are all inputs "
                "and targets finite? model.preflight(x, y) looks at them."
            )
        return LearningRates(self.rates[: len(losses)], losses, self.diverged)


def _mean(value: float, before: list[float]) -> float:
    """Return the next running mean of numbers, weighted towards the last ones, after those `before`."""
    count = len(before)
    weight = _SMOOTH * (1 - _SMOOTH**count) / (1 - _SMOOTH ** (count + 1))
    return weight * before[-1] + (1 - weight) * value if before else value


def _smoothed(values: np.ndarray) -> np.ndarray:
    means: list[float] = []
    for value in values.tolist():
        means.append(_mean(value, means))
    return np.array(means)


def _steepest(rates: np.ndarray, losses: np.ndarray, smoothed: np.ndarray) -> float | None:
    """Return the rate where the loss falls most for a further step, before it is lowest.

    Means of what was before lag behind; taken backwards as well, they do not.
    """
    falling = losses[: int(smoothed.argmin()) + 1]
    if len(falling) < 3:
        return None
    level = _smoothed(_smoothed(falling)[::-1])[::-1]
    slopes = np.gradient(level)
    return float(rates[slopes.argmin()]) if slopes.min() < 0 else None
