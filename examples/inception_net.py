"""Inception blocks read handwritten digits: several looks at one place, side by side.

python examples/inception_net.py
"""

import lamina
from lamina import layers
from lamina.datasets import digits


def inception(x, filters):
    """Convolve with windows of three sizes, pool, and join the results."""
    point = layers.Conv2D(filters, 1, activation="relu")(x)
    near = layers.Conv2D(filters, 1, activation="relu")(x)
    near = layers.Conv2D(filters, 3, padding="same", activation="relu")(near)
    far = layers.Conv2D(filters // 2, 1, activation="relu")(x)
    far = layers.Conv2D(filters // 2, 5, padding="same", activation="relu")(far)
    strongest = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    strongest = layers.Conv2D(filters // 2, 1, activation="relu")(strongest)
    return layers.Concatenate()([point, near, far, strongest])


def network():
    image = layers.Input((8, 8, 1))
    x = inception(image, 16)
    x = layers.Add()([inception(x, 16), x])  # and a residual connection around the second block
    x = layers.GlobalAveragePooling2D()(layers.MaxPooling2D(2)(inception(x, 32)))
    return lamina.Model(image, layers.Dense(10, activation="softmax")(x))


def main(epochs=15, verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = x_train[..., None] / 16.0, x_test[..., None] / 16.0
    model = network()
    model.compile(
        lamina.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(x_train, y_train, epochs=epochs, verbose=verbose)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{len(model.layers)} layers, test accuracy {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    main()
