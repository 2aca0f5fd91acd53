"""Layers by name."""

from __future__ import annotations

from typing import Any

from lamina.core.registry import Shelf
from lamina.layers.activation.activation import Activation
from lamina.layers.activation.rectifiers import ELU, LeakyReLU, PReLU, ReLU
from lamina.layers.activation.softmax import Softmax
from lamina.layers.conv.conv1d import Conv1D
from lamina.layers.conv.conv2d import Conv2D
from lamina.layers.conv.conv3d import Conv3D
from lamina.layers.core.dense import Dense
from lamina.layers.core.embedding import Embedding
from lamina.layers.core.identity import Identity
from lamina.layers.core.input_layer import InputLayer
from lamina.layers.core.lambda_layer import Lambda
from lamina.layers.core.masking import Masking
from lamina.layers.core.wrapper import Wrapper
from lamina.layers.layer import Layer
from lamina.layers.merging.concatenate import Concatenate
from lamina.layers.merging.elementwise import Add, Average, Maximum, Minimum, Multiply, Subtract
from lamina.layers.norm.batch_normalization import BatchNormalization
from lamina.layers.norm.layer_normalization import LayerNormalization
from lamina.layers.pooling.average_pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
)
from lamina.layers.pooling.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from lamina.layers.pooling.max_pooling import MaxPooling1D, MaxPooling2D, MaxPooling3D
from lamina.layers.recurrent.lstm import LSTM
from lamina.layers.recurrent.lstm_cell import LSTMCell
from lamina.layers.recurrent.rnn import RNN
from lamina.layers.recurrent.stacked_cells import StackedRNNCells
from lamina.layers.regularization.activity_regularization import ActivityRegularization
from lamina.layers.regularization.dropout import Dropout, SpatialDropout1D
from lamina.layers.regularization.gaussian_noise import GaussianNoise
from lamina.layers.reshaping.flatten import Flatten
from lamina.layers.reshaping.permute import Permute
from lamina.layers.reshaping.repeat_vector import RepeatVector
from lamina.layers.reshaping.reshape import Reshape

# fmt: off
_CLASSES = (
    Activation,
    ELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    Conv1D,
    Conv2D,
    Conv3D,
    Dense,
    Embedding,
    Identity,
    InputLayer,
    Lambda,
    Masking,
    Wrapper,
    Concatenate,
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    BatchNormalization,
    LayerNormalization,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    LSTM,
    LSTMCell,
    RNN,
    StackedRNNCells,
    ActivityRegularization,
    Dropout,
    SpatialDropout1D,
    GaussianNoise,
    Flatten,
    Permute,
    RepeatVector,
    Reshape,
)
# fmt: on
SHELF = Shelf("layers", "layer", {cls.__name__: cls for cls in _CLASSES})


def get(identifier: Any) -> Any:
    """The layer that `identifier` means: a configuration, a layer, a class without arguments, or its name.

    Raises:
        ValueError: nothing of these, or an unknown name.

    Example:
        >>> import lamina
        >>> type(lamina.layers.get("flatten")).__name__
        'Flatten'
    """
    return SHELF.get(identifier)


def serialize(layer: Layer) -> dict[str, Any]:
    """A configuration, data only, from which `deserialize` makes an equal layer without its weights.

    Example:
        >>> import lamina
        >>> lamina.layers.serialize(lamina.layers.Flatten())["class_name"]
        'Flatten'
    """
    return SHELF.serialize(layer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The layer that a configuration, of lamina or Keras, describes.

    Args:
        custom_objects: classes and functions of your own that the configuration names.

    Raises:
        ValueError: it names something unknown.

    Example:
        >>> import lamina
        >>> config = lamina.layers.serialize(lamina.layers.Dense(3))
        >>> lamina.layers.deserialize(config).units
        3
    """
    return SHELF.deserialize(config, custom_objects)
