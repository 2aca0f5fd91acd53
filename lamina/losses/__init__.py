"""Floor 5: how far predictions are from their targets, as one number to make small."""

from lamina.losses.crossentropy import (
    BinaryCrossentropy as BinaryCrossentropy,
)
from lamina.losses.crossentropy import (
    CategoricalCrossentropy as CategoricalCrossentropy,
)
from lamina.losses.crossentropy import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from lamina.losses.crossentropy import (
    binary_crossentropy as binary_crossentropy,
)
from lamina.losses.crossentropy import (
    categorical_crossentropy as categorical_crossentropy,
)
from lamina.losses.crossentropy import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from lamina.losses.loss import Loss as Loss
from lamina.losses.regression import (
    MeanAbsoluteError as MeanAbsoluteError,
)
from lamina.losses.regression import (
    MeanSquaredError as MeanSquaredError,
)
from lamina.losses.regression import (
    mean_absolute_error as mean_absolute_error,
)
from lamina.losses.regression import (
    mean_squared_error as mean_squared_error,
)
from lamina.losses.shelf import (
    deserialize as deserialize,
)
from lamina.losses.shelf import (
    get as get,
)
from lamina.losses.shelf import (
    serialize as serialize,
)
