"""Cars: columns as a dict, so that each goes its own way; categories get embeddings."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(4)
rng = np.random.default_rng(0)
makers = rng.choice(["a", "b", "c", "d"], 400)
years = rng.integers(1990, 2020, 400)
power = rng.normal(100, 30, 400).astype("float32")
thirst = (0.05 * power + 2.0 * (makers == "d") + 0.1 * (2020 - years)).astype("float32")

FeatureSpace = keras.utils.FeatureSpace
space = FeatureSpace(
    features={
        "maker": FeatureSpace.string_categorical(output_mode="int"),
        "year": FeatureSpace.feature(
            "float32", layers.Rescaling(1 / 30, offset=-1990 / 30), output_mode="float"
        ),
        "power": "float_normalized",
    },
    output_mode="dict",
)
table = {"maker": makers, "year": years.astype("float32"), "power": power}
space.adapt(tf.data.Dataset.from_tensor_slices(table))

parts = space.get_encoded_features()
maker = layers.Flatten()(layers.Embedding(6, 3)(parts["maker"]))
x = layers.Concatenate()([maker, parts["year"], parts["power"]])
x = layers.Dense(16, activation="relu")(x)
model = keras.Model(parts, layers.Dense(1)(x))
model.compile(keras.optimizers.Adam(0.02), "mse")
encoded = {name: np.asarray(part) for name, part in space(table).items()}
history = model.fit(encoded, thirst, epochs=12, verbose=0)

result = history.history["loss"][-1] < 0.5 * np.var(thirst)
