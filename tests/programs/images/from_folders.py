"""Images from a folder for each class, augmented in the data set's map; validation images stay as they are."""

import pathlib
import tempfile

import keras
from keras import layers

from tests.programs.images import shapes

keras.utils.set_random_seed(2)
folder = pathlib.Path(tempfile.mkdtemp())
shapes.write(
    folder, 480, seed=3, save=lambda path, image: keras.utils.save_img(path, image, scale=False)
)

train, validation = keras.utils.image_dataset_from_directory(
    folder, image_size=(16, 16), validation_split=0.25, subset="both", seed=1, verbose=False
)
class_names = train.class_names

augmentations = [
    layers.RandomFlip("horizontal"),
    layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
    layers.RandomBrightness(0.1),
    layers.RandomContrast(0.1, value_range=(0, 255)),
]


def augment(images, labels):
    for layer in augmentations:
        images = layer(images, training=True)
    return images, labels


model = keras.Sequential(
    [
        keras.Input((16, 16, 3)),
        layers.Rescaling(1.0 / 127.5, offset=-1),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(len(class_names), activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(train.map(augment), validation_data=validation, epochs=8, verbose=0)
accuracy = history.history["val_accuracy"][-1]
print("validation accuracy", accuracy)
result = class_names == ["cross", "disc", "frame"] and accuracy > 0.8
