"""Graphs: merging, ops, sharing, nesting, several inputs and outputs."""

from tests.exchange.zoo.entry import model


@model()
def merging(k):
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    x, y = k.layers.Dense(3)(a), k.layers.Dense(3)(b)
    parts = [
        getattr(k.layers, name)()([x, y])
        for name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
    ]
    parts += [k.layers.Dot(axes=1, normalize=True)([x, y]), k.layers.Concatenate(axis=1)([x, y])]
    return k.Model([a, b], k.layers.Concatenate()(parts))


@model()
def merging_functions(k):
    a, b = k.Input((4, 3), name="a"), k.Input((4, 3), name="b")
    y = k.layers.add([a, b])
    y = k.layers.multiply([y, k.layers.maximum([a, b])])
    y = k.layers.concatenate([y, k.layers.dot([a, b], axes=(2, 2))], axis=-1)
    return k.Model([a, b], k.layers.Dense(2)(y))


@model()
def siamese(k):
    eye = k.Sequential(
        [k.Input((4, 4, 1)), k.layers.Conv2D(2, 2), k.layers.Flatten(), k.layers.Dense(3)],
        name="eye",
    )
    left, right = k.Input((4, 4, 1), name="left"), k.Input((4, 4, 1), name="right")
    distance = k.ops.sum(k.ops.square(eye(left) - eye(right)), axis=-1, keepdims=True)
    return k.Model([left, right], k.layers.Dense(1, activation="sigmoid")(distance))


@model(
    loss={"digit": "sparse_categorical_crossentropy", "total": "mse"},
    settings=lambda k: {
        "loss_weights": {"digit": 1.0, "total": 0.2},
        "metrics": {"digit": "accuracy", "total": ["mae", k.metrics.MeanSquaredError()]},
    },
)
def towers_by_name(k):
    image = k.Input((4,), name="image")
    tower = k.Model(image, k.layers.Dense(4, activation="relu")(image), name="tower")
    left, right = k.Input((4,), name="left"), k.Input((4,), name="right")
    a, b = tower(left), tower(right)
    digit = k.layers.Dense(3, activation="softmax", name="digit")(a)
    total = k.layers.Dense(1, name="total")(k.layers.Concatenate()([a, b]))
    return k.Model({"left": left, "right": right}, {"digit": digit, "total": total})


@model(loss=["mse", "binary_crossentropy"], settings=lambda k: {"loss_weights": [0.3, 2.0]})
def two_outputs(k):
    x = k.Input((4,))
    hidden = k.layers.Dense(5, activation="relu")(x)
    odd = k.layers.Dense(1, activation="sigmoid", name="odd")(hidden)
    return k.Model(x, [k.layers.Dense(2, name="ink")(hidden), odd])


@model()
def inputs_by_name(k):
    inputs = {"z": k.Input((3,), name="z"), "a": k.Input((4,), name="a")}
    y = k.layers.Dense(2)(inputs["z"]) * k.layers.Dense(2)(inputs["a"])
    return k.Model(inputs, y)


@model()
def one_input_in_a_list(k):
    x = k.Input((3,))
    return k.Model([x], [k.layers.Dense(2)(x)])


@model()
def shared_layer(k):
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    shared = k.layers.Dense(4, name="shared")
    return k.Model([a, b], k.layers.Concatenate()([shared(a), shared(b), shared(shared(a))]))


@model()
def nested_stacks(k):
    inner = k.Sequential([k.Input((4,)), k.layers.Dense(3, activation="relu")], name="inner")
    middle = k.Sequential([k.Input((4,)), inner, k.layers.Dense(4)], name="middle")
    return k.Sequential([k.Input((4,)), middle, k.layers.Dense(2)], name="outer")


@model()
def nested_graphs(k):
    u = k.Input((3,), name="u")
    low = k.Model(u, k.layers.Dense(3, name="low")(u), name="lowest")
    v = k.Input((3,), name="v")
    mid = k.Model(v, low(low(v)) + 1.0, name="mid")
    x = k.Input((3,), name="x")
    return k.Model(x, k.layers.Add()([mid(x), mid(mid(x))]), name="top")


@model()
def nested_with_several_ends(k):
    a, b = k.Input((3,), name="a"), k.Input((2,), name="b")
    y = k.layers.Concatenate()([a, b])
    inner = k.Model([a, b], {"p": k.layers.Dense(2)(y), "q": k.layers.Dense(2)(y)}, name="inner")
    x, z = k.Input((3,), name="x"), k.Input((2,), name="z")
    out = inner([x, z])
    return k.Model([x, z], out["p"] - out["q"])


@model()
def model_cut_from_a_model(k):
    x = k.Input((4,))
    hidden = k.layers.Dense(3, name="hidden")(x)
    whole = k.Model(x, k.layers.Dense(2)(hidden))
    return k.Model(whole.input, [whole.get_layer("hidden").output, whole.output])


@model()
def arithmetic(k):
    x = k.Input((4,), name="x")
    y = k.layers.Dense(4)(x)
    z = (x + 1) * 2.0 - y / 3.0 + (1 - x) ** 2
    z = -z + abs(y) - (x @ k.ops.ones((4, 4))) % 3
    return k.Model(x, k.ops.cast((z >= 0) & ~(z > 2), "float32") * z + z)


@model()
def indexing(k):
    x = k.Input((5, 4))
    y = k.layers.Dense(4)(x)
    parts = [y[:, 0], y[:, -1, :], y[:, 1:4:2, 0], y[..., 2], k.ops.squeeze(y[:, 2:3], 1)]
    wide = k.ops.expand_dims(y[:, 0, 1], -1)
    return k.Model(x, k.layers.Concatenate()([*parts, wide]))


@model()
def ops_of_shape(k):
    x = k.Input((4, 6))
    y = k.layers.Dense(6)(x)
    y = k.ops.reshape(y, (-1, 4, 3, 2))
    y = k.ops.transpose(y, (0, 2, 1, 3))
    a, b = k.ops.split(y, 2, axis=2)
    y = k.ops.concatenate([a, b, k.ops.flip(a, axis=1)], axis=2)
    y = k.ops.stack([y, k.ops.roll(y, 1, axis=1)], axis=1)
    y = k.ops.pad(k.ops.moveaxis(y, 1, 2), [[0, 0], [0, 1], [0, 0], [0, 0], [1, 0]])
    return k.Model(x, k.ops.repeat(k.ops.tile(y, (1, 1, 1, 2, 1)), 2, axis=1))


@model()
def ops_of_numbers(k):
    x = k.Input((4,))
    y = k.layers.Dense(4)(x)
    parts = [
        k.ops.relu(y), k.ops.softmax(y, axis=-1), k.ops.log(k.ops.exp(y) + 1.0), k.ops.tanh(y),
        k.ops.clip(y, -0.5, 0.5), k.ops.where(y > 0, y, 0.1 * y), k.ops.maximum(y, x),
        k.ops.square(y), k.ops.sqrt(k.ops.abs(y) + 0.1), k.ops.sin(y), k.ops.gelu(y, approximate=False),
        k.ops.cumsum(y, axis=-1), k.ops.sort(y, axis=-1), k.ops.leaky_relu(y, negative_slope=0.3),
        k.ops.cast(k.ops.cast(y, "int32"), "float32"), k.ops.logical_not(y > 0) * y,
        k.ops.one_hot(k.ops.argmax(y, axis=-1), 4), k.ops.take(y, [2, 0, 1], axis=-1),
    ]  # fmt: skip
    return k.Model(x, k.ops.concatenate(parts, axis=-1))


@model()
def ops_that_reduce(k):
    x = k.Input((5, 4))
    y = k.layers.Dense(4)(x)
    parts = [
        k.ops.mean(y, axis=1), k.ops.sum(y, axis=1), k.ops.max(y, axis=1), k.ops.min(y, axis=1),
        k.ops.std(y, axis=1), k.ops.var(y, axis=1), k.ops.prod(y, axis=1), k.ops.logsumexp(y, axis=1),
        k.ops.mean(y, axis=(1, 2), keepdims=True)[:, :, 0],
        k.ops.top_k(y, 2)[0][:, 0], k.ops.einsum("btc,bsc->bs", y, y), k.ops.matmul(y, k.ops.ones((4, 1)))[..., 0],
    ]  # fmt: skip
    return k.Model(x, k.ops.concatenate(parts, axis=-1))


@model()
def ops_with_constants(k):
    import numpy as np

    x = k.Input((3,))
    y = k.layers.Dense(3)(x)
    scale = np.array([1.0, 2.0, 0.5], "float32")
    return k.Model(
        x, k.ops.add(k.ops.multiply(y, scale), k.ops.matmul(y, np.eye(3, dtype="float32")))
    )


@model()
def ops_on_images(k):
    x = k.Input((4, 4, 1))
    y = k.layers.Conv2D(2, 2, padding="same")(x)
    y = k.ops.max_pool(y, 2, strides=1, padding="same") - k.ops.average_pool(
        y, 2, strides=1, padding="same"
    )
    return k.Model(x, k.ops.image.resize(y, (6, 5), interpolation="nearest"))


@model(unlike="tensorflow")  # sparse gradients there
def kept_mask(k):
    tokens = k.Input((5,), dtype="int32")
    x = k.layers.Embedding(7, 3, mask_zero=True)(tokens)
    y = k.layers.LSTM(3, return_sequences=True)(k.layers.Dense(3)(x))
    return k.Model(tokens, k.layers.Concatenate()([x, y]))


@model()
def residual_of_an_input(k):
    x = k.Input((3,))
    return k.Model(x, {"x": x, "y": k.layers.Dense(3)(x)})


@model()
def unusual_names(k):
    x = k.Input((3,), name="the_input_")
    y = k.layers.Dense(3, name="dense-1")(x)
    return k.Model(x, k.layers.Dense(2, name="dense_7")(y), name="model-1")
