"""Estimate the pitch of sounds: a regression on magnitudes, with steps by hand (`train_on_batch`)."""

import keras
import numpy as np
from keras import ops

keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)
rate, length = 2000, 256
hertz = rng.uniform(100, 900, 512)
sounds = np.sin(2 * np.pi * hertz[:, None] * np.arange(length) / rate).astype("float32")
targets = (hertz / 1000).astype("float32")[:, None]


@keras.saving.register_keras_serializable(package="sounds")
class Magnitudes(keras.layers.Layer):
    def __init__(self, fft_length=128, **kwargs):
        super().__init__(**kwargs)
        self.fft_length = fft_length

    def call(self, inputs):
        real, imag = ops.stft(inputs, self.fft_length, self.fft_length // 2, self.fft_length)
        return ops.log(ops.sqrt(real**2 + imag**2) + 1e-3)

    def get_config(self):
        return {**super().get_config(), "fft_length": self.fft_length}


model = keras.Sequential(
    [
        keras.Input((length,)),
        Magnitudes(),
        keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(1),
    ]
)
model.compile(keras.optimizers.Adam(0.01), loss="mae")
train, test = keras.utils.split_dataset((sounds, targets), right_size=0.2, shuffle=True, seed=4)
train = train.batch(64)
for _ in range(30):
    for x, y in train:
        loss = model.train_on_batch(x, y)
error = model.evaluate(test.batch(64), verbose=0)
print(f"last loss {float(loss):.3f}; mean error {1000 * error:.0f} hertz")
result = error < 0.1
