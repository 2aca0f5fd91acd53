"""F scores: precision and recall as one number, class by class."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Number
from lamina.core.choices import one_of
from lamina.core.configurable import from_fields
from lamina.engine.current import engine
from lamina.losses.facts import Takes
from lamina.metrics.reduction import taken_in
from lamina.metrics.tally import Tally

_AVERAGES = (None, "micro", "macro", "weighted")


@from_fields
class FBetaScore(Tally):
    """`(1 + beta²) * precision * recall / (beta² * precision + recall)`.

    Args:
        average: `None` gives a value per class, `"macro"` their mean, `"weighted"` their mean weighted
            by how often a class is the target, `"micro"` the score of all classes' counts together.
        beta: how many times as much recall counts as precision.
        threshold: predictions above mean yes; without one the largest of a sample does.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument outside its choices.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.FBetaScore(beta=2.0, threshold=0.5)
        >>> y_true, y_pred = np.array([[1, 1], [1, 0]]), np.array([[0.9, 0.6], [0.1, 0.8]])
        >>> [round(float(x), 4) for x in metric(y_true, y_pred)]
        [0.5556, 0.8333]

    Source: van Rijsbergen 1979, "Information retrieval".
    """

    weight_0_is_absence = True
    takes = Takes("labels", "probabilities")
    better = "max"  # pyright: ignore[reportAssignmentType]
    attributes = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")

    average: str | None = None
    beta: Number = 1.0
    threshold: Number | None = None
    name: str | None = "fbeta_score"
    dtype: Any = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        super().__init__(self.dtype, self.name)
        kind, beta, threshold = type(self).__name__, self.beta, self.threshold
        one_of(kind, "average", self.average, _AVERAGES)
        if not beta > 0:
            raise ValueError(f"{kind}: `beta` must be more than 0, not {beta!r}.")
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"{kind}: `threshold` must lie between 0 and 1, not be {threshold!r}.")
        self.beta = float(beta)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true: 0 or 1, `(batch, classes)`; y_pred: probabilities of that shape.
            sample_weight: a number, or `(batch,)`.
        """
        self._require_probabilities(y_pred)
        e, kind, micro = engine(), type(self).__name__, self.average == "micro"
        y_true, y_pred, weight = taken_in(y_true, y_pred, sample_weight, self.dtype, kind)
        self.start_with(tuple(e.shape(y_pred)), "classes", apart=not micro)
        if self.threshold is None:
            yes = e.equal(y_pred, e.max(y_pred, axis=-1, keepdims=True))
        else:
            yes = e.greater(y_pred, self.threshold)
        yes, no = e.cast(yes, self.dtype), e.cast(e.logical_not(yes), self.dtype)
        if weight is not None:
            yes, no = e.multiply(yes, weight), e.multiply(no, weight)
        axis = None if micro else 0
        other = e.subtract(1.0, y_true)
        pairs = ((yes, y_true), (yes, other), (no, y_true))
        right, invented, missed = (e.sum(e.multiply(*pair), axis=axis) for pair in pairs)
        self.add((right, invented, missed, e.add(right, missed)))

    @property
    def needs_probabilities(self) -> bool:
        """Yes, if there is a threshold."""
        return self.threshold is not None

    def result(self) -> Any:
        """Return the score so far, a scalar or one per class; 0 before the first batch."""
        e, ratio = engine(), ops.divide_no_nan
        if not self.counted:
            return e.full((), 0, self.dtype)
        right, invented, missed, targets = self.sums()
        # The same as by precision and recall, without dividing twice.
        square = self.beta**2
        scaled = e.multiply(right, 1.0 + square)
        score = ratio(scaled, e.add(scaled, e.add(e.multiply(missed, square), invented)))
        if self.average == "macro":
            return e.mean(score)
        if self.average == "weighted":
            return ratio(e.sum(e.multiply(score, targets)), e.sum(targets))
        return score


@from_fields
class F1Score(FBetaScore):
    """`2 * precision * recall / (precision + recall)`.

    Args:
        average, threshold, name, dtype: see `FBetaScore`.

    Raises:
        ValueError: an argument outside its choices.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.F1Score(threshold=0.5)
        >>> y_true, y_pred = np.array([[1, 1], [1, 0]]), np.array([[0.9, 0.6], [0.1, 0.8]])
        >>> [round(float(x), 4) for x in metric(y_true, y_pred)]
        [0.6667, 0.6667]
    """

    beta: float = field(default=1.0, init=False)
    name: str | None = "f1_score"
