"""The losses of `compile`, made ready for the outputs of a model: they become one scalar."""

from collections.abc import Callable
from typing import Any

from lamina import losses, metrics, ops
from lamina.core import naming
from lamina.losses.loss import Loss, LossFunctionWrapper
from lamina.training.outputs import Outputs


class CompiledLoss:
    """Losses of all outputs as one scalar: `sum(weight_i * loss_i)`.

    Each loss averages over its batch first; a `None` loss leaves its output out.

    Args:
        loss, loss_weights: as given to `compile`.
        outputs: of the model.
    """

    def __init__(self, loss: Any, loss_weights: Any, outputs: Outputs):
        self.outputs = outputs
        self.losses = [_as_loss(x) for x in outputs.align(loss, "loss", broadcast=True)]
        if all(x is None for x in self.losses):
            raise ValueError("`loss` gives no loss for any output.")
        weights = outputs.align(loss_weights, "loss_weights", broadcast=True)
        self.weights = [1.0 if w is None else w for w in weights]
        # With several outputs the logs show each one's share, too.
        several = sum(x is not None for x in self.losses) > 1
        names = [
            f"{name}_loss" if x is not None and several else None
            for name, x in zip(outputs.names, self.losses, strict=True)
        ]
        self.trackers = [None if name is None else metrics.Mean(name=name) for name in names]

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the scalar, a native float."""
        outputs, total = self.outputs, None
        targets = outputs.flatten(y_true)
        weights = outputs.align(sample_weight, "sample_weight", broadcast=True)
        for loss, scale, tracker, name, y, p, w in zip(
            self.losses,
            self.weights,
            self.trackers,
            outputs.names,
            targets,
            outputs.flatten(y_pred),
            weights,
            strict=True,
        ):
            if loss is None:
                continue
            if y is None:
                raise ValueError(f"Output {name!r} has a loss, but `y` has nothing for it.")
            try:
                value = loss(y, p, sample_weight=w)
            except Exception as error:
                error.add_note(f"in the loss of output {name!r}")
                raise
            if tracker is not None:
                tracker.update_state(value, sample_weight=ops.shape(p)[0] if ops.ndim(p) else None)
            value = value if scale == 1.0 else ops.multiply(value, scale)
            total = value if total is None else ops.add(total, value)
        return total


def _as_loss(loss: Any) -> Loss | Callable | None:
    loss = losses.get(loss)
    if loss is None or isinstance(loss, Loss):
        return loss
    return LossFunctionWrapper(loss, name=naming.of_function(loss, "loss"))
