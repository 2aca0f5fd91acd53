"""The order of the samples: shuffled or not, in whole batches, the same for one seed."""

from __future__ import annotations

import numpy as np

import lamina
from lamina import models, optimizers


class Order(models.Model):
    """Its loss is the mean of its input, so that logs tell which samples came."""

    def __init__(self):
        super().__init__()
        self.w = self.add_weight((), initializer="ones", name="w")

    def call(self, x):
        return x * self.w


def order(shuffle, n=12, size=4, epochs=2):
    lamina.utils.set_random_seed(7)
    seen, model = [], Order()

    def see(y, p):
        return p

    class Note(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch, logs):
            seen.append(logs["loss"] * (batch + 1))

    model.compile(optimizers.SGD(0.0), see)
    x = np.arange(1.0, n + 1, dtype="float32")[:, None]
    model.fit(x, x, batch_size=size, epochs=epochs, shuffle=shuffle, verbose=0, callbacks=[Note()])
    return np.round(np.array(seen).reshape(epochs, -1), 3)


def test_no_shuffling_keeps_the_order(trains):
    np.testing.assert_allclose(order(False)[0], [2.5, 9.0, 19.5 + 0.0], rtol=0.2)
    np.testing.assert_array_equal(order(False)[0], order(False)[1])


def test_shuffling_is_new_each_epoch_and_the_same_by_seed(trains):
    found = order(True, n=64)
    assert np.any(found[0] != found[1])
    np.testing.assert_array_equal(found, order(True, n=64))
    with lamina.config.using_backend("jax"):
        np.testing.assert_allclose(found, order(True, n=64), rtol=1e-5)


def test_shuffling_batches_keeps_them_whole(trains):
    # Sums of four numbers in a row are 4k + 10 for the batch that begins at k.
    found = order("batch", n=16, epochs=3)
    means = np.diff(found, axis=1, prepend=0)
    assert all(sorted(np.round(row, 1)) == [2.5, 6.5, 10.5, 14.5] for row in means)
