"""Floor 5: how far predictions are from their targets, as one number to make small."""

from typing import Any as _Any

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.losses.circle import Circle as Circle, circle as circle
from lamina.losses.crossentropy import (
    BinaryCrossentropy as BinaryCrossentropy,
    CategoricalCrossentropy as CategoricalCrossentropy,
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
    binary_crossentropy as binary_crossentropy,
    categorical_crossentropy as categorical_crossentropy,
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from lamina.losses.ctc import CTC as CTC, ctc as ctc
from lamina.losses.focal import (
    BinaryFocalCrossentropy as BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy as CategoricalFocalCrossentropy,
    binary_focal_crossentropy as binary_focal_crossentropy,
    categorical_focal_crossentropy as categorical_focal_crossentropy,
)
from lamina.losses.generalized import (
    CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
    categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
)
from lamina.losses.hinge import (
    CategoricalHinge as CategoricalHinge,
    Hinge as Hinge,
    SquaredHinge as SquaredHinge,
    categorical_hinge as categorical_hinge,
    hinge as hinge,
    squared_hinge as squared_hinge,
)
from lamina.losses.loss import Loss as Loss, LossFunctionWrapper as _LossFunctionWrapper
from lamina.losses.overlap import Dice as Dice, Tversky as Tversky, dice as dice, tversky as tversky
from lamina.losses.probabilistic import (
    KLDivergence as KLDivergence,
    Poisson as Poisson,
    kl_divergence as kl_divergence,
    poisson as poisson,
)
from lamina.losses.regression import (
    CosineSimilarity as CosineSimilarity,
    Huber as Huber,
    LogCosh as LogCosh,
    MeanAbsoluteError as MeanAbsoluteError,
    MeanAbsolutePercentageError as MeanAbsolutePercentageError,
    MeanSquaredError as MeanSquaredError,
    MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
    cosine_similarity as cosine_similarity,
    huber as huber,
    log_cosh as log_cosh,
    mean_absolute_error as mean_absolute_error,
    mean_absolute_percentage_error as mean_absolute_percentage_error,
    mean_squared_error as mean_squared_error,
    mean_squared_logarithmic_error as mean_squared_logarithmic_error,
)

# Other spellings, of Keras 3 and (the last ones) of Keras 2.
_ALIASES = {
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
_SHELF = _registry.Shelf("losses", "loss", vars(), Loss, functions=True, aliases=_ALIASES)
_SHELF.offer(
    {"LossFunctionWrapper": _LossFunctionWrapper},
    {name.upper(): loss for name, loss in _ALIASES.items() if len(name) < 5},
)
get = _SHELF.get


def deserialize(name: _Any, custom_objects: dict[str, _Any] | None = None) -> _Any:
    """Make the loss that a name or a configuration, of lamina or Keras, describes."""
    return _SHELF.deserialize(name, custom_objects)


def serialize(loss: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal loss."""
    return _registry.serialize(loss)


_explain(__name__)
