"""Dtypes: half precision, mixed policies, integers."""

from tests.exchange.zoo.entry import model


def _net(k, dtype):
    return k.Sequential(
        [
            k.Input((4,)),
            k.layers.Dense(6, activation="relu", dtype=dtype),
            k.layers.BatchNormalization(dtype=dtype),
            k.layers.Dense(3, dtype="float32"),
        ]
    )


@model(tolerance=1e-2)
def mixed_bfloat16(k):
    return _net(k, "mixed_bfloat16")


@model(tolerance=2e-3)
def mixed_float16(k):
    return _net(k, k.DTypePolicy("mixed_float16"))


@model(tolerance=2e-3)
def mixed_float16_for_all(k):
    """The global policy: the model's own is mixed, too, so its optimizer scales the loss."""
    before = k.config.dtype_policy()
    k.config.set_dtype_policy("mixed_float16")
    try:
        return _net(k, None)
    finally:
        # Of lamina `None`: a policy of one's own would hold in other tests, whatever their `floatx`.
        k.config.set_dtype_policy(None if k.__name__ == "lamina" else before)


# Each step rounds the weights to 8 bits.
@model(tolerance=2e-2, unlike="jax tensorflow torch")
def bfloat16(k):
    return _net(k, "bfloat16")


@model()
def dtypes_of_layers(k):
    x = k.Input((4,), dtype="float16")
    y = k.layers.Dense(3, dtype="float32", name="single")(x)
    return k.Model(x, k.layers.Activation("tanh", dtype=k.DTypePolicy("float32"))(y))


@model(loss="sparse_categorical_crossentropy", unlike="tensorflow")  # sparse gradients there
def integers_and_floats(k):
    tokens, x = k.Input((), dtype="int32", name="tokens"), k.Input((3,), name="x")
    y = k.layers.Concatenate()([k.layers.Embedding(7, 2)(tokens), x])
    return k.Model({"tokens": tokens, "x": x}, k.layers.Dense(3, activation="softmax")(y))
