"""A user's program with eleven mistakes, each on a line marked as wrong, for the type checker to find."""

import numpy as np

import lamina
from lamina import layers

x, y = np.zeros((8, 4), "float32"), np.zeros((8, 1), "float32")
layers.Dense(unit=32)  # wrong: the argument is `units`
layers.Dense("32")  # wrong: a string
layers.Dense()  # wrong: `units` is missing
layers.Conv2D(8, kernel_size=3, stride=2)  # wrong: the argument is `strides`
model = lamina.Sequential([layers.Dense(1)])
model.compil("sgd", "mse")  # wrong: misspelt
model.compile("sgd", "mse")
history = model.fit(x, y, epoch=3)  # wrong: the argument is `epochs`
history = model.fit(x, y, epochs="3")  # wrong: a string
print(history.hist["loss"])  # wrong: the attribute is `history`
prediction = model.predict(x)
print(prediction.shpe)  # wrong: misspelt
model.predict(x, batchsize=4)  # wrong: the argument is `batch_size`
layers.Dense(3).fit(x, y)  # wrong: a layer is not a model
