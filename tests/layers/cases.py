"""One table of cases for every layer: tests of behaviour and of agreement with Keras run through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A layer, its arguments, and an input for it.

    Attributes:
        name: of the class.
        kwargs: arguments of the constructor, data only.
        shapes: of the input, or a list of shapes for a list of inputs.
        integers: inputs are integers from 0 up to this.
        masked: whether the layer takes or passes a mask `(batch, time)`.
        draws: whether its result in training is random.
        free: axes of the (first) input that may be unknown in a symbolic call, besides the batch.
        cells: classes and arguments of the cells of an RNN.
    """

    name: str
    kwargs: dict[str, Any]
    shapes: Any
    integers: int = 0
    masked: bool = False
    draws: bool = False
    free: tuple[int, ...] = ()
    cells: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def several(self) -> bool:
        return isinstance(self.shapes, list)

    def layer(self, library: Any, **more: Any) -> Any:
        """The layer, made by `library` (`lamina.layers` or `keras.layers`)."""
        args = ()
        if self.cells:
            cells = [getattr(library, name)(**kwargs) for name, kwargs in self.cells]
            args = (cells if len(cells) > 1 else cells[0],)
        return getattr(library, self.name)(*args, **{**self.kwargs, **more})

    def shapes_of(self, batch: Any = None) -> list[tuple]:
        shapes = self.shapes if self.several else [self.shapes]
        return [tuple(shape) if batch is None else (batch, *shape[1:]) for shape in shapes]

    def inputs(self, seed: int = 0, batch: int | None = None) -> Any:
        """Arrays of the case's shapes, always the same."""
        rng = np.random.default_rng(seed)
        xs = [self._array(rng, shape) for shape in self.shapes_of(batch)]
        return xs if self.several else xs[0]

    def _array(self, rng: np.random.Generator, shape: tuple) -> np.ndarray:
        if self.integers:
            return rng.integers(0, self.integers, shape).astype("int32")
        return rng.normal(size=shape).astype("float32")

    def mask(self, batch: int | None = None) -> np.ndarray:
        """A mask `(batch, time)` with gaps at the start, in the middle and at the end."""
        shape = self.shapes_of(batch)[0][:2]
        mask = np.random.default_rng(1).random(shape) > 0.4
        mask[:, 0] = False
        mask[:, 1] = True
        return mask

    def __repr__(self) -> str:
        given = ",".join(f"{k}={v}" for k, v in self.kwargs.items())
        cells = "+".join(name for name, _ in self.cells)
        return f"{self.name}({cells}{given})-{self.shapes}".replace(" ", "")


def _all(names: str, kwargs: dict, shapes: Any, **options: Any) -> list[Case]:
    return [Case(name, kwargs, shapes, **options) for name in names.split()]


_SEQUENCE, _IMAGE, _VOLUME = (2, 5, 3), (2, 6, 7, 4), (2, 4, 5, 6, 2)

CORE = [
    Case("Dense", {"units": 4}, (2, 3)),
    Case("Dense", {"units": 4, "activation": "relu", "use_bias": False}, _SEQUENCE, free=(1,)),
    Case("Dense", {"units": 4, "kernel_regularizer": "l2", "activity_regularizer": "l1"}, (2, 3)),
    Case("Embedding", {"input_dim": 7, "output_dim": 4}, (2, 5), integers=7, free=(1,)),
    Case("Embedding", {"input_dim": 7, "output_dim": 4, "mask_zero": True}, (2, 5), integers=7),
    Case("Identity", {}, _SEQUENCE, masked=True, free=(1,)),
    Case("Masking", {"mask_value": 0.5}, _SEQUENCE, free=(1,)),
]
ACTIVATION = [
    Case("Activation", {"activation": "tanh"}, (2, 3)),
    Case("Activation", {"activation": "softmax"}, _SEQUENCE, masked=True, free=(1,)),
    Case("ReLU", {}, (2, 3)),
    Case("ReLU", {"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.2}, (2, 30)),
    Case("LeakyReLU", {"negative_slope": 0.2}, (2, 3)),
    Case("ELU", {"alpha": 0.7}, (2, 3)),
    Case("PReLU", {"alpha_initializer": "ones"}, (2, 3)),
    Case("PReLU", {"shared_axes": [1, 2], "alpha_regularizer": "l2"}, _IMAGE),
    Case("Softmax", {}, (2, 3)),
    Case("Softmax", {"axis": 1}, _SEQUENCE),
    Case("Softmax", {"axis": [1, 2]}, _SEQUENCE),
]
RESHAPING = [
    Case("Flatten", {}, _IMAGE, free=(1,)),
    Case("Flatten", {"data_format": "channels_first"}, _IMAGE),
    Case("Flatten", {}, (3,)),
    Case("Reshape", {"target_shape": (3, 5)}, _SEQUENCE),
    Case("Reshape", {"target_shape": (-1,)}, _SEQUENCE, free=(1,)),
    Case("Reshape", {"target_shape": (3, -1, 1)}, _SEQUENCE, free=(1,)),
    Case("Permute", {"dims": (3, 1, 2)}, _IMAGE, free=(1, 2)),
    Case("RepeatVector", {"n": 3}, (2, 4)),
]
REGULARIZATION = [
    Case("Dropout", {"rate": 0.4, "seed": 1}, (2, 30), draws=True),
    Case("Dropout", {"rate": 0.4, "noise_shape": (None, 1, 3)}, _SEQUENCE, draws=True, masked=True),
    Case("Dropout", {"rate": 0.0}, (2, 3)),
    Case("SpatialDropout1D", {"rate": 0.4, "seed": 1}, _SEQUENCE, draws=True, masked=True),
    Case("GaussianNoise", {"stddev": 0.3, "seed": 1}, (2, 3), draws=True),
    Case("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (2, 3)),
]
MERGING = [
    *_all("Add Multiply Average Maximum Minimum", {}, [(2, 3), (2, 3), (2, 3)]),
    *_all("Add Subtract Multiply Average Maximum Minimum", {}, [(2, 4, 3), (2, 3)]),
    *_all("Add Subtract", {}, [(2, 4, 1), (2, 1, 3)]),
    Case("Concatenate", {}, [(2, 3), (2, 4)]),
    Case("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 5, 4)], free=(1,)),
    Case("Concatenate", {"axis": -1}, [_IMAGE, _IMAGE], free=(1, 2)),
]
NORM = [
    Case("BatchNormalization", {}, (8, 3)),
    Case(
        "BatchNormalization", {"momentum": 0.5, "epsilon": 0.1}, _SEQUENCE, masked=True, free=(1,)
    ),
    Case("BatchNormalization", {"axis": 1}, _IMAGE, free=(2,)),
    Case("BatchNormalization", {"center": False, "scale": False}, (8, 3)),
    Case("BatchNormalization", {"gamma_regularizer": "l2"}, (8, 3)),
    Case("LayerNormalization", {}, _SEQUENCE, masked=True, free=(1,)),
    Case("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, _SEQUENCE),
    Case("LayerNormalization", {"axis": 1}, _SEQUENCE, free=(2,)),
    Case("LayerNormalization", {"axis": [2, 1]}, _SEQUENCE),
    Case("LayerNormalization", {"center": False}, (2, 3)),
    Case("LayerNormalization", {"scale": False}, (2, 3)),
]
CONV = [
    Case("Conv1D", {"filters": 4, "kernel_size": 3}, (2, 8, 3), free=(1,)),
    Case("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, (2, 8, 3), free=(1,)),
    Case(
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2},
        (2, 8, 3),
    ),
    Case(
        "Conv1D",
        {"filters": 4, "kernel_size": 2, "padding": "same", "strides": 3, "activation": "relu"},
        (2, 8, 3),
    ),
    Case(
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "data_format": "channels_first", "padding": "causal"},
        (2, 3, 8),
    ),
    Case("Conv2D", {"filters": 5, "kernel_size": 3}, _IMAGE, free=(1, 2)),
    Case("Conv2D", {"filters": 5, "kernel_size": (2, 3), "padding": "same"}, _IMAGE, free=(1,)),
    Case("Conv2D", {"filters": 5, "kernel_size": 3, "padding": "same", "strides": (2, 3)}, _IMAGE),
    Case("Conv2D", {"filters": 5, "kernel_size": 2, "dilation_rate": (2, 3)}, _IMAGE),
    Case("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 2, "use_bias": False}, _IMAGE),
    Case("Conv2D", {"filters": 5, "kernel_size": 3, "data_format": "channels_first"}, _IMAGE),
    Case("Conv2D", {"filters": 5, "kernel_size": 1, "kernel_regularizer": "l2"}, _IMAGE),
    Case("Conv3D", {"filters": 3, "kernel_size": 2}, _VOLUME, free=(1,)),
    Case("Conv3D", {"filters": 3, "kernel_size": 3, "padding": "same", "strides": 2}, _VOLUME),
]
POOLING = [
    *_all("MaxPooling1D AveragePooling1D", {"pool_size": 2}, (2, 8, 3), free=(1,)),
    *_all("MaxPooling1D AveragePooling1D", {"pool_size": 3, "strides": 2}, (2, 8, 3)),
    *_all("MaxPooling2D AveragePooling2D", {"pool_size": 2}, _IMAGE, free=(1, 2)),
    *_all("MaxPooling2D AveragePooling2D", {"pool_size": (3, 2), "padding": "same"}, _IMAGE),
    *_all(
        "MaxPooling2D AveragePooling2D",
        {"pool_size": 3, "strides": 1, "padding": "same", "data_format": "channels_first"},
        _IMAGE,
    ),
    *_all("MaxPooling3D AveragePooling3D", {"pool_size": (2, 2, 3)}, _VOLUME),
    Case("GlobalAveragePooling1D", {}, _SEQUENCE, masked=True, free=(1,)),
    Case("GlobalAveragePooling1D", {"keepdims": True}, _SEQUENCE, masked=True),
    Case("GlobalAveragePooling1D", {"data_format": "channels_first"}, _SEQUENCE),
    Case("GlobalMaxPooling1D", {}, _SEQUENCE, free=(1,)),
    *_all("GlobalAveragePooling2D GlobalMaxPooling2D", {}, _IMAGE, free=(1, 2)),
    *_all("GlobalAveragePooling2D GlobalMaxPooling2D", {"data_format": "channels_first"}, _IMAGE),
    *_all("GlobalAveragePooling3D GlobalMaxPooling3D", {"keepdims": True}, _VOLUME),
]
RECURRENT = [
    Case("LSTM", {"units": 4}, _SEQUENCE, masked=True, free=(1,)),
    Case("LSTM", {"units": 4, "return_sequences": True}, _SEQUENCE, masked=True, free=(1,)),
    Case("LSTM", {"units": 4, "return_state": True, "go_backwards": True}, _SEQUENCE, masked=True),
    Case("LSTM", {"units": 4, "return_sequences": True, "unroll": True}, _SEQUENCE, masked=True),
    Case(
        "LSTM",
        {"units": 4, "return_sequences": True, "zero_output_for_mask": True},
        _SEQUENCE,
        masked=True,
    ),
    Case(
        "LSTM",
        {"units": 4, "return_sequences": True, "return_state": True, "go_backwards": True},
        _SEQUENCE,
        masked=True,
    ),
    Case(
        "LSTM",
        {
            "units": 4,
            "activation": "relu",
            "recurrent_activation": "hard_sigmoid",
            "use_bias": False,
            "unroll": True,
        },
        _SEQUENCE,
    ),
    Case("LSTM", {"units": 4, "unit_forget_bias": False, "kernel_regularizer": "l2"}, _SEQUENCE),
    Case(
        "LSTM",
        {"units": 4, "dropout": 0.4, "recurrent_dropout": 0.4, "seed": 1},
        _SEQUENCE,
        draws=True,
    ),
    Case("RNN", {}, _SEQUENCE, cells=[("LSTMCell", {"units": 4})], masked=True),
    Case(
        "RNN",
        {"return_sequences": True},
        _SEQUENCE,
        cells=[("LSTMCell", {"units": 4}), ("LSTMCell", {"units": 2})],
        masked=True,
    ),
]
CASES = [
    *CORE,
    *ACTIVATION,
    *RESHAPING,
    *REGULARIZATION,
    *MERGING,
    *NORM,
    *CONV,
    *POOLING,
    *RECURRENT,
]
