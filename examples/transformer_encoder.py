"""A Transformer encoder reads a digit as a sequence of sixteen patches.

python examples/transformer_encoder.py
"""

import numpy as np

import lamina
from lamina import layers, ops
from lamina.datasets import digits


class Positions(lamina.Layer):
    """Add a vector that is learnt for each position."""

    def build(self, input_shape):
        self.vectors = self.add_weight(input_shape[1:], "random_normal", name="vectors")

    def call(self, inputs):
        return inputs + self.vectors


def encoder_block(x, heads, size, rate):
    """Attention, then two dense layers; around each a residual connection, before each a norm."""
    y = layers.LayerNormalization()(x)
    y = layers.MultiHeadAttention(heads, size // heads, dropout=rate)(y, y)
    x = x + y
    y = layers.LayerNormalization()(x)
    y = layers.Dense(2 * size, activation="gelu")(y)
    return x + layers.Dropout(rate)(layers.Dense(size)(y))


def network(size=32, blocks=2):
    image = layers.Input((8, 8))
    patches = ops.reshape(image, (-1, 4, 2, 4, 2))  # rows and columns of patches of 2 x 2
    patches = ops.reshape(ops.transpose(patches, (0, 1, 3, 2, 4)), (-1, 16, 4))
    x = Positions()(layers.Dense(size)(patches))
    for _ in range(blocks):
        x = encoder_block(x, heads=4, size=size, rate=0.1)
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return lamina.Model(image, layers.Dense(10)(x))


def main(epochs=20, verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = (x.astype("float32") / 16 for x in (x_train, x_test))
    model = network()
    model.compile(
        lamina.optimizers.AdamW(0.003, weight_decay=0.01),
        lamina.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(x_train, y_train, epochs=epochs, verbose=verbose)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    attended = next(x for x in model.layers if isinstance(x, layers.MultiHeadAttention))
    seen = model.capture(x_test[:2], [attended])[attended.name]
    print(f"test accuracy {accuracy:.4f}; attention gives {np.shape(seen)}")
    return accuracy


if __name__ == "__main__":
    main()
