"""The best of one ratio among the thresholds where another is good enough."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.argument_kinds import Count, Index, Rate
from lamina.core.configurable import from_fields
from lamina.engine.current import engine
from lamina.metrics.confusion import Confusion

_RATIOS = {  # the first count over the sum of both
    "precision": ("true_positives", "false_positives"),
    "recall": ("true_positives", "false_negatives"),
    "sensitivity": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
}


class _AtOther(Confusion):
    """Counts at even thresholds from 0 to 1; a subclass says which ratio must reach `value`."""

    kinds = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    demand = ""  # the argument that holds the value to be reached, by its name in `_RATIOS`
    seeks = ""  # the ratio whose best value is the result
    num_thresholds: Count

    def __post_init__(self) -> None:
        """Lay out the thresholds."""
        self.value, n = getattr(self, self.demand), self.num_thresholds
        self.thresholds = [i / (n - 1) for i in range(n)] if n > 1 else [0.5]
        super().__post_init__()

    def result(self) -> Any:
        """Return the best so far, a scalar; 0 where no threshold reaches what is demanded."""
        e = engine()
        counts = dict(zip(self.kinds, self.sums(), strict=True))
        best, demanded = (_RATIOS[name] for name in (self.seeks, self.demand))
        enough = e.greater_equal(_share(counts, demanded), self.value)
        return e.max(e.where(enough, _share(counts, best), e.full((), 0, self.dtype)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["thresholds"]
        return config


def _share(counts: dict[str, Any], ratio: tuple[str, str]) -> Any:
    part, rest = (counts[name] for name in ratio)
    return ops.divide_no_nan(part, engine().add(part, rest))


@from_fields
class PrecisionAtRecall(_AtOther):
    """The best precision among the thresholds where recall is at least `recall`.

    Args:
        recall: between 0 and 1.
        num_thresholds: how many, evenly from 0 to 1.
        class_id: only this index of the last axis counts.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9])
        >>> float(lamina.metrics.PrecisionAtRecall(0.5, num_thresholds=11)(y_true, y_pred))
        1.0
    """

    recall: Rate
    num_thresholds: Count = 200
    class_id: Index | None = None
    name: str | None = None
    dtype: Any = None

    demand, seeks = "recall", "precision"


@from_fields
class RecallAtPrecision(_AtOther):
    """The best recall among the thresholds where precision is at least `precision`.

    Args:
        precision: between 0 and 1.
        num_thresholds: how many, evenly from 0 to 1.
        class_id: only this index of the last axis counts.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9])
        >>> float(lamina.metrics.RecallAtPrecision(0.9, num_thresholds=11)(y_true, y_pred))
        0.5
    """

    precision: Rate
    num_thresholds: Count = 200
    class_id: Index | None = None
    name: str | None = None
    dtype: Any = None

    demand, seeks = "precision", "recall"


@from_fields
class SensitivityAtSpecificity(_AtOther):
    """The best sensitivity, `tp / (tp + fn)`, where `tn / (tn + fp)` is at least `specificity`.

    Args:
        specificity: between 0 and 1.
        num_thresholds: how many, evenly from 0 to 1.
        class_id: only this index of the last axis counts.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9])
        >>> float(lamina.metrics.SensitivityAtSpecificity(0.9, num_thresholds=11)(y_true, y_pred))
        0.5
    """

    specificity: Rate
    num_thresholds: Count = 200
    class_id: Index | None = None
    name: str | None = None
    dtype: Any = None

    demand, seeks = "specificity", "sensitivity"


@from_fields
class SpecificityAtSensitivity(_AtOther):
    """The best specificity, `tn / (tn + fp)`, where `tp / (tp + fn)` is at least `sensitivity`.

    Args:
        sensitivity: between 0 and 1.
        num_thresholds: how many, evenly from 0 to 1.
        class_id: only this index of the last axis counts.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9])
        >>> float(lamina.metrics.SpecificityAtSensitivity(0.9, num_thresholds=11)(y_true, y_pred))
        0.5
    """

    sensitivity: Rate
    num_thresholds: Count = 200
    class_id: Index | None = None
    name: str | None = None
    dtype: Any = None

    demand, seeks = "sensitivity", "specificity"
