"""Two branches, three outputs, three losses: one image in, its class, its ink and its parity out.

A network with one trunk answers a question of many classes (categorical crossentropy), one of two
(binary crossentropy) and one of amount (mean squared error). One scalar is minimized: their weighted sum.

    python examples/three_losses.py
"""

import numpy as np

import lamina
from lamina import layers
from lamina.datasets import digits

WEIGHTS = {"digit": 1.0, "odd": 0.5, "ink": 2.0}


def network():
    image = layers.Input((8, 8))
    flat = layers.Flatten()(image)
    # One branch sees shapes, the other one only how dark the rows are.
    shapes = layers.Dense(64, activation="relu")(flat)
    rows = layers.Dense(16, activation="relu")(lamina.ops.mean(image, axis=2))
    both = layers.Concatenate()([shapes, rows])
    return lamina.Model(
        image,
        {
            "digit": layers.Dense(10, activation="softmax", name="digit")(both),
            "odd": layers.Dense(1, activation="sigmoid", name="odd")(both),
            "ink": layers.Dense(1, name="ink")(rows),
        },
    )


def questions(images, labels):
    images = images.astype("float32") / 16
    answers = {
        "digit": lamina.utils.to_categorical(labels, 10),
        "odd": (labels % 2).astype("float32")[:, None],
        "ink": images.mean(axis=(1, 2), dtype="float32")[:, None],
    }
    return images, answers


def main(epochs=20, verbose=1):
    lamina.utils.set_random_seed(0)
    train, test = digits.load_data()
    model = network()
    model.compile(
        lamina.optimizers.Adam(0.003),
        loss={"digit": "categorical_crossentropy", "odd": "binary_crossentropy", "ink": "mse"},
        loss_weights=WEIGHTS,
        metrics={"digit": "accuracy", "odd": "accuracy", "ink": "mae"},
    )
    model.fit(*questions(*train), epochs=epochs, verbose=verbose)
    logs = model.evaluate(*questions(*test), verbose=0, return_dict=True)
    total = sum(weight * logs[f"{name}_loss"] for name, weight in WEIGHTS.items())
    print(f"loss {logs['loss']:.4f}, the weighted sum of its parts {total:.4f}")
    print(f"digit {logs['digit_accuracy']:.3f}, odd {logs['odd_accuracy']:.3f} right", end="; ")
    print(f"ink off by {logs['ink_mae']:.4f}")
    return np.array([logs["loss"], total, logs["digit_accuracy"], logs["odd_accuracy"]])


if __name__ == "__main__":
    main()
