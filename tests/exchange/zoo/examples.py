"""The models of `examples/`, as far as other files of the zoo have none like them."""

from tests.exchange.zoo.entry import model


@model(loss="sparse_categorical_crossentropy")
def mlp_digits(k):
    return k.Sequential(
        [
            k.layers.Flatten(input_shape=(8, 8)),
            k.layers.Dense(64, activation="relu"),
            k.layers.Dropout(0.0),
            k.layers.Dense(10, activation="softmax"),
        ]
    )


@model(loss="ctc", settings=lambda k: {"loss": k.losses.CTC()})
def ctc_reader(k):
    strip = k.Input((16, 4))
    x = k.layers.Conv1D(6, 5, padding="same", activation="relu")(strip)
    x = k.layers.MaxPooling1D(2)(x)
    x = k.layers.Bidirectional(k.layers.GRU(4, return_sequences=True))(x)
    return k.Model(strip, k.layers.Dense(5)(x))


@model(
    loss={"digit": "categorical_crossentropy", "odd": "binary_crossentropy", "ink": "mse"},
    settings=lambda k: {
        "loss_weights": {"digit": 1.0, "odd": 0.5, "ink": 2.0},
        "metrics": {"digit": "accuracy", "odd": "accuracy", "ink": "mae"},
    },
)
def three_losses(k):
    image = k.Input((8, 8))
    shapes = k.layers.Dense(16, activation="relu")(k.layers.Flatten()(image))
    rows = k.layers.Dense(4, activation="relu")(k.ops.mean(image, axis=2))
    both = k.layers.Concatenate()([shapes, rows])
    return k.Model(
        image,
        {
            "digit": k.layers.Dense(10, activation="softmax", name="digit")(both),
            "odd": k.layers.Dense(1, activation="sigmoid", name="odd")(both),
            "ink": k.layers.Dense(1, name="ink")(rows),
        },
    )


@model()
def patches(k):
    @k.saving.register_keras_serializable("zoo")
    class Positions(k.layers.Layer):
        def build(self, input_shape):
            self.vectors = self.add_weight(shape=input_shape[1:], name="vectors")

        def call(self, inputs):
            return inputs + self.vectors

    image = k.Input((8, 8))
    x = k.ops.reshape(image, (-1, 4, 2, 4, 2))
    x = k.ops.reshape(k.ops.transpose(x, (0, 1, 3, 2, 4)), (-1, 16, 4))
    x = Positions()(k.layers.Dense(8)(x))
    x = x + k.layers.MultiHeadAttention(2, 4)(x, x)
    return k.Model(image, k.layers.Dense(3)(k.layers.GlobalAveragePooling1D()(x)))


@model(loss="binary_crossentropy", draws=True)
def variational_autoencoder(k):
    @k.saving.register_keras_serializable("zoo")
    class Sampling(k.layers.Layer):
        def __init__(self, seed=None, **kwargs):
            super().__init__(**kwargs)
            self.seed = seed
            self.generator = k.random.SeedGenerator(seed)

        def call(self, inputs, training=False):
            mean, log_variance = k.ops.split(inputs, 2, axis=-1)
            distance = k.ops.square(mean) + k.ops.exp(log_variance) - 1.0 - log_variance
            self.add_loss(0.5 * k.ops.mean(k.ops.sum(distance, axis=-1)) / 16)
            if not training:
                return mean
            noise = k.random.normal(k.ops.shape(mean), seed=self.generator)
            return mean + k.ops.exp(0.5 * log_variance) * noise

        def get_config(self):
            return {**super().get_config(), "seed": self.seed}

    image = k.Input((16,))
    z = Sampling(seed=1, name="sampling")(k.layers.Dense(4)(image))
    decoder = k.Sequential(
        [k.Input((2,)), k.layers.Dense(16, activation="sigmoid")], name="decoder"
    )
    return k.Model(image, decoder(z))


@model(loss="binary_crossentropy")
def judge(k):
    return k.Sequential(
        [k.Input((6,)), k.layers.Dense(4), k.layers.LeakyReLU(0.2), k.layers.Dense(1, "sigmoid")],
        name="judge",
    )


@model(settings=lambda k: {"optimizer": k.optimizers.Adam(0.003, use_ema=True, ema_momentum=0.95)})
def averaged_weights(k):
    return k.Sequential([k.layers.Flatten(input_shape=(4, 4)), k.layers.Dense(3)])
