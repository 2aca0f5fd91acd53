"""Floor 5: how far predictions are from their targets, as one number to make small."""

from lamina.losses.crossentropy import (
    BinaryCrossentropy as BinaryCrossentropy,
    CategoricalCrossentropy as CategoricalCrossentropy,
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
    binary_crossentropy as binary_crossentropy,
    categorical_crossentropy as categorical_crossentropy,
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from lamina.losses.loss import Loss as Loss
from lamina.losses.regression import (
    MeanAbsoluteError as MeanAbsoluteError,
    MeanSquaredError as MeanSquaredError,
    mean_absolute_error as mean_absolute_error,
    mean_squared_error as mean_squared_error,
)
from lamina.losses.shelf import (
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)
