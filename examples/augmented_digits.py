"""Few digits, varied anew in each epoch: what augmentation in the model brings, on digits that stand askew.

python examples/augmented_digits.py
"""

import lamina
from lamina import layers
from lamina.datasets import digits


def augmentation():
    """Turn, shift and zoom: neighbours in a pipeline read each image once."""
    return layers.Pipeline(
        [
            layers.RandomRotation(0.08, fill_mode="constant", seed=1),
            layers.RandomTranslation(0.15, 0.15, fill_mode="constant", seed=2),
            layers.RandomZoom(0.15, fill_mode="constant", seed=3),
        ]
    )


def network(*first):
    return lamina.Sequential(
        [
            lamina.Input((8, 8, 1)),
            *first,
            layers.Rescaling(1 / 16),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def main(epochs=40, count=300, verbose=1):
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, y_train = x_train[:count], y_train[:count]
    x_train, x_test = (x[..., None].astype("float32") for x in (x_train, x_test))
    lamina.utils.set_random_seed(0)
    askew = lamina.ops.convert_to_numpy(
        augmentation()(x_test, training=True)
    )  # nobody writes quite upright

    accuracies = {}
    for name, first in (("without", []), ("with", [augmentation()])):
        lamina.utils.set_random_seed(0)
        model = network(*first)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x_train, y_train, batch_size=32, epochs=epochs, verbose=verbose)
        upright, turned = (model.evaluate(x, y_test, verbose=0)[1] for x in (x_test, askew))
        accuracies[name] = turned
        print(f"{name} augmentation: {upright:.3f} of new digits, {turned:.3f} of those askew")
    print(f"augmentation brings {100 * (accuracies['with'] - accuracies['without']):.1f} points")
    return accuracies["without"], accuracies["with"]


if __name__ == "__main__":
    main()
