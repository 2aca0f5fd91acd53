"""Recognize recordings by the energy in bands of pitch, in a model that takes plain samples; save and load it."""

import pathlib
import sys
import tempfile

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(1)
options = {"label_mode": "categorical", "output_sequence_length": 1024, "batch_size": 8}
train_ds = keras.utils.audio_dataset_from_directory(
    sys.argv[1], validation_split=0.2, subset="training", seed=5, **options
)
val_ds = keras.utils.audio_dataset_from_directory(
    sys.argv[1], validation_split=0.2, subset="validation", seed=5, **options
)


def mono(audio, labels):
    return audio[:, :, 0], labels


train_ds, val_ds = train_ds.map(mono).cache().prefetch(1), val_ds.map(mono).cache()

inputs = keras.Input((1024,))
mels = layers.MelSpectrogram(
    fft_length=256, sequence_stride=64, num_mel_bins=24, sampling_rate=4000, min_freq=50
)(inputs)
x = layers.Permute((2, 1))(mels)
x = layers.Rescaling(1 / 40)(x)
x = layers.Conv1D(16, 3, activation="relu")(x)
x = layers.GlobalMaxPooling1D()(x)
outputs = layers.Dense(2, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.optimizer.learning_rate = 0.01
model.fit(train_ds, epochs=8, validation_data=val_ds, verbose=0)

path = pathlib.Path(tempfile.mkdtemp()) / "sounds.keras"
model.save(path)
again = keras.models.load_model(path)
_, accuracy = again.evaluate(val_ds, verbose=0)
print("accuracy", accuracy)
same = np.allclose(again.predict(val_ds, verbose=0), model.predict(val_ds, verbose=0), atol=1e-5)
result = accuracy > 0.8 and same
