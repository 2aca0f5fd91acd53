"""Baskets of goods: which goods, how many of each and their weights, as rows; hashes for those not known before."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(5)
rng = np.random.default_rng(0)
goods = rng.integers(100, 110, (300, 4))
weights = rng.random((300, 4)).astype("float32")
heavy = (goods == 103).any(axis=1).astype("float32")

numbers_of = layers.IntegerLookup(num_oov_indices=1)
numbers_of.adapt(goods)
numbers = np.asarray(numbers_of(goods))
size = len(numbers_of.get_vocabulary())

bought = np.asarray(layers.CategoryEncoding(size, output_mode="multi_hot")(numbers))
weighed = np.asarray(
    layers.CategoryEncoding(size, output_mode="count")(numbers, count_weights=weights)
)
hashed = np.asarray(layers.Hashing(num_bins=16, output_mode="multi_hot")(goods))

inputs = [keras.Input((size,)), keras.Input((size,)), keras.Input((16,))]
x = layers.Dense(8, activation="relu")(layers.Concatenate()(inputs))
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
history = model.fit([bought, weighed, hashed], heavy, epochs=10, verbose=0)

result = history.history["accuracy"][-1] > 0.9 and np.allclose(weighed.sum(1), weights.sum(1), 1e-4)
