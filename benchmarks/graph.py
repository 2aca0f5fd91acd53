"""Seconds to define a functional graph (nothing is run), lamina beside Keras on one engine.

`python -m benchmarks.graph LIBRARY ENGINE [resnet50|chain|NAME]`: ResNet50 as He et al. (2015) drew it, 224 x 224,
100 dense layers in a row, or what `applications` calls NAME, without weights from a file. A small graph is made
first, so that the engine has started. Run by `make bench`.
"""

from __future__ import annotations

import sys
import time

from benchmarks.side import import_library


def seconds(library: str, engine: str, kind: str) -> float:
    """The first definition in the process."""
    keras = import_library(library, engine)
    define = {"resnet50": _resnet50, "chain": _chain}.get(kind, _application(kind))
    _chain(keras, 2)
    began = time.perf_counter()
    define(keras)
    return time.perf_counter() - began


def _chain(keras, length: int = 100):
    x = inputs = keras.layers.Input((64,))
    for _ in range(length):
        x = keras.layers.Dense(64, activation="relu")(x)
    return keras.models.Model(inputs, x)


def _application(name: str):
    return lambda keras: getattr(keras.applications, name)(weights=None)


def _resnet50(keras):
    layers = keras.layers

    def convolved(x, filters, size, strides=1, activation="relu"):
        x = layers.Conv2D(filters, size, strides, padding="same")(x)
        x = layers.BatchNormalization()(x)
        return x if activation is None else layers.Activation(activation)(x)

    inputs = layers.Input((224, 224, 3))
    x = layers.MaxPooling2D(3, 2, padding="same")(convolved(inputs, 64, 7, 2))
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512))):
        for block in range(blocks):
            strides = 2 if stage and not block else 1
            beside = x if block else convolved(x, 4 * width, 1, strides, None)
            x = convolved(convolved(x, width, 1, strides), width, 3)
            x = layers.Add()([convolved(x, 4 * width, 1, activation=None), beside])
            x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.models.Model(inputs, layers.Dense(1000, activation="softmax")(x))


if __name__ == "__main__":
    print(seconds(*sys.argv[1:]))
