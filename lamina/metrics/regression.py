"""Metrics for numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import metric_function
from lamina.losses.pairing import paired
from lamina.losses.regression import (
    cosines,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from lamina.metrics.reduction import FunctionMetric


@from_fields
class MeanSquaredError(FunctionMetric):
    """The mean of squared differences.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.MeanSquaredError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        2.5
    """

    fn = staticmethod(mean_squared_error)
    name: str | None = "mean_squared_error"


@from_fields
class MeanAbsoluteError(FunctionMetric):
    """The mean of absolute differences.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.MeanAbsoluteError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        1.5
    """

    fn = staticmethod(mean_absolute_error)
    name: str | None = "mean_absolute_error"


@from_fields
class MeanAbsolutePercentageError(FunctionMetric):
    """The mean of absolute differences in percent of the targets.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.MeanAbsolutePercentageError()
        >>> float(metric(np.array([[2.0, 4.0]]), np.array([[1.0, 4.0]])))
        25.0
    """

    fn = staticmethod(mean_absolute_percentage_error)
    name: str | None = "mean_absolute_percentage_error"


@from_fields
class MeanSquaredLogarithmicError(FunctionMetric):
    """The mean of squared differences of logarithms.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.MeanSquaredLogarithmicError()
        >>> round(float(metric(np.array([[np.e - 1, 0.0]]), np.array([[0.0, 0.0]]))), 4)
        0.5
    """

    fn = staticmethod(mean_squared_logarithmic_error)
    name: str | None = "mean_squared_logarithmic_error"


@from_fields
class LogCoshError(FunctionMetric):
    """The mean of the differences' `log(cosh(x))`.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> round(float(lamina.metrics.LogCoshError()(np.array([[0.0]]), np.array([[1.0]]))), 4)
        0.4338
    """

    fn = staticmethod(log_cosh)
    name: str | None = "logcosh"


@metric_function("max", targets="vectors", predictions="vectors")
@op
def _cosine(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Compute cosines along `axis`."""
    return cosines(*paired(y_true, y_pred, "CosineSimilarity"), axis)


@from_fields
class CosineSimilarity(FunctionMetric):
    """The mean of the cosines between targets and predictions: 1 the same way, -1 opposite.

    Args:
        name, dtype: see `Metric`.
        axis: along which the features of a vector lie.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.CosineSimilarity()
        >>> float(metric(np.array([[0.0, 2.0], [1.0, 0.0]]), np.array([[0.0, 3.0], [0.0, 1.0]])))
        0.5
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("axis",)

    fn = staticmethod(_cosine)
    name: str | None = "cosine_similarity"
    axis: int = -1


@metric_function("min", targets="numbers", predictions="numbers")
@op
def _squared_errors(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `(y_true - y_pred) ** 2`, value by value, so that each may have a weight."""
    y_true, y_pred = paired(y_true, y_pred, "RootMeanSquaredError")
    return engine().square(engine().subtract(y_true, y_pred))


@from_fields
class RootMeanSquaredError(FunctionMetric):
    """The root of the mean of squared differences.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.RootMeanSquaredError()(np.array([[3.0, 3.0]]), np.array([[0.0, 0.0]])))
        3.0
    """

    fn = staticmethod(_squared_errors)
    name: str | None = "root_mean_squared_error"

    def result(self) -> Any:
        """Return the root so far."""
        return ops.sqrt(super().result())
