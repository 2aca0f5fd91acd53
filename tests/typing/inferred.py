"""What a type checker infers of everyday calls."""

from typing import assert_type

import numpy as np

import lamina
from lamina import layers
from lamina.callbacks import History

x, y = np.zeros((8, 4), "float32"), np.zeros((8, 1), "float32")
model = lamina.Sequential([layers.Dense(1)])
assert_type(layers.Dense(3), layers.Dense)
assert_type(layers.Conv2D(3, 3), layers.Conv2D)
assert_type(layers.LSTM(3), layers.LSTM)
assert_type(model, lamina.Sequential)
assert_type(lamina.Model(model.inputs, model.outputs), lamina.Model)
assert_type(model.fit(x, y), History)
assert_type(model.predict(x), np.ndarray)
