"""Augmentation as the first part of a model: it is at work while the model learns, and at rest afterwards."""

import keras
import numpy as np
from keras import layers

from tests.programs.images.shapes import load_data

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = load_data()

data_augmentation = keras.Sequential(
    [
        layers.RandomFlip("horizontal_and_vertical"),
        layers.RandomRotation(0.05),
        layers.RandomZoom(0.1),
    ],
    name="augmentation",
)

inputs = keras.Input(shape=(16, 16, 3))
x = data_augmentation(inputs)
x = layers.Rescaling(1.0 / 255)(x)
for filters in (16, 32):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
x = layers.Flatten()(x)
outputs = layers.Dense(3, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=32, epochs=10, verbose=0)

accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
once, again = (model.predict(x_test[:8], verbose=0) for _ in range(2))
first, second = (
    keras.ops.convert_to_numpy(data_augmentation(x_test[:8], training=True)) for _ in range(2)
)
print("accuracy", accuracy)
result = accuracy > 0.8 and np.array_equal(once, again) and not np.array_equal(first, second)
