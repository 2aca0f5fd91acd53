"""Recurrent layers: states, cells of one's own, and what happens within the loop."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.core.scope import StatelessScope
from tests.layers.checks import draw, raises_with


class Running(lamina.Layer):
    """The simplest cell: a running sum through a matrix."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")

    def call(self, inputs, states):
        total = states[0] + ops.matmul(inputs, self.kernel)
        return total, [total]


class Noisy(lamina.Layer):
    """A cell with dropout in it: a step draws."""

    state_size = 3

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dropout = layers.Dropout(0.5, seed=1)

    def call(self, inputs, states):
        return self.dropout(inputs), [states[0]]


class Plain:
    """A cell that is not a layer."""

    state_size = (3,)

    def call(self, inputs, states):
        return inputs + states[0], [inputs]


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("unroll", [False, True])
def test_a_cell_of_ones_own(unroll, engine):
    x = draw((2, 5, 3))
    layer = layers.RNN(Running(4), return_sequences=True, unroll=unroll)
    y = numpy(layer(x))
    wanted = np.cumsum(x @ layer.cell.kernel.numpy(), axis=1)
    np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)
    assert [v.path for v in layer.weights] == [f"{layer.name}/{layer.cell.name}/kernel"]


def test_a_cell_that_is_no_layer(engine):
    x = draw((2, 5, 3))
    y = layers.RNN(Plain())(x)
    np.testing.assert_allclose(numpy(y), x[:, -1] + x[:, -2], rtol=1e-6)


def test_a_step_may_draw(engine):
    layer = layers.RNN(Noisy(), return_sequences=True)
    x = np.ones((1, 40, 3), "float32")
    y = numpy(layer(x, training=True))
    assert set(np.unique(y)) == {0.0, 2.0}
    assert len({tuple(row) for row in y[0]}) > 1  # each step draws anew
    assert not np.array_equal(y, numpy(layer(x, training=True)))


def test_initial_state_goes_on_where_another_call_ended(engine):
    x = draw((2, 6, 3))
    layer = layers.LSTM(4, return_state=True)
    whole = layer(x)
    _, h, c = layer(x[:, :3])
    halves = layer(x[:, 3:], initial_state=[h, c])
    for one, other in zip(whole, halves, strict=True):
        np.testing.assert_allclose(numpy(one), numpy(other), rtol=1e-5, atol=1e-6)


def test_initial_state_may_be_symbolic():
    x, h, c = lamina.Input((5, 3)), lamina.Input((4,)), lamina.Input((4,))
    y = layers.LSTM(4, return_state=True)(x, initial_state=[h, c])
    assert [t.shape for t in y] == [(None, 4)] * 3


def test_a_stateful_layer_remembers_until_it_is_reset(engine):
    x = draw((2, 6, 3))
    layer, plain = layers.LSTM(4, stateful=True), layers.LSTM(4)
    plain.build(x.shape)
    layer.build(x.shape)
    layer.set_weights(plain.get_weights())
    layer(x[:, :3])
    np.testing.assert_allclose(numpy(layer(x[:, 3:])), numpy(plain(x)), rtol=1e-5, atol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(numpy(layer(x)), numpy(plain(x)), rtol=1e-5, atol=1e-6)
    assert len(layer.weights) == 3 and len(layer.non_trainable_variables) == 2


def test_a_stateful_layer_trains_on_batches_of_its_size(trains):
    layer = layers.SimpleRNN(2, stateful=True)
    model = lamina.Sequential([lamina.Input(batch_shape=(2, 3, 3)), layer])
    model.compile(lamina.optimizers.SGD(0.0), "mse")
    x, y = draw((4, 3, 3)), draw((4, 2))
    whole = numpy(layer(np.reshape(x, (2, 6, 3))))
    layer.reset_state()
    model.fit(x[[0, 2, 1, 3]], y, batch_size=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(layer.states[0].numpy(), whole, rtol=1e-5, atol=1e-6)
    with raises_with(ValueError, "stateful", "each of 2 samples", "of [4]", "batch_size=2"):
        model.fit(x, y, verbose=0)
    with raises_with(ValueError, "stateful", "each of the 2 samples", "has 4", "batch_size=2"):
        model.predict(x, verbose=0)


def test_stateful_needs_a_batch_size():
    with raises_with(ValueError, "stateful", "batch size"):
        layers.LSTM(4, stateful=True)(lamina.Input((5, 3)))

    class Own(lamina.Model):
        def __init__(self):
            super().__init__()
            self.lstm = layers.LSTM(4, stateful=True)

        def call(self, x):
            return self.lstm(x)

    with raises_with(ValueError, "stateful", "batch size", "on one batch before fit"):
        Own()(lamina.Input((5, 3)))


def test_dropout_draws_once_for_a_sequence(engine):
    layer = layers.LSTM(4, dropout=0.5, recurrent_dropout=0.5, seed=1)
    x = draw((2, 5, 3))
    first, second = numpy(layer(x, training=True)), numpy(layer(x, training=True))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(numpy(layer(x)), numpy(layer(x)))


def test_a_sequence_without_steps_gives_zeros(engine):
    assert not numpy(layers.LSTM(4)(np.zeros((2, 0, 3), "float32"))).any()


def test_a_cell_called_by_itself_is_one_step(engine):
    x = draw((2, 3))
    cell = layers.LSTMCell(4)
    h, states = cell(x, cell.get_initial_state(2))
    layer = layers.RNN(cell)
    np.testing.assert_allclose(numpy(layer(x[:, None])), numpy(h), rtol=1e-5, atol=1e-6)
    assert len(states) == 2


def test_forget_gates_begin_open():
    cell = layers.LSTMCell(2)
    cell.build((None, 3))
    assert cell.bias.numpy().tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_long_gradients_are_finite(engine):
    if "differentiates" not in engine.capabilities:
        pytest.skip("no gradients on this engine")
    layer = layers.LSTM(4)
    x = draw((2, 50, 3))
    layer(x)
    weights = layer.trainable_variables

    def loss(values):
        with StatelessScope(zip(weights, values, strict=True)):
            return ops.sum(layer(x)), None

    _, gradients = engine.value_and_grad(loss)([v.value for v in weights])
    assert all(np.isfinite(numpy(g)).all() for g in gradients)


def test_wrong_use_is_explained():
    with raises_with(ValueError, "cell", "state_size"):
        layers.RNN(layers.Dense(3))
    with raises_with(ValueError, "units", "-1"):
        layers.LSTM(-1)
    with raises_with(ValueError, "dropout", "1.5"):
        layers.LSTM(3, dropout=1.5)
    with raises_with(ValueError, "lstm", "3 axes", "(2, 3)"):
        layers.LSTM(3)(draw((2, 3)))
    with raises_with(ValueError, "2 states", "holds 1"):
        layers.LSTM(3)(draw((2, 5, 3)), initial_state=[draw((2, 3))])
