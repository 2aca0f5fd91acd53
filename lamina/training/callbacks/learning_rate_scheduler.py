"""`LearningRateScheduler`: the learning rate as a function of the epoch."""

import inspect
from collections.abc import Callable

import numpy as np

from lamina.core import screen
from lamina.training.callbacks.callback import Callback, Logs


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of every epoch; the logs get it as `learning_rate`.

    Args:
        schedule: a function of `(epoch, learning_rate)`, or of `(epoch)` alone, that returns the
            new rate.
        verbose: 1 shows a line each time.

    Raises:
        TypeError: `schedule` cannot be called.
        ValueError: it returns something that is not a number.

    Example:
        >>> import lamina
        >>> callback = lamina.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9)
        >>> callback.schedule(3, 1.0)
        0.9
    """

    def __init__(self, schedule: Callable, verbose: int = 0):
        if not callable(schedule):
            raise TypeError(
                "LearningRateScheduler: `schedule` must be a function of (epoch, learning_rate), "
                f"not {schedule!r}."
            )
        self.schedule = schedule
        self.verbose = verbose
        self.takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Set the epoch's rate."""
        optimizer = self.model.optimizer
        rate = float(optimizer.learning_rate)
        rate = self.schedule(epoch, rate) if self.takes_rate else self.schedule(epoch)
        if np.ndim(rate) != 0 or isinstance(rate, (bool, str)) or rate is None:
            raise ValueError(
                "LearningRateScheduler: `schedule` must return a number, "
                f"but returned {rate!r} for epoch {epoch}."
            )
        optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            screen.say(f"Epoch {epoch + 1}: the learning rate is set to {float(rate):g}")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Log the rate."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_two(schedule: Callable) -> bool:
    """Tell whether `schedule` takes two arguments, by its signature: a TypeError of its own must stay."""
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        pass
    return True
