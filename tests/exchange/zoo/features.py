"""Layers that prepare numbers and categories, before dense layers."""

import numpy as np

from tests.exchange.zoo.entry import model

SAMPLES = np.random.default_rng(0).normal(3, 2, (50, 4)).astype("float32")


@model()
def normalized(k):
    x = k.Input((4,), name="x")
    learned = k.layers.Normalization(name="learned")
    learned.adapt(SAMPLES)
    parts = [
        learned(x),
        k.layers.Normalization(axis=None)(x),
        k.layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 0.5, 2.0])(x),
    ]
    y = k.layers.Dense(3)(k.layers.Concatenate()(parts))
    return k.Model(x, k.layers.Normalization(mean=1.0, variance=4.0, invert=True)(y))


@model(integers=4)
def encoded_categories(k):
    numbers, kinds = k.Input((4,), name="numbers"), k.Input((3,), dtype="int32", name="kinds")
    weights = k.Input((3,), name="weights")
    learned = k.layers.Discretization(num_bins=4, output_mode="count")
    learned.adapt(SAMPLES)
    bins = k.layers.Discretization(bin_boundaries=[-0.5, 0.0, 1.0])(numbers)
    one_hot = k.layers.CategoryEncoding(4, output_mode="one_hot")(kinds)
    parts = [
        learned(numbers),
        k.layers.CategoryEncoding(num_tokens=4)(bins),
        k.layers.Flatten()(one_hot),
        k.layers.CategoryEncoding(4, output_mode="count")(kinds, count_weights=weights),
    ]
    return k.Model([numbers, kinds, weights], k.layers.Dense(2)(k.layers.Concatenate()(parts)))
