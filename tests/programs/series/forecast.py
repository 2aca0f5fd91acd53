"""Forecast the temperature of the next hour from the last day: windows, an LSTM, early stopping."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
hours = np.arange(1500)
rng = np.random.default_rng(0)
temperature = 10 * np.sin(2 * np.pi * hours / 24) + rng.normal(0, 0.5, len(hours))
pressure = np.cos(2 * np.pi * hours / 24) + rng.normal(0, 0.1, len(hours))
raw = np.stack([temperature, pressure], axis=-1).astype("float32")

split = 1100
mean, std = raw[:split].mean(axis=0), raw[:split].std(axis=0)
data = (raw - mean) / std
past, future = 24, 1


def windows(start, stop):
    return keras.preprocessing.timeseries_dataset_from_array(
        data[start : stop - future],
        data[start + past + future - 1 : stop, 0],
        sequence_length=past,
        sampling_rate=1,
        batch_size=64,
    )


dataset_train, dataset_val = windows(0, split), windows(split, len(data))
for batch in dataset_train.take(1):
    inputs, targets = batch
print("input shape:", inputs.numpy().shape, "target shape:", targets.numpy().shape)

inputs = layers.Input(shape=(inputs.shape[1], inputs.shape[2]))
lstm_out = layers.LSTM(16)(inputs)
outputs = layers.Dense(1)(lstm_out)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="mse")
stop_early = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=0, patience=2)
history = model.fit(
    dataset_train, epochs=4, validation_data=dataset_val, callbacks=[stop_early], verbose=0
)

for x, y in dataset_val.take(3):
    forecast = model.predict(x, verbose=0)[0]
    print(f"expected {y[0].numpy():.2f}, forecast {forecast[0]:.2f}")

result = history.history["val_loss"][-1] < 0.2
