"""A policy drawn anew for each image, and parts of it erased, in a pipeline before training."""

import keras
import numpy as np
from keras import layers

from tests.programs.images.shapes import load_data

keras.utils.set_random_seed(3)
(x_train, y_train), (x_test, y_test) = load_data()

augmenter = layers.Pipeline(
    [
        layers.RandAugment(value_range=(0, 255), num_ops=1, factor=0.3, seed=1),
        layers.RandomErasing(factor=0.5, scale=(0.02, 0.05), value_range=(0, 255), seed=2),
    ]
)
copies = [keras.ops.convert_to_numpy(augmenter(x_train, training=True)) for _ in range(2)]
x_more = np.concatenate([x_train, *copies])
y_more = np.concatenate([y_train] * 3)
everything_is_in_range = x_more.min() >= 0 and x_more.max() <= 255

model = keras.Sequential()
model.add(keras.Input((16, 16, 3)))
model.add(layers.Rescaling(1 / 255))
for filters in (16, 32):
    model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dense(3))
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
)
model.fit(x_more, y_more, batch_size=64, epochs=6, verbose=0)
accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
print("accuracy", accuracy)
result = accuracy > 0.8 and everything_is_in_range and not np.array_equal(*copies)
