"""Counts of right and wrong yes-or-no predictions, and the ratios made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.core.argument_kinds import Count, Index
from lamina.core.configurable import from_fields
from lamina.engine.current import engine
from lamina.losses.facts import Takes
from lamina.metrics.reduction import taken_in
from lamina.metrics.tally import Tally

# Below every prediction: what `top_k` leaves out, and the threshold that keeps the others.
_NOT_CHOSEN = -1e10
# Name -> (the target says yes, the prediction says yes).
_KINDS = {
    "true_positives": (True, True),
    "false_positives": (False, True),
    "true_negatives": (False, False),
    "false_negatives": (True, False),
}


def checked_thresholds(thresholds: Any, default: float, name: str) -> list[float]:
    """Return `thresholds` as a list.

    Raises:
        ValueError: one of them is not within 0 and 1.
    """
    if thresholds is None:
        return [default]
    values = [float(t) for t in np.atleast_1d(thresholds)]
    if wrong := [t for t in values if not 0 <= t <= 1]:
        raise ValueError(f"{name}: `thresholds` must lie between 0 and 1; {wrong} do not.")
    return values


def counts(
    kinds: Sequence[str],
    y_true: Any,
    y_pred: Any,
    thresholds: Sequence[float],
    sample_weight: Any = None,
    top_k: int | None = None,
    class_id: int | None = None,
    dtype: str = "float32",
) -> list[Any]:
    """Compute for each of `kinds` the (weighted) count of such predictions, a tensor `(thresholds,)`.

    Args:
        kinds: among true_positives, false_positives, true_negatives, false_negatives.
        y_true: 0 or 1, of the shape of `y_pred`.
        y_pred: above a threshold they mean yes.
        top_k: only the k largest along the last axis mean yes.
        class_id: only this index of the last axis counts.
    """
    e, name = engine(), "a metric of confusion"
    y_true, y_pred, weight = taken_in(y_true, y_pred, sample_weight, dtype, name)
    if weight is not None:
        weight = e.broadcast_to(weight, tuple(e.shape(y_pred)))
    if top_k is not None:
        y_pred = _only_largest(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
        weight = None if weight is None else weight[..., class_id]
    yes = e.not_equal(e.reshape(y_true, (1, -1)), 0)
    predicted = above(e.reshape(y_pred, (1, -1)), thresholds)
    weight = None if weight is None else e.reshape(weight, (1, -1))
    return [_count(yes, predicted, *_KINDS[kind], weight, dtype) for kind in kinds]


def above(y_pred: Any, thresholds: Sequence[float]) -> Any:
    """Tell whether each of `y_pred` `(1, ...)` is above each threshold, `(thresholds, ...)`."""
    e = engine()
    if len(thresholds) == 1:
        return e.greater(y_pred, thresholds[0])
    column = (len(thresholds),) + (1,) * (len(e.shape(y_pred)) - 1)
    return e.greater(y_pred, e.reshape(e.asarray(list(thresholds), e.dtype(y_pred)), column))


def _count(
    yes: Any, predicted: Any, target: bool, prediction: bool, weight: Any, dtype: str
) -> Any:
    e = engine()
    yes = yes if target else e.logical_not(yes)
    predicted = predicted if prediction else e.logical_not(predicted)
    hits = e.cast(e.logical_and(yes, predicted), dtype)
    return e.sum(hits if weight is None else e.multiply(hits, weight), axis=-1)


def _only_largest(y_pred: Any, k: int) -> Any:
    """Put all but the `k` largest along the last axis out of the running."""
    e = engine()
    place = e.argsort(e.argsort(e.negative(y_pred), -1), -1)
    return e.where(e.less(place, k), y_pred, e.full((), _NOT_CHOSEN, e.dtype(y_pred)))


class Confusion(Tally):
    """A metric of counts over thresholds; `kinds` names the counts, one variable each."""

    weight_0_is_absence = True
    takes = Takes("labels", "probabilities")
    better = "max"  # pyright: ignore[reportAssignmentType]
    kinds: tuple[str, ...] = ()
    attributes: Any = property(lambda self: self.kinds)  # each is called as what it counts
    thresholds: Any = None
    top_k: Count | None = None
    class_id: Index | None = None

    def __post_init__(self) -> None:
        """Check the thresholds, and make a variable for each count."""
        super().__init__(self.dtype, self.name)
        self.init_thresholds = self.thresholds
        default = 0.5 if self.top_k is None else _NOT_CHOSEN
        self.thresholds = checked_thresholds(self.thresholds, default, type(self).__name__)
        self.start((len(self.thresholds),))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch."""
        self._require_probabilities(y_pred)
        options = (self.thresholds, sample_weight, self.top_k, self.class_id, self.dtype)
        self.add(counts(self.kinds, y_true, y_pred, *options))

    @property
    def needs_probabilities(self) -> bool:
        """Yes, but for a threshold of 0, which is one for logits, and for the `top_k` largest."""
        return self.top_k is None and any(t != 0 for t in self.thresholds)

    def _per_threshold(self, value: Any) -> Any:
        """A scalar where there is one threshold."""
        return engine().reshape(value, ()) if len(self.thresholds) == 1 else value

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@from_fields
class _Count(Confusion):
    thresholds: Any = None
    name: str | None = None
    dtype: Any = None

    attributes = ("accumulator",)  # pyright: ignore[reportAssignmentType]

    def result(self) -> Any:
        """Return the count so far: a scalar, or one per threshold."""
        return self._per_threshold(self.sums()[0])


class TruePositives(_Count):
    """How many predictions rightly say yes.

    Args:
        thresholds: from 0 to 1, one or several; predictions above mean yes. 0.5 unless given.
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.TruePositives()(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.2])))
        1.0
    """

    kinds = ("true_positives",)


class FalsePositives(_Count):
    """How many predictions wrongly say yes.

    Args:
        thresholds: from 0 to 1, one or several; predictions above mean yes. 0.5 unless given.
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.FalsePositives()(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.2])))
        1.0
    """

    kinds = ("false_positives",)
    better = "min"


class TrueNegatives(_Count):
    """How many predictions rightly say no.

    Args:
        thresholds: from 0 to 1, one or several; predictions above mean yes. 0.5 unless given.
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.TrueNegatives()(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.2])))
        0.0
    """

    kinds = ("true_negatives",)


class FalseNegatives(_Count):
    """How many predictions wrongly say no.

    Args:
        thresholds: from 0 to 1, one or several; predictions above mean yes. 0.5 unless given.
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.FalseNegatives()(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.2])))
        1.0
    """

    kinds = ("false_negatives",)
    better = "min"


@from_fields
class _Ratio(Confusion):
    thresholds: Any = None
    top_k: Count | None = None
    class_id: Index | None = None
    name: str | None = None
    dtype: Any = None

    def result(self) -> Any:
        """Return the ratio so far, 0 before the first batch: a scalar, or one per threshold."""
        right, wrong = self.sums()
        return self._per_threshold(ops.divide_no_nan(right, engine().add(right, wrong)))


class Precision(_Ratio):
    """The part of the predictions "yes" that is right: `tp / (tp + fp)`.

    Args:
        thresholds: from 0 to 1, one or several; predictions above mean yes. 0.5 unless given.
        top_k: instead, the k largest predictions along the last axis mean yes.
        class_id: only this index of the last axis counts.
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Precision()(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.2])))
        0.5
    """

    kinds = ("true_positives", "false_positives")


class Recall(_Ratio):
    """The part of the targets "yes" that is found: `tp / (tp + fn)`.

    Args:
        thresholds: from 0 to 1, one or several; predictions above mean yes. 0.5 unless given.
        top_k: instead, the k largest predictions along the last axis mean yes.
        class_id: only this index of the last axis counts.
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Recall()(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.2])))
        0.5
    """

    kinds = ("true_positives", "false_negatives")
