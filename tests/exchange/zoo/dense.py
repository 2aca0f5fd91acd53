"""Stacks of dense layers, activations, regularizers, constraints, initializers."""

from tests.exchange.zoo.entry import model

NAMES = """relu relu6 elu selu celu gelu silu swish mish softplus softsign softmax sigmoid tanh exponential
    hard_sigmoid hard_silu hard_tanh hard_shrink soft_shrink tanh_shrink glu leaky_relu
    linear log_sigmoid log_softmax sparse_plus squareplus sparse_sigmoid"""


@model(loss="sparse_categorical_crossentropy")
def classifier(k):
    return k.Sequential(
        [
            k.layers.Input((6,)),
            k.layers.Dense(8, activation="relu"),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


@model()
def autoencoder(k):
    x = k.Input((6,), name="x")
    code = k.layers.Dense(2, activation="tanh", name="code")(x)
    return k.Model(x, k.layers.Dense(6, name="x_again")(code), name="autoencoder")


@model()
def input_shape_of_first_layer(k):
    return k.Sequential([k.layers.Dense(4, input_shape=(3,)), k.layers.Dense(2)], name="stack")


@model(inputs=(3,))
def unbuilt_stack(k):
    model = k.Sequential([k.layers.Dense(4), k.layers.Dense(2)])
    model.build((None, 3))
    return model


@model()
def every_activation_by_name(k):
    x = k.Input((4,))
    parts = [k.layers.Activation(name)(k.layers.Dense(4)(x)) for name in NAMES.split()]
    return k.Model(x, k.layers.Concatenate()(parts))


@model()
def activation_functions(k):
    x = k.Input((4,))
    y = k.layers.Dense(4, activation=k.activations.gelu)(x)
    y = k.layers.Activation(k.activations.silu)(y)
    y = k.layers.Dense(4, activation=k.ops.tanh)(y)
    return k.Model(x, k.layers.Dense(4, activation=k.layers.LeakyReLU(0.1))(y))


@model()
def activation_layers(k):
    return k.Sequential(
        [
            k.Input((4, 3)),
            k.layers.Dense(4),
            k.layers.ReLU(max_value=3.0, negative_slope=0.1, threshold=0.05),
            k.layers.Dense(4),
            k.layers.LeakyReLU(negative_slope=0.2),
            k.layers.PReLU(shared_axes=[1], alpha_initializer=k.initializers.Constant(0.3)),
            k.layers.Dense(4),
            k.layers.ELU(alpha=0.5),
            k.layers.Softmax(axis=[1, 2]),
        ]
    )


@model()
def regularized(k):
    r, c = k.regularizers, k.constraints
    return k.Sequential(
        [
            k.Input((4,)),
            k.layers.Dense(5, kernel_regularizer=r.L1L2(0.01, 0.02), bias_regularizer="l1"),
            k.layers.Dense(5, kernel_regularizer=r.L2(0.1), activity_regularizer=r.L1(0.03)),
            k.layers.Dense(5, kernel_regularizer=r.OrthogonalRegularizer(0.1, mode="columns")),
            k.layers.Dense(5, kernel_constraint=c.MaxNorm(0.7, axis=1), bias_constraint="non_neg"),
            k.layers.Dense(5, kernel_constraint=c.UnitNorm(axis=0)),
            k.layers.Dense(3, kernel_constraint=c.MinMaxNorm(0.2, 0.6, rate=0.5, axis=1)),
            k.layers.ActivityRegularization(l1=0.01, l2=0.02),
        ]
    )


@model()
def every_initializer(k):
    i = k.initializers
    x = k.Input((4,))
    made = [
        i.Constant(0.5), i.Ones(), i.Zeros(), i.Identity(gain=0.5), i.Orthogonal(gain=0.5, seed=1),
        i.GlorotNormal(seed=1), i.GlorotUniform(seed=2), i.HeNormal(), i.HeUniform(), i.LecunNormal(),
        i.LecunUniform(), i.RandomNormal(0.1, 0.2, seed=4), i.RandomUniform(-0.1, 0.2),
        i.TruncatedNormal(stddev=0.3), i.VarianceScaling(2.0, "fan_avg", "uniform", seed=3),
        "he_normal", "zeros",
    ]  # fmt: skip
    return k.Model(x, k.layers.Add()([k.layers.Dense(4, kernel_initializer=f)(x) for f in made]))


@model()
def einsum(k):
    return k.Sequential(
        [
            k.Input((5, 6)),
            k.layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de"),
            k.layers.EinsumDense("...x,xy->...y", output_shape=4, activation="relu"),
        ]
    )


@model(draws=True)
def every_dropout(k):
    x = k.Input((4, 4))
    y = k.layers.Dropout(0.3, noise_shape=(None, 1, 4), seed=1)(x)
    y = k.layers.AlphaDropout(0.2, seed=2)(y)
    y = k.layers.GaussianDropout(0.2)(k.layers.GaussianNoise(0.1)(y))
    y = k.layers.Dense(4)(k.layers.SpatialDropout1D(0.2)(y))
    image = k.layers.SpatialDropout2D(0.1)(k.layers.Reshape((4, 4, 1))(y))
    volume = k.layers.SpatialDropout3D(0.1, data_format="channels_last")(
        k.layers.Reshape((2, 2, 4, 1))(y)
    )
    flat = k.layers.Flatten()
    return k.Model(x, k.layers.Dense(2)(k.layers.Add()([flat(image), k.layers.Flatten()(volume)])))


@model()
def frozen(k):
    model = k.Sequential(
        [
            k.Input((4,)),
            k.layers.Dense(3, name="fixed"),
            k.layers.BatchNormalization(trainable=False),
            k.layers.Dense(2),
        ]
    )
    model.layers[0].trainable = False
    return model
