"""MixUp and CutMix over batches: two images become one, and so do their labels."""

import pathlib
import tempfile

import keras
import numpy as np
from keras import layers

from tests.programs.images import shapes

keras.utils.set_random_seed(4)
folder = pathlib.Path(tempfile.mkdtemp())
shapes.write(
    folder, 480, seed=5, save=lambda path, image: keras.utils.save_img(path, image, scale=False)
)
train = keras.utils.image_dataset_from_directory(
    folder, label_mode="categorical", image_size=(16, 16), seed=1, verbose=False
)

mix_up = layers.MixUp(alpha=0.2, seed=1)
cut_mix = layers.CutMix(factor=0.5, seed=2)


def to_dict(images, labels):
    return {"images": images, "labels": labels}


def to_tuple(samples):
    return samples["images"] / 255.0, samples["labels"]


mixed = train.map(to_dict).map(mix_up).map(cut_mix).map(to_tuple)
labels = np.concatenate([np.array(y) for _, y in mixed])
shares = np.sum(labels, axis=-1)
soft = np.mean(np.max(labels, axis=-1) < 0.99)

model = keras.Sequential(
    [
        keras.Input((16, 16, 3)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    metrics=["accuracy"],
)
model.fit(mixed, epochs=10, verbose=0)
x_test, y_test, *_ = shapes.make(150, 2)
accuracy = model.evaluate(x_test / 255, np.eye(3)[y_test], verbose=0)[1]
print("accuracy", accuracy, "mixed", soft)
result = accuracy > 0.8 and soft > 0.2 and np.allclose(shares, 1, atol=1e-5)
