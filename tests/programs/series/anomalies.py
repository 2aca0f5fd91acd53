"""Find what is unusual in a series: an autoencoder learns what is usual."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)
steps = 24


def daily(days):
    hours = np.arange(days * 24)
    return (np.sin(2 * np.pi * hours / 24) + rng.normal(0, 0.05, len(hours))).astype("float32")[
        :, None
    ]


usual, tested = daily(40), daily(10)
tested[120:126] += 3.0

training = keras.utils.timeseries_dataset_from_array(
    usual, None, sequence_length=steps, batch_size=32, shuffle=True, seed=3
)
pairs = training.map(lambda window: (window, window)).prefetch(2)

model = keras.Sequential(
    [
        layers.Input(shape=(steps, 1)),
        layers.Conv1D(filters=16, kernel_size=7, padding="same", strides=2, activation="relu"),
        layers.Dropout(rate=0.1),
        layers.Conv1D(filters=8, kernel_size=7, padding="same", strides=2, activation="relu"),
        layers.Conv1DTranspose(
            filters=8, kernel_size=7, padding="same", strides=2, activation="relu"
        ),
        layers.Conv1DTranspose(
            filters=16, kernel_size=7, padding="same", strides=2, activation="relu"
        ),
        layers.Conv1DTranspose(filters=1, kernel_size=7, padding="same"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.005), loss="mse")
model.fit(pairs, epochs=6, verbose=0)


def errors(series):
    windows = keras.utils.timeseries_dataset_from_array(
        series, None, sequence_length=steps, batch_size=64
    )
    windows = np.concatenate([batch.numpy() for batch in windows])
    return np.mean(np.abs(model.predict(windows, verbose=0) - windows), axis=(1, 2))


threshold = np.max(errors(usual))
anomalies = np.flatnonzero(errors(tested) > threshold)
print("Reconstruction error threshold:", threshold, "anomalies at", anomalies)
result = len(anomalies) > 0 and anomalies.min() >= 120 - steps and anomalies.max() < 126
