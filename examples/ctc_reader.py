"""A line reader with CTC: strips of handwritten digits become numbers, without being told where each is.

The strips are made of the bundled digits, three to five of them, with gaps of random width.

    python examples/ctc_reader.py
"""

import numpy as np

import lamina
from lamina import layers, ops
from lamina.datasets import digits

WIDTH, MOST = 56, 5


def strips(images, labels, count, seed):
    """Strips (count, WIDTH columns, 8 rows) and labels 1 to 10 (0 is CTC's blank), padded with 0."""
    rng = np.random.default_rng(seed)
    x = np.zeros((count, WIDTH, 8), "float32")
    y = np.zeros((count, MOST), "int32")
    for i, length in enumerate(rng.integers(3, MOST + 1, count)):
        column = 0
        for place, which in enumerate(rng.integers(0, len(images), length)):
            column += rng.integers(0, 3)
            x[i, column : column + 8] = images[which].T / 16
            y[i, place] = labels[which] + 1
            column += 8
    return x, y


def network():
    strip = layers.Input((WIDTH, 8))
    x = layers.Conv1D(48, 5, padding="same", activation="relu")(strip)
    x = layers.MaxPooling1D(2)(x)
    x = layers.Conv1D(64, 5, padding="same", activation="relu")(x)
    x = layers.Bidirectional(layers.GRU(48, return_sequences=True))(x)
    return lamina.Model(strip, layers.Dense(11)(x))  # logits: a blank and ten digits


def read(model, x):
    """The most likely labels of each strip, padded with 0."""
    logits = model.predict(x, verbose=0)
    lengths = np.full(len(x), logits.shape[1])
    (found,), _ = ops.ctc_decode(logits, lengths, strategy="greedy", mask_index=0)
    found = ops.convert_to_numpy(found)
    return np.pad(np.maximum(found, 0), ((0, 0), (0, MOST)))[:, :MOST]


def main(epochs=15, verbose=1, count=3000):
    lamina.utils.set_random_seed(0)
    train, test = digits.load_data()
    model = network()
    model.compile(lamina.optimizers.Adam(0.004), lamina.losses.CTC())
    x, y = strips(*train, count, seed=1)
    history = model.fit(x, y, batch_size=64, epochs=epochs, verbose=verbose).history["loss"]
    x, y = strips(*test, 300, seed=2)
    right = (read(model, x) == y).all(axis=1).mean()
    print(f"CTC loss {history[0]:.2f} -> {history[-1]:.2f}; whole strips read right: {right:.3f}")
    return history, right


if __name__ == "__main__":
    main()
