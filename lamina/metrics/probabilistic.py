"""Crossentropies and divergences as metrics."""

from __future__ import annotations

from lamina.core.argument_kinds import Rate
from lamina.core.configurable import from_fields
from lamina.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from lamina.losses.probabilistic import kl_divergence, poisson
from lamina.metrics.reduction import FunctionMetric


@from_fields
class BinaryCrossentropy(FunctionMetric):
    """Crossentropy for labels that are each yes (1) or no (0).

    Args:
        name, dtype: see `Metric`.
        from_logits, label_smoothing: see `losses.binary_crossentropy`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.BinaryCrossentropy(from_logits=True)
        >>> round(float(metric(np.array([[1.0]]), np.array([[0.0]]))), 4)
        0.6931
    """

    fn = staticmethod(binary_crossentropy)
    name: str | None = "binary_crossentropy"
    from_logits: bool = False
    label_smoothing: Rate = 0


@from_fields
class CategoricalCrossentropy(FunctionMetric):
    """Crossentropy for one class of several, given one-hot.

    Args:
        name, dtype: see `Metric`.
        from_logits, label_smoothing, axis: see `losses.categorical_crossentropy`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.CategoricalCrossentropy(from_logits=True)
        >>> round(float(metric(np.array([[0.0, 1.0]]), np.array([[0.0, 0.0]]))), 4)
        0.6931
    """

    fn = staticmethod(categorical_crossentropy)
    name: str | None = "categorical_crossentropy"
    from_logits: bool = False
    label_smoothing: Rate = 0
    axis: int = -1


@from_fields
class SparseCategoricalCrossentropy(FunctionMetric):
    """Crossentropy for one class of several, given by its number.

    Args:
        name, dtype: see `Metric`.
        from_logits, ignore_class, axis: see `losses.sparse_categorical_crossentropy`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.SparseCategoricalCrossentropy(from_logits=True)
        >>> round(float(metric(np.array([1]), np.array([[0.0, 0.0]]))), 4)
        0.6931
    """

    fn = staticmethod(sparse_categorical_crossentropy)
    name: str | None = "sparse_categorical_crossentropy"
    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1


@from_fields
class KLDivergence(FunctionMetric):
    """How far the predicted distribution is from the target's, `sum(y_true * log(y_true / y_pred))`.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.KLDivergence()
        >>> round(float(metric(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))), 4)
        0.1438
    """

    fn = staticmethod(kl_divergence)
    name: str | None = "kl_divergence"


@from_fields
class Poisson(FunctionMetric):
    """The mean of `y_pred - y_true * log(y_pred)`: counts and expected counts.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Poisson()(np.array([[0.0, 0.0]]), np.array([[1.0, 2.0]])))
        1.5
    """

    fn = staticmethod(poisson)
    name: str | None = "poisson"
