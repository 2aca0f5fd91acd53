"""A transformer reads a series: which of two pulses came first?"""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)
length = 24
x = rng.normal(0, 0.1, (600, length, 1)).astype("float32")
first, second = rng.integers(0, 10, 600), rng.integers(14, 24, 600)
y = rng.integers(0, 2, 600)
x[np.arange(600), first, 0] += np.where(y == 1, 2, -2)
x[np.arange(600), second, 0] += np.where(y == 1, -2, 2)


class Positions(layers.Layer):
    def build(self, input_shape):
        self.table = self.add_weight(
            shape=(input_shape[1], input_shape[2]), initializer="glorot_uniform", name="table"
        )

    def call(self, inputs):
        return inputs + self.table


def transformer_encoder(inputs, head_size, num_heads, ff_dim, dropout=0.0):
    x = layers.MultiHeadAttention(key_dim=head_size, num_heads=num_heads, dropout=dropout)(
        inputs, inputs
    )
    x = layers.Dropout(dropout)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    res = x + inputs
    x = layers.Conv1D(filters=ff_dim, kernel_size=1, activation="relu")(res)
    x = layers.Dropout(dropout)(x)
    x = layers.Conv1D(filters=inputs.shape[-1], kernel_size=1)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return x + res


inputs = keras.Input(shape=x.shape[1:])
z = Positions()(layers.Dense(16)(inputs))
for _ in range(1):
    z = transformer_encoder(z, head_size=8, num_heads=2, ff_dim=16, dropout=0.05)
z = layers.GlobalMaxPooling1D(data_format="channels_last")(z)
z = layers.Dense(16, activation="relu")(z)
outputs = layers.Dense(2, activation="softmax")(z)
model = keras.Model(inputs, outputs)
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.Adam(learning_rate=1e-2),
    metrics=["sparse_categorical_accuracy"],
)
windows, rest = keras.utils.split_dataset((x, y), left_size=500)
model.fit(windows.batch(50), epochs=16, validation_data=rest.batch(50), verbose=0)
loss, accuracy = model.evaluate(rest.batch(50), verbose=0)
print("accuracy:", accuracy)
result = accuracy > 0.8
