"""Hinge losses as metrics."""

from __future__ import annotations

from typing import Any

from lamina.losses.hinge import categorical_hinge, hinge, squared_hinge
from lamina.metrics.reduction import MeanMetricWrapper


class Hinge(MeanMetricWrapper):
    """The mean of `max(1 - y_true * y_pred, 0)`, for labels -1 and 1 (or 0 and 1).

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Hinge()(np.array([[1.0, -1.0]]), np.array([[0.5, -3.0]])))
        0.25
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None):
        super().__init__(hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`, for labels -1 and 1 (or 0 and 1).

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.SquaredHinge()(np.array([[1.0, -1.0]]), np.array([[0.0, -3.0]])))
        0.5
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None):
        super().__init__(squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """How far the right class does not exceed the best other one by 1; targets are one-hot.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.CategoricalHinge()(np.array([[0, 1]]), np.array([[0.5, 1.0]])))
        0.5
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None):
        super().__init__(categorical_hinge, name, dtype)
