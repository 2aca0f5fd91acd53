"""Two networks learn against each other, by one training step that every engine runs.

python examples/gan_digits.py
"""

import numpy as np

import lamina
from lamina import layers, ops
from lamina.datasets import digits


def forger(size):
    return lamina.Sequential(
        [
            layers.Input((size,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="sigmoid"),
        ],
        name="forger",
    )


def judge():
    return lamina.Sequential(
        [layers.Input((64,)), layers.Dense(64), layers.LeakyReLU(0.2), layers.Dense(1)],
        name="judge",
    )


class Gan(lamina.Model):
    """The judge learns to tell images (0) from forgeries (1), the forger to be taken for real."""

    def __init__(self, size=16):
        super().__init__()
        self.size = size
        self.forger, self.judge = forger(size), judge()
        self.forger_optimizer, self.judge_optimizer = (
            lamina.optimizers.Adam(0.001, beta_1=0.5) for _ in range(2)
        )
        self.wrongness = lamina.losses.BinaryCrossentropy(from_logits=True)
        self.seed = lamina.random.SeedGenerator(1)

    def call(self, noise):
        return self.forger(noise)

    def train_step(self, data):
        images = data[0] if isinstance(data, tuple) else data
        count = images.shape[0]
        noise = lamina.random.normal((count, self.size), seed=self.seed)
        real, forged = ops.zeros((count, 1)), ops.ones((count, 1))

        def judged():
            verdicts = self.judge(ops.concatenate([images, self.forger(noise)], axis=0))
            return self.wrongness(ops.concatenate([real, forged], axis=0), verdicts)

        def deceived():
            return self.wrongness(real, self.judge(self.forger(noise)))

        return {
            "judge": self.improve(self.judge, judged, self.judge_optimizer),
            "forger": self.improve(self.forger, deceived, self.forger_optimizer),
        }

    def improve(self, network, objective, optimizer):
        weights = network.trainable_variables
        loss, gradients = lamina.autodiff.value_and_grad(objective, variables=weights)()
        optimizer.apply(gradients, weights)
        return loss


def main(epochs=60, verbose=1):
    lamina.utils.set_random_seed(0)
    (images, _), _ = digits.load_data()
    images = images.reshape(-1, 64).astype("float32") / 16
    model = Gan()
    model.compile()
    history = model.fit(images, batch_size=64, epochs=epochs, verbose=verbose).history
    noise = np.random.default_rng(0).normal(size=(500, model.size)).astype("float32")
    forgeries = model.predict(noise, verbose=0)
    error = float(np.abs(forgeries.mean(axis=0) - images.mean(axis=0)).mean())
    print(f"judge {history['judge'][-1]:.3f}, forger {history['forger'][-1]:.3f}")
    print(f"mean image off by {error:.3f} a pixel")
    return history, error


if __name__ == "__main__":
    main()
