"""Objects of Keras itself: values are taken in, all others are told from lamina's."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops

THEIRS = "is Keras' own: make it with lamina"


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


@pytest.mark.parametrize(
    "use",
    [
        lambda k: ops.add(k.Input((3,)), 1),
        lambda k: ops.stack([k.Input((3,)), k.Input((3,))]),
        lambda k: ops.map(lambda x: x, k.Input((3,))),
        lambda k: layers.Dense(2)(k.Input((3,))),
        lambda k: layers.Add()([lamina.Input((3,)), k.Input((3,))]),
        lambda k: lamina.Sequential([k.layers.Dense(2)]),
        lambda k: lamina.Sequential([k.layers.Dense]),
        lambda k: lamina.Model(k.Input((3,)), layers.Dense(2)(lamina.Input((3,)))),
        lambda k: layers.TimeDistributed(k.layers.Dense(2)),
        lambda k: lamina.Sequential([layers.Dense(1)]).compile(k.optimizers.Adam(), "mse"),
        lambda k: lamina.random.normal((2,), seed=k.random.SeedGenerator(1)),
        lambda k: fitted(callbacks=[k.callbacks.EarlyStopping("loss")]),
    ],
)
def test_what_is_keras_own_is_said_to_be(keras, use):
    with lamina.config.using_backend("jax"), pytest.raises((TypeError, ValueError), match=THEIRS):
        use(keras)


def fitted(**arguments):
    model = lamina.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, **arguments)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # of Keras' own __array__
def test_variables_of_keras_are_values(keras, engine):
    theirs = keras.Variable(np.ones((2, 3), "float32"))
    assert engine.to_numpy(ops.add(theirs, 1)).tolist() == [[2, 2, 2], [2, 2, 2]]
    assert lamina.Variable(theirs).shape == (2, 3)
