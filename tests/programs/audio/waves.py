"""Recognize recordings by their samples alone: residual blocks over time, samples of different lengths in a batch."""

import sys

import keras
from keras import layers

keras.utils.set_random_seed(2)
dataset = keras.utils.audio_dataset_from_directory(
    sys.argv[1], label_mode="binary", batch_size=16, seed=2
)


def residual_block(x, filters, conv_num=2, activation="relu"):
    shortcut = layers.Conv1D(filters, 1, padding="same")(x)
    for _ in range(conv_num - 1):
        x = layers.Conv1D(filters, 3, padding="same")(x)
        x = layers.Activation(activation)(x)
    x = layers.Conv1D(filters, 3, padding="same")(x)
    x = layers.Add()([x, shortcut])
    x = layers.Activation(activation)(x)
    return layers.MaxPool1D(pool_size=2, strides=2)(x)


inputs = layers.Input(shape=(None, 1), name="input")
x = residual_block(inputs, 8)
x = residual_block(x, 8)
x = layers.GlobalMaxPooling1D()(x)
outputs = layers.Dense(1, activation="sigmoid", name="output")(x)
model = keras.models.Model(inputs=inputs, outputs=outputs)
model.compile(
    optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy", metrics=["binary_accuracy"]
)
model.fit(dataset, epochs=4, verbose=0)
scores = {}
for audio, labels in dataset.take(2):
    print("a batch of", audio.shape)
    predicted = model.predict(audio, verbose=0)
    scores[int(audio.shape[1])] = float(((predicted > 0.5) == (labels.numpy() > 0.5)).mean())
print(scores)
result = model.evaluate(dataset, verbose=0)[1] > 0.8
