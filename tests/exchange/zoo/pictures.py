"""Layers that prepare and augment images."""

from tests.exchange.zoo.entry import model


@model(loss="sparse_categorical_crossentropy")
def prepared(k):
    return k.Sequential(
        [
            k.Input((8, 8, 3)),
            k.layers.Rescaling(0.5, offset=0.1),
            k.layers.Conv2D(4, 3, activation="relu"),
            k.layers.GlobalAveragePooling2D(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )
