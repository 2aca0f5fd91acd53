"""Houses: numbers and their target are normalized, a network learns, and prices come back in their own unit."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(2)
rng = np.random.default_rng(0)
houses = rng.normal([120, 4, 30], [40, 1.5, 20], (500, 3)).astype("float32")
prices = (3000 * houses[:, :1] - 900 * houses[:, 2:] + 50_000).astype("float32")

of_houses, of_prices = layers.Normalization(), layers.Normalization(axis=None)
of_houses.adapt(houses)
of_prices.adapt(prices)
mean, variance = float(np.mean(prices)), float(np.var(prices))

model = keras.Sequential(
    [keras.Input((3,)), of_houses, layers.Dense(16, activation="relu"), layers.Dense(1)]
)
model.compile(keras.optimizers.Adam(0.02), "mse")
model.fit(houses, np.asarray(of_prices(prices)), epochs=12, validation_split=0.2, verbose=0)

in_money = layers.Normalization(axis=None, mean=mean, variance=variance, invert=True)
predicted = np.asarray(in_money(model.predict(houses, verbose=0)))

result = np.mean(np.abs(predicted - prices)) < 0.2 * np.std(prices)
