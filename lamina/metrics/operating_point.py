"""The best of one ratio among the thresholds where another is good enough."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.engine.current import engine
from lamina.metrics.confusion import Confusion


class _AtOther(Confusion):
    """Counts at even thresholds from 0 to 1; a subclass says which ratio must reach `value`."""

    kinds = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    demand = ""  # the argument that holds the value to be reached

    def __init__(
        self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any
    ):
        kind = type(self).__name__
        if not 0 <= value <= 1:
            raise ValueError(f"{kind}: `{self.demand}` must lie between 0 and 1, not be {value!r}.")
        if num_thresholds < 1:
            raise ValueError(f"{kind}: `num_thresholds` must be more than 0, not {num_thresholds}.")
        steps = num_thresholds - 1
        thresholds = [i / steps for i in range(num_thresholds)] if steps else [0.5]
        super().__init__(thresholds, None, class_id, name, dtype)
        self.value, self.num_thresholds = value, num_thresholds
        setattr(self, self.demand, value)

    def result(self) -> Any:
        """The best so far, a scalar; 0 where no threshold reaches what is demanded."""
        e = engine()
        wanted, demanded = self._ratios(*(variable.value for variable in self.counted))
        enough = e.greater_equal(demanded, self.value)
        return e.max(e.where(enough, wanted, e.full((), 0, self._dtype)))

    def _ratios(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
        """What is wanted, and what is demanded, at each threshold."""
        raise NotImplementedError(f"{type(self).__name__} must write `_ratios`.")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        del config["thresholds"]
        return config


def _share(part: Any, rest: Any) -> Any:
    return ops.divide_no_nan(part, engine().add(part, rest))


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

    demand = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def _ratios(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
        return _share(tp, fp), _share(tp, fn)


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

    demand = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def _ratios(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
        return _share(tp, fn), _share(tp, fp)


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

    demand = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def _ratios(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
        return _share(tp, fn), _share(tn, fp)


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

    demand = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def _ratios(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
        return _share(tn, fp), _share(tp, fn)
