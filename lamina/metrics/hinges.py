"""Hinge losses as metrics."""

from lamina.core.configurable import from_fields
from lamina.losses.hinge import categorical_hinge, hinge, squared_hinge
from lamina.metrics.reduction import FunctionMetric


@from_fields
class Hinge(FunctionMetric):
    """The mean of `max(1 - y_true * y_pred, 0)`, for labels -1 and 1 (or 0 and 1).

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Hinge()(np.array([[1.0, -1.0]]), np.array([[0.5, -3.0]])))
        0.25
    """

    fn = staticmethod(hinge)
    name: str | None = "hinge"


@from_fields
class SquaredHinge(FunctionMetric):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`, for labels -1 and 1 (or 0 and 1).

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.SquaredHinge()(np.array([[1.0, -1.0]]), np.array([[0.0, -3.0]])))
        0.5
    """

    fn = staticmethod(squared_hinge)
    name: str | None = "squared_hinge"


@from_fields
class CategoricalHinge(FunctionMetric):
    """How far the right class does not exceed the best other one by 1; targets are one-hot.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.CategoricalHinge()(np.array([[0, 1]]), np.array([[0.5, 1.0]])))
        0.5
    """

    fn = staticmethod(categorical_hinge)
    name: str | None = "categorical_hinge"
