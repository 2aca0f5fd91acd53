"""A graph with branches: a shared layer, branches that are concatenated, two outputs, two losses.

Two digits are shown; the network names each of them (one tower reads both) and says their sum.

    python examples/two_branches.py
"""

import numpy as np

import lamina
from lamina import layers
from lamina.datasets import digits


def inception(x, filters):
    """Three looks at the same place: a point, its surroundings, the strongest of them."""
    point = layers.Conv2D(filters, 1, activation="relu")(x)
    around = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    strongest = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    strongest = layers.Conv2D(filters, 1, activation="relu")(strongest)
    return layers.Concatenate()([point, around, strongest])


def tower():
    image = layers.Input((8, 8, 1))
    x = layers.MaxPooling2D(2)(inception(image, 8))
    x = layers.Flatten()(inception(x, 8))
    return lamina.Model(image, layers.Dense(48, activation="relu")(x), name="tower")


def network():
    left, right = layers.Input((8, 8, 1), name="left"), layers.Input((8, 8, 1), name="right")
    read = tower()  # a model is a layer; called twice, its weights are shared
    left_read, right_read = read(left), read(right)
    digit = layers.Dense(10, activation="softmax", name="digit")(left_read)
    both = layers.Concatenate()([left_read, right_read])
    total = layers.Dense(1, name="total")(layers.Dense(64, activation="relu")(both))
    return lamina.Model({"left": left, "right": right}, {"digit": digit, "total": total})


def pairs(images, labels, seed):
    """Every digit on the left, with another one on the right."""
    images = images[..., None].astype("float32") / 16
    other = np.random.default_rng(seed).permutation(len(images))
    x = {"left": images, "right": images[other]}
    y = {"digit": labels, "total": (labels + labels[other]).astype("float32")[:, None]}
    return x, y


def main(epochs=20, verbose=1):
    lamina.utils.set_random_seed(0)
    train, test = digits.load_data()
    model = network()
    model.compile(
        optimizer=lamina.optimizers.Adam(0.002),
        loss={"digit": "sparse_categorical_crossentropy", "total": "mse"},
        loss_weights={"digit": 1.0, "total": 0.2},
        metrics={"digit": "accuracy", "total": "mae"},
    )
    model.fit(*pairs(*train, seed=1), epochs=epochs, verbose=verbose)
    logs = model.evaluate(*pairs(*test, seed=2), verbose=0, return_dict=True)
    parts = logs["digit_loss"] + 0.2 * logs["total_loss"]
    print(
        f"one loss {logs['loss']:.4f} = 1 x {logs['digit_loss']:.4f} + 0.2 x {logs['total_loss']:.4f}"
    )
    print(
        f"accuracy of the digit {logs['digit_accuracy']:.4f}, the sum is off by {logs['total_mae']:.2f}"
    )
    return logs["loss"], parts, logs["digit_accuracy"]


if __name__ == "__main__":
    main()
