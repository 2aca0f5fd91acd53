"""A bidirectional GRU tags sequences of different lengths; masks keep the padding out.

Each sequence is a row of handwritten digits. The tag of a digit is whether it is larger than both of
its neighbours, so a tagger must look in both directions.

    python examples/gru_tagger.py
"""

import numpy as np

import lamina
from lamina import layers
from lamina.datasets import digits

LONGEST = 9


def rows_of_digits(images, labels, count, seed):
    """Images (count, time, 64) and tags (count, time, 1), with zeros after each sequence's end."""
    rng = np.random.default_rng(seed)
    x = np.zeros((count, LONGEST, 64), "float32")
    y = np.zeros((count, LONGEST, 1), "float32")
    for i, length in enumerate(rng.integers(3, LONGEST + 1, count)):
        chosen = rng.integers(0, len(images), length)
        numbers = np.concatenate([[-1], labels[chosen], [-1]])
        x[i, :length] = images[chosen].reshape(length, 64) / 16
        y[i, :length, 0] = (numbers[1:-1] > numbers[:-2]) & (numbers[1:-1] > numbers[2:])
    return x, y


def network():
    pixels = layers.Input((None, 64))
    x = layers.Masking()(pixels)  # steps of zeros only do not count, from here to the loss
    x = layers.TimeDistributed(layers.Dense(32, activation="relu"))(x)
    x = layers.Bidirectional(layers.GRU(32, return_sequences=True))(x)
    return lamina.Model(pixels, layers.Dense(1, activation="sigmoid")(x))


def main(epochs=12, verbose=1, count=3000):
    lamina.utils.set_random_seed(0)
    train, test = digits.load_data()
    model = network()
    model.compile(
        lamina.optimizers.Adam(0.005), "binary_crossentropy", weighted_metrics=["accuracy"]
    )
    model.fit(*rows_of_digits(*train, count, seed=1), epochs=epochs, verbose=verbose)
    x, y = rows_of_digits(*test, 500, seed=2)
    _, accuracy = model.evaluate(x, y, verbose=0)
    counts = (x != 0).any(-1)
    found = (model.predict(x, verbose=0)[..., 0] > 0.5) == y[..., 0]
    print(f"tags right: {accuracy:.4f}, counted by hand {found[counts].mean():.4f}", end="; ")
    print(f"{counts.mean():.0%} of all steps count")
    return accuracy, found[counts].mean()


if __name__ == "__main__":
    main()
