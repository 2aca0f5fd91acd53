"""Steps that a model writes itself."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, models, ops, optimizers
from tests.training.nets import (
    dense,
    draw,
    numpy_mse,
)


def test_a_train_step_written_once(trains):
    from lamina.autodiff import value_and_grad

    class Own(models.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3, name="out")

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, y = data
            variables = self.trainable_variables
            loss, grads = value_and_grad(
                lambda: ops.mean((self(x, training=True) - y) ** 2), variables=variables
            )()
            self.optimizer.apply(grads, variables)
            return {"my_loss": loss}

    x, y = draw((40, 4)), draw((40, 3))
    lamina.utils.set_random_seed(8)
    own, plain = Own(), dense()
    own(x)
    plain.set_weights(own.get_weights())
    for model, loss in ((own, None), (plain, "mse")):
        model.compile("sgd", loss)
        logs = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
        assert list(logs) == ["loss" if loss else "my_loss"]
    for one, other in zip(own.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_predict_step_gets_its_batch_as_keras_gives_it(backend):
    class Own(models.Model):
        def call(self, x):
            return sum(x) if isinstance(x, list) else x * 1.0

        def predict_step(self, data):
            got.append(type(data))
            return self(data[0] if isinstance(data, tuple) else data)

    got, x = [], draw((5, 3))
    np.testing.assert_allclose(Own().predict(x, verbose=0), x)
    np.testing.assert_allclose(Own().predict([x, x], batch_size=2, verbose=0), 2 * x, rtol=1e-6)
    assert tuple in got and got[0] is not tuple


def test_the_compiled_loss_in_a_loop_of_ones_own(trains):
    model, x, y = dense(), draw((8, 4)), draw((8, 3))
    model.compile("sgd", "mse")  # and no `fit`
    p = model(x)
    assert float(model.compute_loss(x, y, p)) == pytest.approx(
        np.mean(numpy_mse(y, ops.convert_to_numpy(p))), rel=1e-5
    )
    assert model.evaluate(x, y, verbose=0) > 0


def test_compute_loss_of_ones_own(trains):
    class Own(models.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return ops.mean(ops.abs(y - y_pred))

    model, x, y = Own(), draw((40, 4)), draw((40, 3))
    model.compile(optimizers.SGD(0.0))
    expected = np.abs(y - model.predict(x, verbose=0)).mean()
    assert model.fit(x, y, verbose=0).history["loss"][0] == pytest.approx(expected, rel=1e-5)
