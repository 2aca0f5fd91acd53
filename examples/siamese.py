"""A Siamese network: one model looks at two images, and says whether they show the same digit.

python examples/siamese.py
"""

import numpy as np

import lamina
from lamina import layers, ops
from lamina.datasets import digits


def eye():
    """The shared model: an image becomes a vector of length 1."""
    return lamina.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(32),
            layers.UnitNormalization(),
        ],
        name="eye",
    )


def network():
    left, right = layers.Input((8, 8, 1), name="left"), layers.Input((8, 8, 1), name="right")
    look = eye()
    distance = ops.sum(ops.square(look(left) - look(right)), axis=-1, keepdims=True)
    # Small distances mean "the same": the scale begins on that side of 0.
    same = layers.Dense(
        1, activation="sigmoid", kernel_initializer=lamina.initializers.Constant(-4.0)
    )
    return lamina.Model([left, right], same(distance))


def pairs(images, labels, count, seed):
    """Half of the pairs show the same digit, half show two different ones."""
    rng = np.random.default_rng(seed)
    images = images[..., None].astype("float32") / 16
    first = rng.integers(0, len(images), count)
    same = np.arange(count) % 2 == 0
    by_label = [np.flatnonzero(labels == label) for label in range(10)]
    wanted = np.where(same, labels[first], (labels[first] + rng.integers(1, 10, count)) % 10)
    second = np.array([rng.choice(by_label[label]) for label in wanted])
    return [images[first], images[second]], same.astype("float32")[:, None]


def main(epochs=8, verbose=1, count=6000):
    lamina.utils.set_random_seed(0)
    train, test = digits.load_data()
    model = network()
    model.compile(lamina.optimizers.Adam(0.002), "binary_crossentropy", metrics=["accuracy"])
    model.fit(*pairs(*train, count, seed=1), batch_size=64, epochs=epochs, verbose=verbose)
    _, accuracy = model.evaluate(*pairs(*test, 1000, seed=2), verbose=0)
    shared = model.get_layer("eye").count_params()
    print(f"same or not: {accuracy:.4f} right; {shared:,} weights serve both images")
    return accuracy


if __name__ == "__main__":
    main()
