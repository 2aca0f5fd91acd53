"""A convolutional network reads handwritten digits; its weights go to a file and come back.

python examples/convnet_digits.py
"""

import tempfile
from pathlib import Path

import numpy as np

import lamina
from lamina import layers
from lamina.datasets import digits


def network():
    images = layers.Input((8, 8, 1))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(images)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return lamina.Model(images, layers.Dense(10, activation="softmax")(x), name="convnet")


def main(epochs=15, verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 16 for x in (x_train, x_test))

    model = network()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, verbose=verbose)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "convnet.weights.h5")  # Keras reads this file, too
        model.save_weights(file)
        copy = network()
        copy.load_weights(file)
    same = np.array_equal(copy.predict(x_test, verbose=0), model.predict(x_test, verbose=0))
    print(f"test accuracy {accuracy:.4f}; the copy from the file predicts the same: {same}")
    return accuracy


if __name__ == "__main__":
    main()
