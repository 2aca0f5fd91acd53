"""Metrics for numbers."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.configurable import without_defaults
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.pairing import paired
from lamina.losses.regression import (
    cosines,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from lamina.metrics.reduction import MeanMetricWrapper


class MeanSquaredError(MeanMetricWrapper):
    """The mean of squared differences.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.MeanSquaredError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        2.5
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None):
        super().__init__(mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of absolute differences.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.MeanAbsoluteError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        1.5
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None):
        super().__init__(mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of absolute differences in percent of the targets.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.MeanAbsolutePercentageError()
        >>> float(metric(np.array([[2.0, 4.0]]), np.array([[1.0, 4.0]])))
        25.0
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__(mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of squared differences of logarithms.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.MeanSquaredLogarithmicError()
        >>> round(float(metric(np.array([[np.e - 1, 0.0]]), np.array([[0.0, 0.0]]))), 4)
        0.5
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__(mean_squared_logarithmic_error, name, dtype)


class LogCoshError(MeanMetricWrapper):
    """The mean of the differences' `log(cosh(x))`.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> round(float(lamina.metrics.LogCoshError()(np.array([[0.0]]), np.array([[1.0]]))), 4)
        0.4338
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None):
        super().__init__(log_cosh, name, dtype)


@op
def _cosine(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Cosines along `axis`."""
    return cosines(*paired(y_true, y_pred, "CosineSimilarity"), axis)


class CosineSimilarity(MeanMetricWrapper):
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

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: Any = None,
        axis: int = -1,
    ):
        super().__init__(_cosine, name, dtype, axis=axis)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; Keras, too, leaves out a last axis."""
        return without_defaults(super().get_config(), axis=-1)


@op
def _squared_errors(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`(y_true - y_pred) ** 2`, value by value, so that each may have a weight."""
    y_true, y_pred = paired(y_true, y_pred, "RootMeanSquaredError")
    return engine().square(engine().subtract(y_true, y_pred))


class RootMeanSquaredError(MeanMetricWrapper):
    """The root of the mean of squared differences.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.RootMeanSquaredError()(np.array([[3.0, 3.0]]), np.array([[0.0, 0.0]])))
        3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None):
        super().__init__(_squared_errors, name, dtype)

    def result(self) -> Any:
        """The root so far."""
        return ops.sqrt(super().result())
