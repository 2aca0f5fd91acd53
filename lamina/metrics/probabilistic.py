"""Crossentropies and divergences as metrics."""

from __future__ import annotations

from typing import Any

from lamina.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from lamina.losses.probabilistic import kl_divergence, poisson
from lamina.metrics.reduction import MeanMetricWrapper


class BinaryCrossentropy(MeanMetricWrapper):
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

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ):
        super().__init__(
            binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
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

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ):
        super().__init__(
            categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
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

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ):
        super().__init__(
            sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


class KLDivergence(MeanMetricWrapper):
    """How far the predicted distribution is from the target's, `sum(y_true * log(y_true / y_pred))`.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.KLDivergence()
        >>> round(float(metric(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))), 4)
        0.1438
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None):
        super().__init__(kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """The mean of `y_pred - y_true * log(y_pred)`: counts beside expected counts.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Poisson()(np.array([[0.0, 0.0]]), np.array([[1.0, 2.0]])))
        1.5
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None):
        super().__init__(poisson, name, dtype)
