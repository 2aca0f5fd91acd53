"""Networks of a few kinds, for exports."""

from __future__ import annotations

import numpy as np

import lamina
from lamina import layers


def mlp():
    model = lamina.Sequential(
        [
            lamina.Input((12,), name="x"),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )
    mean, variance = model.layers[1].non_trainable_weights  # as training would leave them
    mean.assign(np.linspace(0, 1, 8))
    variance.assign(np.linspace(1, 2, 8))
    return model


def cnn():
    x = lamina.Input((10, 10, 3), name="image")
    h = layers.Conv2D(6, 3, padding="same", activation="relu")(x)
    h = layers.MaxPooling2D(2)(h)
    h = layers.AveragePooling2D(2, padding="same")(layers.DepthwiseConv2D(3)(h))
    return lamina.Model(x, layers.Dense(5)(layers.Flatten()(h)))


def lstm():
    """Return a network for sequences of any length, with a mask: integers, of which 0 does not count."""
    x = lamina.Input((None,), dtype="int32", name="words")
    h = layers.Embedding(9, 4, mask_zero=True)(x)
    h = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(h)
    return lamina.Model(x, layers.Dense(2)(layers.GRU(4)(h)))


def two_inputs():
    a, b = lamina.Input((4,), name="a"), lamina.Input((6,), name="b")
    h = layers.Concatenate()([layers.Dense(5)(a), b])
    return lamina.Model([a, b], [layers.Dense(1)(h), layers.Dense(2)(h)])


def dicts():
    a, b = lamina.Input((4,), name="a"), lamina.Input((4,), name="b")
    outputs = {"sum": layers.Add()([a, b]), "product": layers.Multiply()([layers.Dense(4)(a), b])}
    return lamina.Model({"b": b, "a": a}, outputs)


def nested():
    x = lamina.Input((12,), name="x")
    return lamina.Model(x, layers.Dense(2)(mlp()(x)))


class Subclassed(lamina.Model):
    """`call` takes a dict and an argument by name."""

    def __init__(self):
        super().__init__()
        self.dense, self.dropout = layers.Dense(4), layers.Dropout(0.5)

    def call(self, inputs, scale, training=False):
        return self.dropout(self.dense(inputs["p"]) * scale, training=training)


def subclassed():
    model = Subclassed()
    model({"p": np.ones((2, 3), "float32")}, scale=np.ones((2, 1), "float32"))
    return model


NETWORKS = {f.__name__: f for f in (mlp, cnn, lstm, two_inputs, dicts, nested, subclassed)}
