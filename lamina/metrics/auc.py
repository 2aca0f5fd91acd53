"""The area under a curve of thresholds."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.core.choices import one_of
from lamina.core.configurable import from_fields, without_defaults
from lamina.core.settings import epsilon
from lamina.engine.current import engine
from lamina.losses.facts import Takes
from lamina.metrics.confusion import above, checked_thresholds
from lamina.metrics.reduction import taken_in
from lamina.metrics.tally import Tally

_CURVES = ("ROC", "PR", "PRGAIN")
_SUMMATIONS = ("interpolation", "minoring", "majoring")


@from_fields
class AUC(Tally):
    """The area under the ROC curve (or precision over recall), by counts at many thresholds.

    Args:
        num_thresholds: how many, evenly from 0 to 1.
        curve: `"ROC"` (true over false positive rate), `"PR"` (precision over recall) or `"PRGAIN"`.
        summation_method: how the curve runs between thresholds: `"interpolation"` (straight; for PR
            by the counts), `"minoring"` (below), `"majoring"` (above).
        name, dtype: see `Metric`.
        thresholds: other thresholds between 0 and 1, instead of `num_thresholds` even ones.
        multi_label: one area for each index of the last axis, and their mean.
        num_labels: size of that axis; without, the first batch says it.
        label_weights: of the labels in that mean (without `multi_label`: in the counts).
        from_logits: predictions are logits (before a sigmoid) rather than probabilities.

    Raises:
        ValueError: an argument outside its choices.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([0, 0, 1, 1]), np.array([0.0, 0.5, 0.3, 0.9])
        >>> round(float(lamina.metrics.AUC(num_thresholds=3)(y_true, y_pred)), 4)
        0.75

    Source: Davis & Goadrich 2006 (interpolated PR); Flach & Kull 2015 (PRGAIN).
    """

    weight_0_is_absence = True
    takes = Takes("labels", "probabilities")
    better = "max"  # pyright: ignore[reportAssignmentType]
    attributes = ("true_positives", "false_positives", "true_negatives", "false_negatives")

    num_thresholds: int = 200
    curve: str = "ROC"
    summation_method: str = "interpolation"
    name: str | None = None
    dtype: Any = None
    thresholds: Any = None
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: Sequence[float] | None = None
    from_logits: bool = False

    def __post_init__(self) -> None:
        """Check the arguments, and lay out the thresholds: the first below every prediction, the last above."""
        super().__init__(self.dtype, self.name)
        self.curve = str(self.curve).upper()
        self.summation_method = str(self.summation_method).lower()
        one_of("AUC", "curve", self.curve, _CURVES)
        one_of("AUC", "summation_method", self.summation_method, _SUMMATIONS)
        self.init_thresholds, between = self.thresholds, self.thresholds
        if between is not None and not np.ndim(between):
            raise ValueError(
                f"AUC: `thresholds` must be a list of numbers, not {between!r}; `num_thresholds` says how many."
            )
        if between is not None:
            self.init_thresholds = between = sorted(checked_thresholds(between, 0.5, "AUC"))
            self.num_thresholds = len(between) + 2
        elif self.num_thresholds <= 1:
            raise ValueError(
                f"AUC: `num_thresholds` must be more than 1, not {self.num_thresholds}."
            )
        else:
            between = [i / (self.num_thresholds - 1) for i in range(1, self.num_thresholds - 1)]
        self.thresholds = [-epsilon(), *between, 1.0 + epsilon()]
        if self.num_labels is not None and not self.multi_label:
            raise ValueError("AUC: `num_labels` needs `multi_label=True`.")
        if self.label_weights is not None:
            if not len(self.label_weights):
                raise ValueError(
                    f"AUC: `label_weights` has a number for each label, not {self.label_weights!r}."
                )
            self.label_weights = [float(w) for w in self.label_weights]
        if not self.multi_label:
            self._build(())
        elif self.num_labels is not None:
            self._build((self.num_labels,))

    def _build(self, labels: tuple[int, ...]) -> None:
        if labels and self.label_weights is not None and len(self.label_weights) != labels[0]:
            raise ValueError(
                f"AUC: {len(self.label_weights)} `label_weights` were given for {labels[0]} labels."
            )
        self.start((self.num_thresholds, *labels))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true: 0 or 1, of the shape of `y_pred`.
            y_pred: probabilities (logits with `from_logits`).
            sample_weight: a number, `(batch,)`, or a weight per prediction.
        """
        self._require_probabilities(y_pred)
        e = engine()
        y_true, y_pred, weight = taken_in(y_true, y_pred, sample_weight, self.dtype, "AUC")
        shape = tuple(e.shape(y_pred))
        if self.label_weights is not None and not self.multi_label:
            by_label = e.asarray(self.label_weights, self.dtype)
            weight = (
                e.broadcast_to(by_label, shape) if weight is None else e.multiply(weight, by_label)
            )
        if self.from_logits:
            y_pred = e.sigmoid(y_pred)
        labels = self._labels(shape)
        positive, negative = y_true, e.subtract(1.0, y_true)
        if weight is not None:
            positive, negative = e.multiply(positive, weight), e.multiply(negative, weight)
        parts = (e.reshape(x, (-1, *labels)) for x in (y_pred, positive, negative))
        self.add(self._count(*parts))

    def _labels(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if not self.multi_label:
            return ()
        if not self.counted:
            self._build(shape[-1:])
        if self.counted[0].shape[1:] != shape[-1:] or len(shape) < 2:
            raise ValueError(
                f"AUC with multi_label: predictions must have shape (batch, {self.counted[0].shape[1]}), not {shape}."
            )
        return shape[-1:]

    def _count(self, y_pred: Any, positive: Any, negative: Any) -> tuple[Any, ...]:
        """Compute the four counts for predictions `(n,)` or `(n, labels)`, each with the axis of thresholds first."""
        e = engine()
        if self.init_thresholds is None:
            tp, fp = _counts_in_buckets(y_pred, (positive, negative), self.num_thresholds)
        else:
            predicted = e.cast(above(y_pred[None], self.thresholds), self.dtype)
            tp, fp = (e.sum(e.multiply(predicted, part), axis=1) for part in (positive, negative))
        no, yes = e.sum(negative, axis=0), e.sum(positive, axis=0)
        return tp, fp, e.subtract(no, fp), e.subtract(yes, tp)

    def result(self) -> Any:
        """Return the area so far, a scalar; 0 before the first batch."""
        e = engine()
        if not self.counted:
            return e.full((), 0, self.dtype)
        tp, fp, tn, fn = self.sums()
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated_pr(tp, fp, fn)
        else:
            x, y = _points(self.curve, tp, fp, tn, fn)
            areas = e.sum(e.multiply(e.subtract(x[:-1], x[1:]), self._heights(y)), axis=0)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return e.mean(areas)
        weights = e.asarray(self.label_weights, self.dtype)
        return ops.divide_no_nan(e.sum(e.multiply(areas, weights)), e.sum(weights))

    def _heights(self, y: Any) -> Any:
        e = engine()
        if self.summation_method == "interpolation":
            return e.divide(e.add(y[:-1], y[1:]), 2.0)
        return (e.minimum if self.summation_method == "minoring" else e.maximum)(y[:-1], y[1:])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; `thresholds` only if they were given, as in Keras."""
        config = {**super().get_config(), "thresholds": self.init_thresholds}
        return without_defaults(config, thresholds=None)


def _counts_in_buckets(y_pred: Any, parts: tuple[Any, Any], n: int) -> list[Any]:
    """Compute for `n` even thresholds how much of each part lies above each of them.

    One bucket between every two thresholds, then sums from above: n + m steps rather than n * m.
    """
    e = engine()
    dtype, labels = e.dtype(y_pred), tuple(e.shape(y_pred)[1:])
    y_pred = e.where(e.isnan(y_pred), e.full((), 0, dtype), y_pred)  # an index must be a number
    within = e.multiply(e.minimum(e.maximum(y_pred, 0.0), 1.0), float(n - 1))
    bucket = e.cast(e.maximum(e.subtract(e.ceil(within), 1.0), 0.0), "int32")
    width = labels[0] if labels else 1
    if labels:  # buckets of all labels lie in one row
        bucket = e.add(e.multiply(bucket, width), e.arange(0, width, 1, "int32"))
    both = e.stack([e.reshape(part, (-1,)) for part in parts], -1)
    filled = e.scatter_add(e.full((n * width, 2), 0, dtype), e.reshape(bucket, (-1, 1)), both)
    from_above = e.flip(e.cumsum(e.flip(e.reshape(filled, (n, *labels, 2)), 0), 0), 0)
    return [from_above[..., 0], from_above[..., 1]]


def _points(curve: str, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
    """Compute the curve's x and y at each threshold."""
    e, ratio = engine(), ops.divide_no_nan
    recall = ratio(tp, e.add(tp, fn))
    if curve == "ROC":
        return ratio(fp, e.add(fp, tn)), recall
    if curve == "PR":
        return recall, ratio(tp, e.add(tp, fp))
    # Gains over always saying yes: for recall 0 where it is worse, for precision then negative.
    scale = ratio(e.add(tp, fn), e.add(fp, tn))
    missed = e.divide(fn, e.maximum(tp, epsilon()))
    recall_gain = e.maximum(e.subtract(1.0, e.multiply(scale, missed)), 0.0)
    return recall_gain, e.subtract(1.0, e.multiply(scale, ratio(fp, tp)))


def _interpolated_pr(tp: Any, fp: Any, fn: Any) -> Any:
    """Compute the area under precision over recall, where between two thresholds tp grows in proportion to tp + fp.

    With `p = tp + fp` and `tp = slope * p + offset` there, precision is `slope + offset / p`, whose
    integral over recall has a logarithm in it.
    """
    e, ratio = engine(), ops.divide_no_nan
    p = e.add(tp, fp)
    gained, span = e.subtract(tp[:-1], tp[1:]), e.subtract(p[:-1], p[1:])
    slope = ratio(gained, e.maximum(span, 0.0))
    offset = e.subtract(tp[1:], e.multiply(slope, p[1:]))
    both = e.logical_and(e.greater(p[:-1], 0), e.greater(p[1:], 0))
    growth = e.where(both, ratio(p[:-1], e.maximum(p[1:], 0.0)), 1.0)
    piece = e.multiply(slope, e.add(gained, e.multiply(offset, e.log(growth))))
    return e.sum(ratio(piece, e.maximum(e.add(tp[1:], fn[1:]), 0.0)), axis=0)
