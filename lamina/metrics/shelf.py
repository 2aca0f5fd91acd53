"""Metrics by name."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from lamina.metrics.auc import AUC
from lamina.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from lamina.metrics.metric import Metric
from lamina.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from lamina.metrics.reduction import Mean, MeanMetricWrapper, Sum
from lamina.metrics.regression import MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError

_CLASSES = (
    *(Mean, Sum, MeanMetricWrapper, MeanSquaredError, MeanAbsoluteError, RootMeanSquaredError),
    *(Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy),
    *(TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy),
    *(BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy),
    *(AUC, Precision, Recall, TruePositives, FalsePositives, TrueNegatives, FalseNegatives),
)
SHELF = Shelf(
    "metrics",
    "metric",
    {cls.__name__: cls for cls in _CLASSES},
    {
        **dict.fromkeys(("mse", "MSE"), MeanSquaredError),
        **dict.fromkeys(("mae", "MAE"), MeanAbsoluteError),
        **dict.fromkeys(("bce", "BCE"), BinaryCrossentropy),
    },
)


def get(identifier: Any) -> Any:
    """The metric that `identifier` means; a function stays a function.

    Args:
        identifier: a name, a configuration, a class, a function, a metric, or `None`.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.metrics.get("mse")
        <MeanSquaredError name=mean_squared_error>
    """
    return None if identifier is None else SHELF.get(identifier)


def serialize(metric: Metric) -> Any:
    """A configuration, data only, from which `deserialize` makes an equal metric.

    Example:
        >>> import lamina
        >>> lamina.metrics.serialize(lamina.metrics.Mean())["config"]
        {'name': 'mean', 'dtype': 'float32'}
    """
    return SHELF.serialize(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The metric that a configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.metrics.deserialize({"class_name": "Mean", "config": {"name": "average"}}).name
        'average'
    """
    return SHELF.deserialize(config, custom_objects)
