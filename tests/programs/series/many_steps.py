"""Forecast several steps at once: one recurrent layer reads, another writes; data are split and normalized."""

import keras
import numpy as np

keras.utils.set_random_seed(3)
past, future = 20, 5
time = np.arange(800)
series = (5 + np.sin(time / 4) + 0.5 * np.sin(time / 9)).astype("float32")[:, None]

normalizer = keras.layers.Normalization()
normalizer.adapt(series[:600])
windows = keras.utils.timeseries_dataset_from_array(
    series, targets=None, sequence_length=past + future, sequence_stride=2, batch_size=None
)


def cut(window):
    return window[:past], window[past:]


train, validation = keras.utils.split_dataset(windows.map(cut), left_size=0.8)
train = train.shuffle(1000, seed=1).batch(32).prefetch(1)
validation = validation.batch(32)

inputs = keras.Input((past, 1))
x = normalizer(inputs)
x = keras.layers.GRU(24)(x)
x = keras.layers.RepeatVector(future)(x)
x = keras.layers.GRU(24, return_sequences=True)(x)
outputs = keras.layers.TimeDistributed(keras.layers.Dense(1))(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.02, 50, 0.8)),
    loss=keras.losses.Huber(),
    metrics=[keras.metrics.MeanAbsoluteError(name="mae")],
)
model.fit(train, validation_data=validation, epochs=6, verbose=0)
scores = model.evaluate(validation, verbose=0, return_dict=True)
print(f"error per step: {scores['mae']:.3f}; cardinality: {int(train.cardinality())}")
result = scores["mae"] < 4.0 and model.predict(series[None, :past], verbose=0).shape == (
    1,
    future,
    1,
)
