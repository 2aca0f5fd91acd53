"""A callback that breaks a run off, as a kill would."""

from __future__ import annotations

from lamina import callbacks


class Broken(BaseException):
    """Stands for a kill."""


class Break(callbacks.Callback):
    """Breaks the run off after so many steps."""

    def __init__(self, steps):
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        self.steps -= 1
        if self.steps == 0:
            raise Broken
