"""Clicks: combinations of categories go a short way, embeddings and numbers a long one."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(3)
rng = np.random.default_rng(0)
places = rng.choice(["north", "south", "west"], (600, 1))
hours = rng.integers(0, 24, (600, 1))
amounts = rng.exponential(10, (600, 1)).astype("float32")
clicked = ((places == "north") & (hours > 12)).astype("float32")

place_numbers = layers.StringLookup()
place_numbers.adapt(places)
hour_bins = layers.Discretization(bin_boundaries=[6.0, 12.0, 18.0])
amount = layers.Normalization()
amount.adapt(amounts)

numbers = np.asarray(place_numbers(places))
bins = np.asarray(hour_bins(hours.astype("float32")))
crossed = np.asarray(layers.CategoryEncoding(num_tokens=12)(numbers + 4 * (bins % 3)))

wide = keras.Input((12,), name="crossed")
place = keras.Input((1,), dtype="int32", name="place")
spent = keras.Input((1,), name="amount")
deep = layers.Flatten()(layers.Embedding(place_numbers.vocabulary_size(), 4)(place))
deep = layers.Dense(8, activation="relu")(layers.concatenate([deep, amount(spent)]))
outputs = layers.Dense(1, activation="sigmoid")(layers.concatenate([wide, deep]))
model = keras.Model([wide, place, spent], outputs)
model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
history = model.fit([crossed, numbers, amounts], clicked, epochs=8, verbose=0)

result = history.history["accuracy"][-1] > 0.85
