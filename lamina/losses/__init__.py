"""Floor 5: how far predictions are from their targets, as one number to make small."""

from lamina.losses.circle import (
    Circle as Circle,
    circle as circle,
)
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
from lamina.losses.loss import (
    Loss as Loss,
)
from lamina.losses.overlap import (
    Dice as Dice,
    Tversky as Tversky,
    dice as dice,
    tversky as tversky,
)
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
from lamina.losses.shelf import (
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)
