"""Patients: a feature space learns from a data set, encodes it in the pipeline, and a network learns from that."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(1)
rng = np.random.default_rng(0)
patients = {
    "age": rng.integers(20, 80, 400).astype("float32"),
    "pressure": rng.normal(120, 15, 400).astype("float32"),
    "pain": rng.choice(["none", "typical", "atypical"], 400),
    "vessels": rng.integers(0, 4, 400),
}
ill = (patients["age"] > 50) & (patients["pain"] != "none")

FeatureSpace = keras.utils.FeatureSpace
space = FeatureSpace(
    features={
        "age": FeatureSpace.float_discretized(num_bins=8),
        "pressure": FeatureSpace.float_normalized(),
        "pain": FeatureSpace.string_categorical(),
        "vessels": FeatureSpace.integer_categorical(num_oov_indices=0),
    },
    crosses=[FeatureSpace.cross(("age", "pain"), crossing_dim=32)],
    output_mode="concat",
)
data = tf.data.Dataset.from_tensor_slices((patients, ill.astype("float32"))).batch(40)
space.adapt(data.map(lambda row, label: row))

encoded = space.get_encoded_features()
x = layers.Dense(16, activation="relu")(encoded)
x = layers.Dropout(0.1)(x)
model = keras.Model(encoded, layers.Dense(1, activation="sigmoid")(x))
model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
history = model.fit(data.map(lambda row, label: (space(row), label)), epochs=8, verbose=0)

whole = keras.Model(space.get_inputs(), model(encoded))
one = {"age": [[70.0]], "pressure": [[120.0]], "pain": [["typical"]], "vessels": [[1]]}
answer = whole.predict(
    {name: tf.convert_to_tensor(value) for name, value in one.items()}, verbose=0
)

result = history.history["accuracy"][-1] > 0.8 and answer.shape == (1, 1)
