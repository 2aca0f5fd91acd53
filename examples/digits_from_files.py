"""Digits as PNG files in a folder for each class, read in batches while the network trains.

python examples/digits_from_files.py
"""

import pathlib
import tempfile

import lamina
from lamina import layers
from lamina.datasets import digits


def write_files(folder):
    """Write the bundled digits, 8x8 pixels, as `folder/seven/0012.png` and so on."""
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    (images, labels), _ = digits.load_data()
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = folder / names[label] / f"{number:04}.png"
        path.parent.mkdir(exist_ok=True)
        lamina.utils.save_img(path, image[..., None] * 15.0, scale=False)


def main(epochs=15, verbose=1):
    lamina.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory() as name:
        write_files(pathlib.Path(name))
        train, validation = lamina.utils.image_dataset_from_directory(
            name,
            color_mode="grayscale",
            image_size=(8, 8),
            batch_size=64,
            validation_split=0.2,
            subset="both",
            seed=1,
        )
        print("classes:", ", ".join(train.class_names))
        train, validation = train.cache(), validation.cache()  # files are read once

        model = lamina.Sequential(
            [
                lamina.Input((8, 8, 1)),
                layers.Rescaling(1 / 255),
                layers.Conv2D(16, 3, activation="relu"),
                layers.Conv2D(32, 3, activation="relu"),
                layers.Flatten(),
                layers.Dense(len(train.class_names), activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(train, epochs=epochs, validation_data=validation, verbose=verbose)
        _, accuracy = model.evaluate(validation, verbose=0)

        for images, labels in validation.take(1):
            best = model.predict(images[:5], verbose=0).argmax(axis=-1)
            for label, guess in zip(labels[:5], best, strict=True):
                print(f"a {train.class_names[label]} is read as {train.class_names[guess]}")
    print(f"accuracy on files that were held out: {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
