"""The metrics of `compile`, made ready for the outputs of a model."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina import metrics, ops
from lamina.core import naming
from lamina.core.masks import get_mask, set_mask
from lamina.metrics.exact import Exact
from lamina.metrics.metric import Metric
from lamina.training.outputs import Outputs

# Under this name among the logs of a step travels what exact metrics collect on the host.
FOR_HOST = "_for_host"


@dataclass(frozen=True)
class Entry:
    """A metric of one output.

    Attributes:
        index: of the output.
        label: in the logs.
        probabilities: of logits, where the metric needs them and the loss says that it takes logits.
    """

    index: int
    weighted: bool
    label: str
    metric: Metric
    probabilities: Callable | None


class CompiledMetrics:
    """Metrics of all outputs, with the names that their logs have.

    Args:
        plain, weighted: `metrics` and `weighted_metrics`, as given to `compile`.
        outputs: of the model.
        targets, predictions: anything with shapes, per output; `"accuracy"` is resolved by them.
        compiled_losses: one per output; a loss `from_logits` says what the predictions are.
    """

    def __init__(
        self,
        plain: Any,
        weighted: Any,
        outputs: Outputs,
        targets: list[Any],
        predictions: list[Any],
        compiled_losses: list[Any] | None = None,
    ):
        self.outputs = outputs
        per_output = (
            outputs.align(plain, "metrics", many=True),
            outputs.align(weighted, "weighted_metrics", many=True),
        )
        self.entries: list[Entry] = []
        for index, name in enumerate(outputs.names):
            loss = compiled_losses[index] if compiled_losses else None
            for entries, uses_weight in zip(per_output, (False, True), strict=True):
                several = entries[index]
                for entry in several if isinstance(several, (list, tuple)) else [several]:
                    if entry is not None:
                        metric, label = _as_metric(entry, targets[index], predictions[index])
                        before = "" if len(outputs) == 1 else f"{name}_"
                        label = self._free_label(before, label, uses_weight)
                        if not isinstance(entry, Metric):
                            metric.name = label  # a step of the user's own logs by names
                        prepare = _of_logits(loss) if metric.needs_probabilities else None
                        self.entries.append(Entry(index, uses_weight, label, metric, prepare))
        self.exact = [entry for entry in self.entries if isinstance(entry.metric, Exact)]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, in the order of their logs."""
        return [entry.metric for entry in self.entries]

    def _free_label(self, before: str, label: str, weighted: bool) -> str:
        """Make a label that no other metric has, as Keras does: none hides another in the logs."""
        taken = {entry.label for entry in self.entries}
        if weighted and before + label in taken:
            label = f"weighted_{label}"
        numbered = (f"{before}{label}_{i}" for i in itertools.count(1))
        return (
            before + label
            if before + label not in taken
            else next(n for n in numbered if n not in taken)
        )

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, real: Any = None
    ) -> None:
        """Take in one batch; exact metrics are left to `for_host`.

        Args:
            real: weights for metrics that take no sample weights into account: 1, or 0 for samples that
                are not to count.
        """
        for entry, true, pred, weight in self._batch(y_true, y_pred, sample_weight, real):
            if isinstance(entry.metric, Exact):
                continue
            if entry.probabilities is not None:
                pred = entry.probabilities(pred)
            try:
                entry.metric.update_state(true, pred, sample_weight=weight)
            except Exception as error:
                if _of_numpy(entry.metric, error):
                    raise TypeError(
                        f"The metric {entry.label!r} needs values, as functions of NumPy, SciPy and scikit-learn "
                        "do, and within a compiled step there are none. Give metrics.exact(function), which "
                        "applies it to all targets and predictions at the end of the epoch, or compute with "
                        "lamina.ops."
                    ) from error
                error.add_note(f"in the metric {entry.label!r}")
                raise

    def _batch(self, y_true: Any, y_pred: Any, sample_weight: Any, real: Any = None) -> list[tuple]:
        targets, predictions = self.outputs.flatten(y_true), self.outputs.flatten(y_pred)
        weights = self.outputs.align(sample_weight, "sample_weight", broadcast=True)
        return [
            (e, targets[e.index], predictions[e.index], weights[e.index] if e.weighted else real)
            for e in self.entries
            if targets[e.index] is not None
        ]

    def for_host(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Return logs that carry batches out of a step for exact metrics; none if there is no such metric."""
        if not self.exact:
            return {}
        batches = {}
        for entry, true, pred, weight in self._batch(y_true, y_pred, sample_weight):
            if isinstance(entry.metric, Exact):
                parts = {"true": true, "pred": pred, "weight": weight, "mask": get_mask(pred)}
                batches[entry.label] = {n: part for n, part in parts.items() if part is not None}
        return {FOR_HOST: batches}

    def collect(self, logs: Any) -> Any:
        """Give exact metrics their batches from the logs of a step; return the other logs."""
        if not self.exact or not isinstance(logs, dict) or FOR_HOST not in logs:
            return logs
        for entry in self.exact:
            parts = logs[FOR_HOST].get(entry.label)
            if parts is not None:
                weight, mask = parts.get("weight"), parts.get("mask")
                entry.metric.collect(parts["true"], parts["pred"], weight, mask)  # type: ignore[attr-defined]
        return {name: value for name, value in logs.items() if name != FOR_HOST}

    def exact_results(self) -> dict[str, Any]:
        """Return the results of exact metrics, but for those without targets.

        Raises:
            ValueError: nothing reached any of them.
        """
        seen = [entry for entry in self.exact if entry.metric.seen]  # type: ignore[attr-defined]
        if self.exact and not seen:
            raise ValueError(
                f"Nothing reached the exact metrics {[entry.label for entry in self.exact]}. A `compute_metrics` or a "
                "step of your own must return all that `Model.compute_metrics` returns."
            )
        results = {entry.label: np.asarray(entry.metric.result()) for entry in seen}
        return {name: float(x) if x.ndim == 0 else x for name, x in results.items()}


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
FULL_NAMES = {"acc": "accuracy", "ce": "crossentropy"}


def by_shape(name: Any) -> bool:
    """Tell whether `name` stands for several metrics, of which the shapes choose one."""
    return isinstance(name, str) and FULL_NAMES.get(name, name) in _BY_SHAPE


def _as_metric(metric: Any, target: Any, prediction: Any) -> tuple[Metric, str]:
    """Make a metric of a name, a function or a metric; return it and the label of its logs."""
    name = metric if isinstance(metric, str) else None
    if name is not None and by_shape(name):
        kinds = _BY_SHAPE[FULL_NAMES.get(name, name)]
        kind = kinds[_kind_of_target(ops.shape(target), ops.shape(prediction))]
        return kind(name=name), name
    made = metrics.get(metric)
    if isinstance(made, Metric):
        return made, name or made.name
    label = name or naming.of_function(made, "metric")
    return metrics.MeanMetricWrapper(made, name=label), label


def _kind_of_target(target: Any, prediction: Any) -> int:
    """0 binary, 1 sparse (integer classes), 2 categorical (one-hot), by the shapes as Keras does."""
    if prediction and prediction[-1] == 1:
        return 0
    return 1 if len(target) < len(prediction) or (target and target[-1] == 1) else 2


def _of_logits(loss: Any) -> Callable | None:
    """A function that makes probabilities of what the loss calls logits; `None` if it does not."""
    takes = getattr(loss, "takes", None)
    if takes is None or not getattr(loss, "from_logits", False):
        return None
    if takes.predictions == "probabilities":
        return lambda x: _with_mask(ops.sigmoid(x), x)
    return lambda x: _with_mask(ops.softmax(x, getattr(loss, "axis", -1)), x)


def _with_mask(y: Any, x: Any) -> Any:
    mask = get_mask(x)
    if mask is not None:
        set_mask(y, mask)
    return y


def _of_numpy(metric: Metric, error: Exception) -> bool:
    """Tell whether a function failed for want of values: engines then say that they make no NumPy array."""
    of_user = isinstance(metric, metrics.MeanMetricWrapper) and metric.of_user
    said = f"{error}".lower()
    return of_user and ("numpy" in said or said.startswith("[eval]"))  # the latter by MLX
