"""Metrics for numbers."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.pairing import paired
from lamina.losses.regression import mean_absolute_error, mean_squared_error
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
