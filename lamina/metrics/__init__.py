"""Floor 5: numbers that say how well a model does, gathered over batches."""

from lamina.losses.crossentropy import (
    binary_crossentropy as binary_crossentropy,
)
from lamina.losses.crossentropy import (
    categorical_crossentropy as categorical_crossentropy,
)
from lamina.losses.crossentropy import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from lamina.losses.regression import (
    mean_absolute_error as mean_absolute_error,
)
from lamina.losses.regression import (
    mean_squared_error as mean_squared_error,
)
from lamina.metrics.accuracy import (
    Accuracy as Accuracy,
)
from lamina.metrics.accuracy import (
    BinaryAccuracy as BinaryAccuracy,
)
from lamina.metrics.accuracy import (
    CategoricalAccuracy as CategoricalAccuracy,
)
from lamina.metrics.accuracy import (
    SparseCategoricalAccuracy as SparseCategoricalAccuracy,
)
from lamina.metrics.accuracy import (
    SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy,
)
from lamina.metrics.accuracy import (
    TopKCategoricalAccuracy as TopKCategoricalAccuracy,
)
from lamina.metrics.accuracy import (
    binary_accuracy as binary_accuracy,
)
from lamina.metrics.accuracy import (
    categorical_accuracy as categorical_accuracy,
)
from lamina.metrics.accuracy import (
    sparse_categorical_accuracy as sparse_categorical_accuracy,
)
from lamina.metrics.accuracy import (
    sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
)
from lamina.metrics.accuracy import (
    top_k_categorical_accuracy as top_k_categorical_accuracy,
)
from lamina.metrics.auc import AUC as AUC
from lamina.metrics.confusion import (
    FalseNegatives as FalseNegatives,
)
from lamina.metrics.confusion import (
    FalsePositives as FalsePositives,
)
from lamina.metrics.confusion import (
    Precision as Precision,
)
from lamina.metrics.confusion import (
    Recall as Recall,
)
from lamina.metrics.confusion import (
    TrueNegatives as TrueNegatives,
)
from lamina.metrics.confusion import (
    TruePositives as TruePositives,
)
from lamina.metrics.metric import Metric as Metric
from lamina.metrics.probabilistic import (
    BinaryCrossentropy as BinaryCrossentropy,
)
from lamina.metrics.probabilistic import (
    CategoricalCrossentropy as CategoricalCrossentropy,
)
from lamina.metrics.probabilistic import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from lamina.metrics.reduction import (
    Mean as Mean,
)
from lamina.metrics.reduction import (
    MeanMetricWrapper as MeanMetricWrapper,
)
from lamina.metrics.reduction import (
    Sum as Sum,
)
from lamina.metrics.regression import (
    MeanAbsoluteError as MeanAbsoluteError,
)
from lamina.metrics.regression import (
    MeanSquaredError as MeanSquaredError,
)
from lamina.metrics.regression import (
    RootMeanSquaredError as RootMeanSquaredError,
)
from lamina.metrics.shelf import (
    deserialize as deserialize,
)
from lamina.metrics.shelf import (
    get as get,
)
from lamina.metrics.shelf import (
    serialize as serialize,
)
