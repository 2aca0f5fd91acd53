"""A model is saved, looked into, loaded, trained on, and shared.

python examples/saving_and_sharing.py                       # files in the folder `saved`
python examples/saving_and_sharing.py hf://me/digits        # and a copy on the Hugging Face Hub
"""

import sys
from pathlib import Path

import numpy as np

import lamina
from lamina import layers
from lamina.datasets import digits


@lamina.saving.register_keras_serializable(package="Example")
class Scale(layers.Layer):
    """A layer of one's own: registered, so that files can name it."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return lamina.ops.multiply(x, self.factor)


def network():
    return lamina.Sequential(
        [
            layers.Input((8, 8)),
            layers.Flatten(),
            Scale(1 / 16),
            layers.Dense(64, activation="relu", name="hidden"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )


def main(epochs=5, folder="saved", address=None, verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=epochs, verbose=verbose)

    Path(folder).mkdir(parents=True, exist_ok=True)
    file = Path(folder) / "digits.keras"
    model.save(file)  # Keras 3 reads it, too
    report = lamina.saving.inspect_model(file)  # looks, but builds nothing
    print(report)

    loaded = lamina.saving.load_model(file)
    same = np.array_equal(model.predict(x_test, verbose=0), loaded.predict(x_test, verbose=0))
    print(f"the loaded model predicts the same: {same}")

    # Both go on from where the file was written, and so with the same losses.
    losses = [
        each.fit(x_train, y_train, epochs=1, shuffle=False, verbose=0).history["loss"][0]
        for each in (model, loaded)
    ]
    print(f"the next epoch's losses: {losses}")
    print(lamina.saving.compare_files(file, _saved(loaded, Path(folder) / "later.keras")))

    if address is not None:
        loaded.save(address)  # with a card that tells of layers and training
        print(f"shared at {address}")
    accuracy = loaded.evaluate(x_test, y_test, verbose=0)[1]
    return accuracy, same, losses, report


def _saved(model, path):
    model.save(path)
    return path


if __name__ == "__main__":
    main(address=sys.argv[1] if len(sys.argv) > 1 else None)
