"""What training changes: frozen and thawed weights, averages, draws."""

from __future__ import annotations

import numpy as np

import lamina
from lamina import layers, models, ops, optimizers
from tests.training.nets import (
    Seen,
    assert_same_weights,
    draw,
    labels,
    mlp,
    weights_differ,
)


def test_freezing_after_compile_holds_the_weights_and_thawing_lets_them_go(trains):
    x, y = draw((40, 4)), labels(40)
    model = mlp()
    model.compile("adam", "sparse_categorical_crossentropy")
    hidden = model.get_layer("hidden")
    model.fit(x, y, verbose=0)
    before = model.get_weights()
    hidden.trainable = False
    model.fit(x, y, epochs=2, verbose=0)
    model.train_on_batch(x, y)
    after = model.get_weights()
    assert_same_weights(before[:2], after[:2])
    assert weights_differ(before[2:], after[2:])
    hidden.trainable = True
    model.fit(x, y, verbose=0)
    assert weights_differ(after[:2], model.get_weights()[:2])
    assert int(model.optimizer.iterations) == 9


def test_thawing_a_layer_that_was_frozen_at_first(trains):
    x, y = draw((40, 4)), labels(40)
    model = mlp()
    model.layers[0].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    before = model.get_weights()
    model.layers[0].trainable = True
    model.fit(x, y, verbose=0)
    assert weights_differ(before[:2], model.get_weights()[:2])


def test_dropout_and_batch_normalization(trains):
    x, y = draw((60, 4)) * 3 + 5, labels(60)
    model = models.Sequential(
        [
            layers.Input((4,)),
            layers.BatchNormalization(momentum=0.5),
            layers.Dense(8),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    norm = model.layers[0]
    model.fit(x, y, epochs=6, batch_size=20, verbose=0)
    np.testing.assert_allclose(ops.convert_to_numpy(norm.moving_mean), x.mean(0), rtol=0.3)
    assert_same_weights([model.predict(x, verbose=0)], [model.predict(x, verbose=0)])  # no dropout
    moved = norm.get_weights()[2:]
    model.evaluate(x, y, verbose=0)
    assert_same_weights(moved, norm.get_weights()[2:])  # evaluation moves no average


def test_dropout_draws_anew_in_every_step_and_again_by_seed(trains):
    class Kept(models.Model):
        def __init__(self):
            super().__init__()
            self.drop = layers.Dropout(0.5)
            self.w = self.add_weight((), initializer="ones")

        def call(self, x):
            return self.drop(x) * self.w

    def losses_of_batches():
        lamina.utils.set_random_seed(11)
        model, seen = Kept(), Seen()
        model.compile(optimizers.SGD(0.0), lambda y, p: ops.mean(p, -1))
        model.fit(
            np.ones((40, 50), "float32"),
            np.ones((40, 50), "float32"),
            batch_size=4,
            verbose=0,
            callbacks=[seen],
        )
        found = np.array([logs["loss"] for logs in seen.batches]) * np.arange(1, 11)
        return np.diff(found, prepend=0)

    first = losses_of_batches()
    assert len(set(np.round(first, 4))) > 5
    np.testing.assert_array_equal(first, losses_of_batches())
