"""Floor 5: numbers that say how well a model does, gathered over batches."""

from lamina.losses.crossentropy import (
    binary_crossentropy as binary_crossentropy,
    categorical_crossentropy as categorical_crossentropy,
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from lamina.losses.regression import (
    mean_absolute_error as mean_absolute_error,
    mean_squared_error as mean_squared_error,
)
from lamina.metrics.accuracy import (
    Accuracy as Accuracy,
    BinaryAccuracy as BinaryAccuracy,
    CategoricalAccuracy as CategoricalAccuracy,
    SparseCategoricalAccuracy as SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy as TopKCategoricalAccuracy,
    binary_accuracy as binary_accuracy,
    categorical_accuracy as categorical_accuracy,
    sparse_categorical_accuracy as sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy as top_k_categorical_accuracy,
)
from lamina.metrics.auc import AUC as AUC
from lamina.metrics.confusion import (
    FalseNegatives as FalseNegatives,
    FalsePositives as FalsePositives,
    Precision as Precision,
    Recall as Recall,
    TrueNegatives as TrueNegatives,
    TruePositives as TruePositives,
)
from lamina.metrics.metric import Metric as Metric
from lamina.metrics.probabilistic import (
    BinaryCrossentropy as BinaryCrossentropy,
    CategoricalCrossentropy as CategoricalCrossentropy,
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from lamina.metrics.reduction import (
    Mean as Mean,
    MeanMetricWrapper as MeanMetricWrapper,
    Sum as Sum,
)
from lamina.metrics.regression import (
    MeanAbsoluteError as MeanAbsoluteError,
    MeanSquaredError as MeanSquaredError,
    RootMeanSquaredError as RootMeanSquaredError,
)
from lamina.metrics.shelf import (
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)
