"""What `compile` was given, made ready for the outputs: losses that become one scalar, metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import losses, metrics, ops
from lamina.losses.loss import Loss, LossFunctionWrapper
from lamina.metrics.metric import Metric
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
        """The scalar, a native float."""
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
    return LossFunctionWrapper(loss, name=getattr(loss, "__name__", "loss"))


class CompiledMetrics:
    """Metrics of all outputs, with the names that their logs have.

    Args:
        given, weighted: as given to `compile`.
        outputs: of the model.
        targets, predictions: anything with shapes, per output; `"accuracy"` is resolved by them.
    """

    def __init__(
        self,
        given: Any,
        weighted: Any,
        outputs: Outputs,
        targets: list[Any],
        predictions: list[Any],
    ):
        self.outputs = outputs
        plain, by_weight = (
            outputs.align(given, "metrics", many=True),
            outputs.align(weighted, "weighted_metrics", many=True),
        )
        self.entries: list[tuple[int, bool, str, Metric]] = []
        for index, name in enumerate(outputs.names):
            for of_output, uses_weight in ((plain[index], False), (by_weight[index], True)):
                wanted = of_output if isinstance(of_output, (list, tuple)) else [of_output]
                for one in wanted:
                    if one is not None:
                        metric, label = _as_metric(one, targets[index], predictions[index])
                        label = label if len(outputs) == 1 else f"{name}_{label}"
                        self.entries.append((index, uses_weight, label, metric))

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, in the order of their logs."""
        return [metric for _, _, _, metric in self.entries]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch."""
        targets, predictions = self.outputs.flatten(y_true), self.outputs.flatten(y_pred)
        weights = self.outputs.align(sample_weight, "sample_weight", broadcast=True)
        for index, uses_weight, _, metric in self.entries:
            if targets[index] is not None:
                metric.update_state(
                    targets[index],
                    predictions[index],
                    sample_weight=weights[index] if uses_weight else None,
                )

    def result(self) -> dict[str, Any]:
        """Logs: name -> native scalar."""
        logs: dict[str, Any] = {}
        for _, _, label, metric in self.entries:
            value = metric.result()
            logs.update(value if isinstance(value, dict) else {label: value})
        return logs


_BY_SHAPE: dict[str, tuple[Callable, Callable, Callable]] = {
    "accuracy": (
        metrics.BinaryAccuracy,
        metrics.SparseCategoricalAccuracy,
        metrics.CategoricalAccuracy,
    ),
    "crossentropy": (
        metrics.BinaryCrossentropy,
        metrics.SparseCategoricalCrossentropy,
        metrics.CategoricalCrossentropy,
    ),
}
_SHORT = {"acc": "accuracy", "ce": "crossentropy"}


def _as_metric(given: Any, target: Any, prediction: Any) -> tuple[Metric, str]:
    """A metric of its own for `given`, and the label of its logs."""
    if isinstance(given, str) and _SHORT.get(given, given) in _BY_SHAPE:
        kinds = _BY_SHAPE[_SHORT.get(given, given)]
        return kinds[_kind_of_target(ops.shape(target), ops.shape(prediction))](name=given), given
    found = metrics.get(given)
    if isinstance(found, Metric):
        return found, given if isinstance(given, str) else found.name
    label = given if isinstance(given, str) else getattr(found, "__name__", "metric")
    return metrics.MeanMetricWrapper(found, name=label), label


def _kind_of_target(target: Any, prediction: Any) -> int:
    """0 binary, 1 sparse (integer classes), 2 categorical (one-hot), by the shapes as Keras does."""
    if prediction and prediction[-1] == 1:
        return 0
    return 1 if len(target) < len(prediction) or (target and target[-1] == 1) else 2
