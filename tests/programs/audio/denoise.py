"""Take noise out of sounds: a network masks frequencies; the loss is that of the samples."""

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)
length, frame = 512, 64
phases, tones = rng.uniform(0, 6, (160, 1)), rng.uniform(0.05, 0.4, (160, 1))
clean = np.sin(phases + tones * np.arange(length)).astype("float32")
noisy = (clean + rng.normal(0, 0.5, clean.shape)).astype("float32")


class Denoiser(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Conv1D(48, 3, padding="same", activation="relu")
        self.mask = layers.Dense(frame // 2 + 1, activation="sigmoid")

    def call(self, inputs):
        real, imag = ops.stft(inputs, frame, frame // 2, frame)
        mask = self.mask(self.hidden(ops.log(real**2 + imag**2 + 1e-4)))
        return ops.istft((real * mask, imag * mask), frame, frame // 2, frame, length=length)


model = Denoiser()
model.compile(optimizer=keras.optimizers.AdamW(0.01), loss=keras.losses.MeanSquaredError())
before = float(np.mean((noisy[128:] - clean[128:]) ** 2))
history = model.fit(
    noisy[:128],
    clean[:128],
    batch_size=16,
    epochs=8,
    validation_data=(noisy[128:], clean[128:]),
    verbose=0,
)
after = history.history["val_loss"][-1]
print(f"noise before {before:.3f}, after {after:.3f}")
result = after < 0.5 * before
