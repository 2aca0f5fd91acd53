"""A variational autoencoder learns the digits without labels; a layer adds its own loss.

python examples/variational_autoencoder.py
"""

import numpy as np

import lamina
from lamina import layers, ops
from lamina.datasets import digits


class Sampling(lamina.Layer):
    """Draw from the normal distribution that the encoder names, and charge its distance from N(0, 1)."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = lamina.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        mean, log_variance = ops.split(inputs, 2, axis=-1)
        distance = ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance
        self.add_loss(0.5 * ops.mean(ops.sum(distance, axis=-1)) / 64)  # per pixel
        if not training:
            return mean
        noise = lamina.random.normal(mean.shape, seed=self.generator)
        return mean + ops.exp(0.5 * log_variance) * noise


def network(latent):
    image = layers.Input((64,))
    x = layers.Dense(64, activation="relu")(image)
    z = Sampling(seed=1, name="sampling")(layers.Dense(2 * latent)(x))
    decoder = lamina.Sequential(
        [
            layers.Input((latent,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="sigmoid"),
        ],
        name="decoder",
    )
    return lamina.Model(image, decoder(z))


def main(epochs=30, verbose=1, latent=6):
    lamina.utils.set_random_seed(0)
    (x_train, _), (x_test, _) = digits.load_data()
    x_train, x_test = (x.reshape(-1, 64).astype("float32") / 16 for x in (x_train, x_test))
    model = network(latent)
    model.compile(lamina.optimizers.Adam(0.003), "binary_crossentropy")
    history = model.fit(x_train, x_train, epochs=epochs, verbose=verbose).history["loss"]
    error = np.mean((model.predict(x_test, verbose=0) - x_test) ** 2)
    plain = np.mean((x_train.mean(axis=0) - x_test) ** 2)
    drawn = model.get_layer("decoder")(lamina.random.normal((5, latent), seed=2))
    print(f"loss {history[0]:.4f} -> {history[-1]:.4f}, the distance from N(0, 1) included")
    print(
        f"squared error {error:.4f}, of the mean image {plain:.4f}; new images {tuple(drawn.shape)}"
    )
    return history, error, plain


if __name__ == "__main__":
    main()
