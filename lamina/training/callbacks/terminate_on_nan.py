"""`TerminateOnNaN`: stop when the loss is not a number any more."""

import math

from lamina.core import screen
from lamina.training.callbacks.callback import Callback, Logs


class TerminateOnNaN(Callback):
    """Ends training at the first batch after which the loss is NaN or infinite.

    It looks at every batch, so steps run one in a call.

    Args:
        raise_error: raise a `RuntimeError` instead of ending `fit` quietly.

    Raises:
        RuntimeError: with `raise_error`, the loss is NaN or infinite.

    Example:
        >>> from lamina.callbacks import TerminateOnNaN
        >>> TerminateOnNaN(raise_error=True).on_batch_end(7, {"loss": float("nan")})
        Traceback (most recent call last):
            ...
        RuntimeError: Batch 7: the loss is nan. ...
    """

    def __init__(self, raise_error: bool = False):
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        message = (
            f"Batch {batch}: the loss is {loss}. Training ends; a smaller learning rate, "
            "or scaled inputs, may help."
        )
        if self.raise_error:
            raise RuntimeError(message)
        screen.say(message)
        self.model.stop_training = True
