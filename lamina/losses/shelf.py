"""Losses by name."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.losses.circle import (
    Circle,
    circle,
)
from lamina.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from lamina.losses.ctc import CTC, ctc
from lamina.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from lamina.losses.generalized import (
    CategoricalGeneralizedCrossEntropy,
    categorical_generalized_cross_entropy,
)
from lamina.losses.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.overlap import (
    Dice,
    Tversky,
    dice,
    tversky,
)
from lamina.losses.probabilistic import (
    KLDivergence,
    Poisson,
    kl_divergence,
    poisson,
)
from lamina.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)

_LOSSES = (
    LossFunctionWrapper,
    *(mean_squared_error, mean_absolute_error, mean_absolute_percentage_error),
    *(mean_squared_logarithmic_error, log_cosh, huber, cosine_similarity),
    *(MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError),
    *(MeanSquaredLogarithmicError, LogCosh, Huber, CosineSimilarity),
    *(binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy),
    *(BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy),
    *(binary_focal_crossentropy, categorical_focal_crossentropy),
    *(BinaryFocalCrossentropy, CategoricalFocalCrossentropy),
    *(categorical_generalized_cross_entropy, CategoricalGeneralizedCrossEntropy),
    *(hinge, squared_hinge, categorical_hinge, Hinge, SquaredHinge, CategoricalHinge),
    *(poisson, kl_divergence, Poisson, KLDivergence),
    *(dice, tversky, Dice, Tversky, circle, Circle, ctc, CTC),
)
# Other spellings, of Keras 3 and (the last ones) of Keras 2.
ALIASES = {
    "mse": mean_squared_error,
    "mae": mean_absolute_error,
    "mape": mean_absolute_percentage_error,
    "msle": mean_squared_logarithmic_error,
    "bce": binary_crossentropy,
    "kld": kl_divergence,
    "kullback_leibler_divergence": kl_divergence,
    "logcosh": log_cosh,
    "huber_loss": huber,
    "cosine_proximity": cosine_similarity,
}
SHELF = Shelf(
    "losses",
    "loss",
    {loss.__name__: loss for loss in _LOSSES},
    {**ALIASES, **{name.upper(): loss for name, loss in ALIASES.items() if len(name) < 5}},
)


def get(identifier: Any) -> Any:
    """The loss that `identifier` means: a function for `"mse"`, an object for `"MeanSquaredError"`.

    Args:
        identifier: a name, a configuration, a class, a function, a loss, or `None`.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> lamina.losses.get("mse") is lamina.losses.mean_squared_error
        True
    """
    return None if identifier is None else SHELF.get(identifier)


def serialize(loss: Any) -> Any:
    """A configuration, data only, from which `deserialize` makes an equal loss.

    Example:
        >>> import lamina
        >>> lamina.losses.serialize(lamina.losses.MeanSquaredError())["class_name"]
        'MeanSquaredError'
    """
    return SHELF.serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss that a name or a configuration, of lamina or Keras, describes.

    Example:
        >>> import lamina
        >>> lamina.losses.deserialize({"class_name": "MeanSquaredError", "config": {}}).reduction
        'sum_over_batch_size'
    """
    return SHELF.deserialize(name, custom_objects)
