"""Metrics by name."""

from __future__ import annotations

import inspect
from typing import Any

from lamina.core.registry import Shelf
from lamina.losses.focal import binary_focal_crossentropy, categorical_focal_crossentropy
from lamina.losses.regression import huber
from lamina.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from lamina.metrics.auc import (
    AUC,
)
from lamina.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from lamina.metrics.correlation import (
    ConcordanceCorrelation,
    PearsonCorrelation,
)
from lamina.metrics.exact import Exact
from lamina.metrics.fbeta import (
    F1Score,
    FBetaScore,
)
from lamina.metrics.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
)
from lamina.metrics.iou import (
    BinaryIoU,
    IoU,
    MeanIoU,
    OneHotIoU,
    OneHotMeanIoU,
)
from lamina.metrics.metric import (
    Metric,
)
from lamina.metrics.operating_point import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from lamina.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from lamina.metrics.r2 import (
    R2Score,
)
from lamina.metrics.reduction import (
    Mean,
    MeanMetricWrapper,
    Sum,
)
from lamina.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    RootMeanSquaredError,
)

_CLASSES = (
    *(Mean, Sum, MeanMetricWrapper, Exact, Accuracy, BinaryAccuracy, CategoricalAccuracy),
    *(SparseCategoricalAccuracy, TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy),
    *(BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy),
    *(KLDivergence, Poisson, Hinge, SquaredHinge, CategoricalHinge),
    *(MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError),
    *(MeanSquaredLogarithmicError, LogCoshError, CosineSimilarity, R2Score),
    *(PearsonCorrelation, ConcordanceCorrelation, FBetaScore, F1Score),
    *(AUC, Precision, Recall, TruePositives, FalsePositives, TrueNegatives, FalseNegatives),
    *(PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity),
    *(IoU, BinaryIoU, MeanIoU, OneHotIoU, OneHotMeanIoU),
)
# Other spellings: of Keras 3, then of Keras 2, then names that Keras has only as functions.
_ALIASES = {
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "rmse": RootMeanSquaredError,
    "kullback_leibler_divergence": KLDivergence,
    "logcosh": LogCoshError,
    "log_cosh": LogCoshError,
    "cosine_proximity": CosineSimilarity,
    "fbeta_score": FBetaScore,
    "huber": huber,
    "binary_focal_crossentropy": binary_focal_crossentropy,
    "categorical_focal_crossentropy": categorical_focal_crossentropy,
}
SHELF = Shelf(
    "metrics",
    "metric",
    {cls.__name__: cls for cls in _CLASSES},
    {**_ALIASES, **{name.upper(): metric for name, metric in _ALIASES.items() if len(name) < 5}},
)


def get(identifier: Any) -> Any:
    """The metric that `identifier` means; a function stays a function.

    Args:
        identifier: a name, a configuration, a class, a function, a metric, or `None`.

    Raises:
        ValueError: nothing of these, an unknown name, or a metric that needs arguments.

    Example:
        >>> import lamina
        >>> lamina.metrics.get("mse")
        <MeanSquaredError name=mean_squared_error>
    """
    if identifier is None:
        return None
    found = SHELF.find(identifier) if isinstance(identifier, str) else identifier
    if inspect.isclass(found) and (needed := _required(found)):
        raise ValueError(
            f"The metric {found.__name__} needs the argument(s) {needed}; give the metric itself: "
            f"metrics.{found.__name__}({', '.join(f'{name}=...' for name in needed)})."
        )
    return SHELF.get(found)


def _required(cls: type) -> list[str]:
    parameters = inspect.signature(cls).parameters.values()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]


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
