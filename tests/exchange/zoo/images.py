"""Convolutions, normalization, pooling and what reshapes images."""

from tests.exchange.zoo.entry import model


@model(loss="sparse_categorical_crossentropy")
def convnet(k):
    return k.Sequential(
        [
            k.Input((8, 8, 1)),
            k.layers.Conv2D(4, 3, padding="same", use_bias=False),
            k.layers.BatchNormalization(momentum=0.9),
            k.layers.Activation("relu"),
            k.layers.MaxPooling2D(2),
            k.layers.Conv2D(3, 3, activation="relu"),
            k.layers.GlobalAveragePooling2D(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


@model(loss="sparse_categorical_crossentropy")
def inception(k):
    def block(x, filters):
        point = k.layers.Conv2D(filters, 1, activation="relu")(x)
        around = k.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        strongest = k.layers.MaxPooling2D(3, strides=1, padding="same")(x)
        strongest = k.layers.Conv2D(filters, 1, activation="relu")(strongest)
        return k.layers.Concatenate()([point, around, strongest])

    image = k.Input((6, 6, 1), name="image")
    x = block(k.layers.AveragePooling2D(2)(block(image, 2)), 3)
    return k.Model(image, k.layers.Dense(3, activation="softmax")(k.layers.Flatten()(x)))


@model()
def residual(k):
    x = image = k.Input((6, 6, 2))
    for _ in range(2):
        y = k.layers.Conv2D(2, 3, padding="same")(x)
        y = k.layers.ReLU()(k.layers.BatchNormalization()(y))
        x = x + k.layers.Conv2D(2, 3, padding="same")(y)
    return k.Model(image, k.layers.GlobalMaxPooling2D(keepdims=True)(x))


@model()
def conv1d(k):
    return k.Sequential(
        [
            k.Input((9, 2)),
            k.layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
            k.layers.Conv1D(4, 3, strides=2, groups=2, padding="valid", activation="relu"),
            k.layers.DepthwiseConv1D(2, depth_multiplier=2, padding="same"),
            k.layers.SeparableConv1D(3, 2, depth_multiplier=2, pointwise_regularizer="l2"),
            k.layers.Conv1DTranspose(2, 3, strides=2, padding="same"),
        ]
    )


@model()
def conv2d(k):
    return k.Sequential(
        [
            k.Input((8, 8, 2)),
            k.layers.Conv2D(4, (3, 2), dilation_rate=(2, 1), padding="same", groups=2),
            k.layers.DepthwiseConv2D(
                3, strides=2, padding="same", depthwise_initializer="he_normal"
            ),
            k.layers.SeparableConv2D(3, 2, depth_multiplier=2, activation="tanh"),
            k.layers.Conv2DTranspose(2, 3, strides=2, output_padding=1, bias_constraint="non_neg"),
        ]
    )


@model()
def conv3d(k):
    return k.Sequential(
        [
            k.Input((4, 4, 4, 1)),
            k.layers.Conv3D(2, 2, padding="same", kernel_regularizer=k.regularizers.L2(0.01)),
            k.layers.Conv3DTranspose(2, 2, strides=(1, 2, 1), activation="relu"),
        ]
    )


@model()
def unet(k):
    image = k.Input((None, None, 1))
    down = k.layers.Conv2D(2, 3, padding="same", activation="relu")(image)
    deep = k.layers.Conv2D(3, 3, padding="same")(k.layers.MaxPooling2D(2, padding="same")(down))
    up = k.layers.Conv2DTranspose(2, 3, strides=2, padding="same")(deep)
    up = k.layers.Cropping2D(((0, 1), (0, 1)))(up)
    return k.Model(image, k.layers.Conv2D(1, 1)(k.layers.Concatenate()([down, up])))


@model()
def channels_first_pooling(k):
    image = k.Input((2, 6, 6))
    x = k.layers.Permute((2, 3, 1))(image)
    y = k.layers.AveragePooling2D((2, 3), data_format="channels_last")(x)
    y = k.layers.GlobalAveragePooling2D(data_format="channels_last")(y)
    z = k.layers.GlobalMaxPooling2D(data_format="channels_first")(image)
    return k.Model(image, k.layers.Dense(2)(k.layers.Concatenate()([y, z])))


@model()
def pooling_1d(k):
    x = k.Input((8, 3))
    y = k.layers.Dense(4)(x)
    parts = [
        k.layers.GlobalAveragePooling1D()(k.layers.AveragePooling1D(2, strides=1)(y)),
        k.layers.GlobalMaxPooling1D()(k.layers.MaxPooling1D(3, padding="same")(y)),
        k.layers.Flatten()(k.layers.AdaptiveAveragePooling1D(3)(y)),
        k.layers.Flatten()(k.layers.AdaptiveMaxPooling1D(2)(y)),
    ]
    return k.Model(x, k.layers.Concatenate()(parts))


@model()
def pooling_2d(k):
    x = k.Input((8, 6, 2))
    y = k.layers.Conv2D(3, 1)(x)
    parts = [
        k.layers.AdaptiveAveragePooling2D((3, 2))(y),
        k.layers.AdaptiveMaxPooling2D((3, 2))(y),
    ]
    return k.Model(x, k.layers.Average()(parts))


@model()
def pooling_3d(k):
    x = k.Input((4, 6, 4, 1))
    y = k.layers.Conv3D(2, 1)(x)
    parts = [
        k.layers.GlobalAveragePooling3D()(k.layers.AveragePooling3D(2)(y)),
        k.layers.GlobalMaxPooling3D()(k.layers.MaxPooling3D((2, 1, 2), padding="same")(y)),
        k.layers.Flatten()(k.layers.AdaptiveAveragePooling3D(2)(y)),
        k.layers.Flatten()(k.layers.AdaptiveMaxPooling3D(2)(y)),
    ]
    return k.Model(x, k.layers.Concatenate()(parts))


@model()
def reshaping_1d(k):
    return k.Sequential(
        [
            k.Input((4,)),
            k.layers.RepeatVector(3),
            k.layers.Dense(4),
            k.layers.ZeroPadding1D((1, 2)),
            k.layers.UpSampling1D(2),
            k.layers.Cropping1D((1, 2)),
            k.layers.Permute((2, 1)),
            k.layers.Reshape((-1, 2)),
            k.layers.Identity(),
            k.layers.Flatten(),
            k.layers.Dense(2),
        ]
    )


@model()
def reshaping_2d(k):
    return k.Sequential(
        [
            k.Input((4, 4, 1)),
            k.layers.Conv2D(2, 2),
            k.layers.ZeroPadding2D(((1, 0), (2, 1))),
            k.layers.UpSampling2D((2, 1), interpolation="bilinear"),
            k.layers.UpSampling2D(2),
            k.layers.Cropping2D((2, 1)),
        ]
    )


@model()
def reshaping_3d(k):
    return k.Sequential(
        [
            k.Input((2, 2, 2, 1)),
            k.layers.ZeroPadding3D(1),
            k.layers.UpSampling3D((1, 2, 1)),
            k.layers.Conv3D(2, 2),
            k.layers.Cropping3D(((1, 0), (0, 1), (0, 1))),
        ]
    )


@model(tolerance=5e-6)  # differences of numbers that nearly agree, made large again
def normalizations(k):
    x = k.Input((4, 6))
    y = k.layers.BatchNormalization(axis=1, momentum=0.5, epsilon=0.01, scale=False)(x)
    y = k.layers.LayerNormalization(axis=[1, 2], center=False, gamma_initializer="ones")(y)
    y = k.layers.GroupNormalization(groups=3, beta_regularizer="l2")(k.layers.Dense(6)(y))
    y = k.layers.RMSNormalization(axis=-1, epsilon=1e-5)(k.layers.Dense(6)(y))
    return k.Model(x, k.layers.UnitNormalization(axis=-1)(k.layers.Dense(3)(y)))


@model()
def batch_renormalization(k):
    clipping = {"rmax": 1.5, "rmin": 0.5, "dmax": 0.7}
    layer = k.layers.BatchNormalization(renorm=True, renorm_clipping=clipping, renorm_momentum=0.8)
    return k.Sequential([k.Input((4, 6)), layer, k.layers.Dense(2)])


@model(unlike="jax tensorflow torch")  # each engine of Keras has another gradient
def spectral(k):
    return k.Sequential(
        [
            k.Input((6, 6, 1)),
            k.layers.SpectralNormalization(k.layers.Conv2D(3, 2), power_iterations=2),
            k.layers.Flatten(),
            k.layers.SpectralNormalization(k.layers.Dense(3), name="narrow"),
        ]
    )
