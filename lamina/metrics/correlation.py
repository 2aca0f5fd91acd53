"""How far targets and predictions vary together, sample by sample."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import metric_function
from lamina.losses.pairing import paired
from lamina.metrics.reduction import FunctionMetric


def _moments(y_true: Any, y_pred: Any, axis: Any, name: str) -> tuple[Any, ...]:
    """Compute the squared distance of the means, both variances and the covariance along `axis`."""
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, name)
    axis = tuple(axis) if isinstance(axis, list) else axis
    means = [e.mean(y, axis=axis, keepdims=True) for y in (y_true, y_pred)]
    true, pred = e.subtract(y_true, means[0]), e.subtract(y_pred, means[1])
    distance = e.square(e.mean(e.subtract(y_true, y_pred), axis=axis))
    variances = [e.mean(e.square(y), axis=axis) for y in (true, pred)]
    return distance, *variances, e.mean(e.multiply(true, pred), axis=axis)


@metric_function("max", targets="numbers", predictions="numbers")
@op
def pearson_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Compute the covariance over the product of the standard deviations, along `axis`.

    Shapes: equal; `axis` is gone from the result. NaN where either does not vary.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 3.0, 5.0]])
        >>> round(float(lamina.metrics.pearson_correlation(y_true, y_pred)[0]), 4)
        1.0
    """
    e = engine()
    _, true, pred, both = _moments(y_true, y_pred, axis, "pearson_correlation")
    return e.divide(both, e.multiply(e.sqrt(true), e.sqrt(pred)))


@metric_function("max", targets="numbers", predictions="numbers")
@op
def concordance_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Compute twice the covariance over both variances and the squared distance of the means, along `axis`.

    Unlike Pearson's it is 1 only where predictions equal targets.

    Shapes: equal; `axis` is gone from the result.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 2.0, 3.0]])
        >>> round(float(lamina.metrics.concordance_correlation(y_true, y_pred)[0]), 4)
        0.5714

    Source: Lin 1989, "A concordance correlation coefficient to evaluate reproducibility".
    """
    e = engine()
    distance, true, pred, both = _moments(y_true, y_pred, axis, "concordance_correlation")
    whole = e.add(e.add(true, pred), distance)
    return ops.divide_no_nan(e.multiply(both, 2.0), whole)


@from_fields
class PearsonCorrelation(FunctionMetric):
    """The mean of the samples' correlations, the covariance over the product of the standard deviations.

    Args:
        name, dtype: see `Metric`.
        axis: along which the numbers of a sample lie.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.PearsonCorrelation()
        >>> round(float(metric(np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 3.0, 5.0]]))), 4)
        1.0
    """

    fn = staticmethod(pearson_correlation)
    name: str | None = "pearson_correlation"
    axis: int = -1


@from_fields
class ConcordanceCorrelation(FunctionMetric):
    """The mean of the samples' concordance, 1 only where predictions equal targets.

    Args:
        name, dtype: see `Metric`.
        axis: along which the numbers of a sample lie.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.ConcordanceCorrelation()
        >>> round(float(metric(np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 2.0, 3.0]]))), 4)
        0.5714
    """

    fn = staticmethod(concordance_correlation)
    name: str | None = "concordance_correlation"
    axis: int = -1
