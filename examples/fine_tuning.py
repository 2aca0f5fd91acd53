"""A small MobileNet learns the digits 0 to 4; what it has learnt is put to use for 5 to 9.

python examples/fine_tuning.py
"""

import tempfile
from pathlib import Path

import numpy as np

import lamina
from lamina import layers
from lamina.applications import mobilenet
from lamina.datasets import digits


def images_and_labels(part, classes):
    """The digits among `classes`, 8 x 8, as colour images of 32 x 32."""
    images, labels = part
    chosen = np.isin(labels, classes)
    images = np.kron(images[chosen], np.ones((4, 4)))[..., None].repeat(3, axis=-1)
    return mobilenet.preprocess_input(images * (255 / 16)), labels[chosen] - classes[0]


def features(weights=None):
    """MobileNet without its head: 256 numbers for an image of at least 32 x 32."""
    size = {"input_shape": (32, 32, 3), "alpha": 0.25}
    network = mobilenet.MobileNet(weights=weights, include_top=False, pooling="avg", **size)
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.8  # averages keep up with a training as short as this one
    return network


def classifier(network, rate):
    model = lamina.Sequential([network, layers.Dense(5, activation="softmax")])
    model.compile(
        lamina.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def main(epochs=12, verbose=1):
    lamina.utils.set_random_seed(0)
    train, test = digits.load_data()
    first, second = [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]

    network = features()
    model = classifier(network, 3e-3)
    model.fit(*images_and_labels(train, first), batch_size=64, epochs=epochs, verbose=verbose)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "digits.weights.h5")
        network.save_weights(file)
        network = features(weights=file)  # or "imagenet"
    network.trainable = False
    model = classifier(network, 1e-2)
    model.fit(*images_and_labels(train, second), batch_size=64, epochs=2 * epochs, verbose=verbose)
    head = model.evaluate(*images_and_labels(test, second), verbose=0)[1]

    network.trainable = True  # now all of it, in small steps
    model = classifier(network, 3e-4)
    model.fit(*images_and_labels(train, second), batch_size=64, epochs=epochs // 2, verbose=verbose)
    tuned = model.evaluate(*images_and_labels(test, second), verbose=0)[1]
    print(f"test accuracy on 5 ... 9: {head:.3f} with a new head, {tuned:.3f} after fine-tuning")
    return head, tuned


if __name__ == "__main__":
    main()
