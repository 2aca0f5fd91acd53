"""Calls with more than a tensor: masks, states, `training`, numbers, optional inputs; layers that give several results."""

from tests.exchange.zoo.entry import model


@model()
def states_returned_and_given(k):
    x, start = k.Input((5, 3), name="x"), k.Input((4,), name="start")
    y, state = k.layers.GRU(4, return_sequences=True, return_state=True)(x, initial_state=start)
    z, *states = k.layers.Bidirectional(k.layers.LSTM(2, return_state=True))(y)
    cell = k.layers.RNN(k.layers.LSTMCell(2), return_state=True)
    w, h, c = cell(y, initial_state=states[:2])
    return k.Model({"x": x, "start": start}, k.layers.Concatenate()([state, z, w, h, c, *states]))


@model()
def masks_given(k):
    tokens = k.Input((5,), dtype="int32")
    keep = k.ops.not_equal(tokens, 0)
    x = k.layers.Dense(3)(k.ops.one_hot(tokens, 7))
    y = k.layers.LSTM(3, return_sequences=True)(x, mask=keep)
    return k.Model(tokens, k.layers.GlobalAveragePooling1D()(y, mask=keep))


@model()
def attention_scores(k):
    x, allowed = k.Input((4, 6), name="x"), k.Input((4, 4), dtype="bool", name="allowed")
    y, scores = k.layers.MultiHeadAttention(2, 3)(
        x, x, attention_mask=allowed, return_attention_scores=True
    )
    return k.Model([x, allowed], [y, k.layers.Permute((2, 1, 3))(scores)])


# Keras 3.15 on JAX raises a TypeError for values of another size than keys.
@model(fails="jax")
def query_key_and_value(k):
    q, v, key = k.Input((3, 4), name="q"), k.Input((5, 4), name="v"), k.Input((5, 4), name="key")
    y = k.layers.MultiHeadAttention(2, 3, value_dim=2)(query=q, value=v, key=key)
    z = k.layers.GroupQueryAttention(2, 4, 2)(q, v, key=key)
    return k.Model([q, v, key], k.layers.Attention()([y + z, v, key]))


# In Keras 3.15 the model's own `training` wins over that of the call; here the call's, as its guides have it.
@model(unlike="jax tensorflow torch")
def never_as_in_training(k):
    x = k.Input((4,))
    y = k.layers.BatchNormalization()(k.layers.Dense(3)(x), training=False)
    return k.Model(x, k.layers.Dense(2)(y))


@model()
def parts_of_results(k):
    x = k.Input((6, 4))
    a, b, c = k.ops.split(k.layers.Dense(6)(x), [1, 3], axis=-1)
    values, places = k.ops.top_k(b, 1)
    mean, variance = k.ops.moments(c, axes=[1], keepdims=True)
    parts = [
        a,
        values * k.ops.cast(places + 1, "float32"),
        (c - mean) * k.ops.rsqrt(variance + 0.1),
    ]
    return k.Model(x, k.layers.Concatenate()(parts))


@model()
def numbers_as_arguments(k):
    x = k.Input((4,))
    y = k.ops.add(k.layers.Dense(4)(x), 1)
    return k.Model(x, k.ops.multiply(3, k.ops.power(k.ops.abs(y) + 1, 0.5)))


@model()
def nested_call_with_several_inputs(k):
    inputs = {"a": k.Input((3,), name="a"), "b": k.Input((2,), name="b")}
    inner = k.Model(inputs, k.layers.Concatenate()([inputs["a"], inputs["b"]]), name="join")
    u, v = k.Input((2,), name="u"), k.Input((3,), name="v")
    return k.Model([u, v], k.layers.Dense(2)(inner({"b": u, "a": v})))


@model()
def deep_structure_of_outputs(k):
    x = k.Input((3,))
    layers = [k.layers.Dense(2, name=name) for name in ("p", "q", "r")]
    return k.Model(x, [layer(x) for layer in layers])


@model(loss="sparse_categorical_crossentropy")
def stack_within_a_graph(k):
    body = k.Sequential([k.layers.Dense(4, activation="relu"), k.layers.Dense(3)], name="body")
    x = k.Input((5,))
    return k.Model(x, k.layers.Softmax()(body(x)))


@model(loss="sparse_categorical_crossentropy")
def graph_within_a_stack(k):
    x = k.Input((4, 4, 1))
    look = k.Model(x, k.layers.Flatten()(k.layers.Conv2D(2, 2)(x)), name="look")
    return k.Sequential([k.Input((4, 4, 1)), look, k.layers.Dense(3, activation="softmax")])
