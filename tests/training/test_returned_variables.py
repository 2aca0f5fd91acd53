"""What a layer, a step or a metric returns may be a Variable: it is read where it is returned."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops

X, Y = np.ones((37, 3), "float32"), np.ones((37, 1), "float32")


class Rows(lamina.metrics.Metric):
    """Counts rows, and returns the counter itself."""

    def __init__(self, name="rows"):
        super().__init__(name=name)
        self.count = self.add_weight((), initializer="zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(ops.cast(ops.shape(y_true)[0], "float32"))

    def result(self):
        return self.count


class Steps(lamina.Model):
    """Counts its steps, and returns the counter from each of them."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)
        self.count = self.add_weight((), initializer="zeros", name="count", trainable=False)

    def call(self, inputs):
        return self.dense(inputs)

    def train_step(self, data):
        self.count.assign_add(1.0)
        return {"loss": self.count, "twice": 2 * self.count}

    def test_step(self, data):
        return self.train_step(data)

    def predict_step(self, data):
        self.count.assign_add(1.0)
        return ops.zeros((5, 1)) + self.count, self.count


class Weight(layers.Layer):
    def build(self, input_shape):
        self.weight = self.add_weight((input_shape[-1], 2), initializer="ones")

    def call(self, inputs):
        return {"product": ops.matmul(inputs, self.weight), "weight": self.weight}


@pytest.fixture
def counted(trains):
    model = lamina.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Rows()])
    return model


def test_a_metric_may_return_its_weight(counted):
    assert counted.fit(X, Y, batch_size=8, epochs=2, verbose=0).history["rows"] == [37, 37]
    assert counted.evaluate(X, Y, batch_size=8, verbose=0)[1] == 37
    counted.reset_metrics()
    assert counted.test_on_batch(X[:5], Y[:5])[1] == 5


def test_a_step_may_return_a_weight(trains):
    model = Steps()
    model.compile("sgd", "mse")
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
    assert history == {"loss": [5, 10], "twice": [10, 20]}
    assert model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)["twice"] == 30
    outputs, count = model.predict(X[:5], batch_size=5, verbose=0)
    assert count == 16 and outputs[0, 0] == 16


def test_a_layer_may_return_its_weight(engine):
    symbolic = Weight()(lamina.Input((3,)))
    assert symbolic["weight"].shape == (3, 2) and symbolic["product"].shape == (None, 2)
    outputs = Weight()(X)
    assert isinstance(outputs["weight"], engine.array_types)
    assert isinstance(outputs["product"], engine.array_types)


def test_a_layer_returns_its_weight_in_the_compute_dtype(engine):
    outputs = Weight(dtype="mixed_bfloat16")(X)
    assert {engine.dtype(x) for x in outputs.values()} == {"bfloat16"}


def test_a_pure_metric_returns_a_value(engine):
    assert isinstance(Rows().stateless_result([3.0]), engine.array_types)
