"""Embeddings, masks, recurrent layers and attention."""

from tests.exchange.zoo.entry import model


@model(loss="binary_crossentropy", unlike="tensorflow")  # sparse gradients there
def bag_of_words(k):
    return k.Sequential(
        [
            k.Input((None,), dtype="int32"),
            k.layers.Embedding(7, 4, mask_zero=True),
            k.layers.GlobalAveragePooling1D(),
            k.layers.Dense(1, activation="sigmoid"),
        ]
    )


@model(loss="sparse_categorical_crossentropy")
def lstm_classifier(k):
    return k.Sequential(
        [
            k.Input((5,), dtype="int32"),
            k.layers.Embedding(7, 3, mask_zero=True, embeddings_regularizer="l2"),
            k.layers.LSTM(4, recurrent_regularizer=k.regularizers.L1(0.01)),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


@model()
def encoder_and_decoder(k):
    source, target = k.Input((5, 3), name="source"), k.Input((4, 3), name="target")
    _, *state = k.layers.LSTM(4, return_state=True)(source)
    y = k.layers.LSTM(4, return_sequences=True)(target, initial_state=state)
    return k.Model([source, target], k.layers.TimeDistributed(k.layers.Dense(3))(y))


@model(loss="binary_crossentropy")
def gru_tagger(k):
    x = k.Input((None, 6))
    y = k.layers.Masking(mask_value=0.0)(x)
    y = k.layers.TimeDistributed(k.layers.Dense(4, activation="relu"))(y)
    y = k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True))(y)
    return k.Model(x, k.layers.Dense(1, activation="sigmoid")(y))


@model()
def simple_recurrence(k):
    return k.Sequential(
        [
            k.Input((5, 3)),
            k.layers.SimpleRNN(4, return_sequences=True, activation="relu"),
            k.layers.GRU(3, reset_after=False, return_sequences=True, go_backwards=True),
            k.layers.LSTM(3, unit_forget_bias=False, unroll=True, use_bias=False),
        ]
    )


@model()
def own_cells(k):
    x = k.Input((5, 3))
    cells = k.layers.StackedRNNCells([k.layers.LSTMCell(4), k.layers.GRUCell(3)])
    one = k.layers.RNN(cells, return_sequences=True)(x)
    two = k.layers.RNN([k.layers.SimpleRNNCell(2), k.layers.LSTMCell(2)])(one)
    three = k.layers.RNN(k.layers.GRUCell(2, recurrent_activation="hard_sigmoid"))(x)
    return k.Model(x, k.layers.Concatenate()([two, three]))


@model()
def both_directions(k):
    x = k.Input((5, 3))
    y = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True), merge_mode="sum")(x)
    backward = k.layers.GRU(2, go_backwards=True, name="from_behind")
    y = k.layers.Bidirectional(
        k.layers.GRU(2, name="from_front"), backward_layer=backward, merge_mode="mul"
    )(y)
    return k.Model(x, y)


@model()
def both_directions_apart(k):
    x = k.Input((5, 3))
    forward, backward = k.layers.Bidirectional(k.layers.SimpleRNN(3), merge_mode=None)(x)
    return k.Model(x, k.layers.Subtract()([forward, backward]))


@model(unlike="jax torch")  # Keras does not reset the state there, or cannot train at all
def stateful(k):
    x = k.Input(batch_shape=(4, 5, 3))
    return k.Model(x, k.layers.GRU(2)(k.layers.LSTM(3, stateful=True, return_sequences=True)(x)))


@model(draws=True)
def recurrent_dropout(k):
    return k.Sequential(
        [
            k.Input((5, 3)),
            k.layers.LSTM(3, dropout=0.2, recurrent_dropout=0.1, return_sequences=True, seed=3),
            k.layers.GRU(2, dropout=0.2),
        ]
    )


@model()
def convolutional_recurrence(k):
    a, b, c = k.Input((3, 5, 2)), k.Input((3, 4, 4, 1)), k.Input((2, 3, 3, 3, 1))
    flat = [
        k.layers.Flatten()(k.layers.ConvLSTM1D(2, 2)(a)),
        k.layers.Flatten()(k.layers.ConvLSTM2D(2, (2, 3), padding="same", strides=2)(b)),
        k.layers.Flatten()(k.layers.ConvLSTM3D(1, 2, recurrent_activation="sigmoid")(c)),
    ]
    return k.Model([a, b, c], k.layers.Dense(2)(k.layers.Concatenate()(flat)))


@model()
def frames(k):
    x = k.Input((3, 6, 6, 1))
    y = k.layers.TimeDistributed(k.layers.Conv2D(2, 3))(x)
    look = k.Sequential([k.Input((4, 4, 2)), k.layers.Flatten(), k.layers.Dense(3)])
    return k.Model(x, k.layers.LSTM(2)(k.layers.TimeDistributed(look)(y)))


@model()
def attention(k):
    x, other = k.Input((5, 4), name="x"), k.Input((3, 4), name="other")
    y = k.layers.Attention(use_scale=True)([x, other])
    z = k.layers.AdditiveAttention()([y, other])
    w = k.layers.Attention(score_mode="concat", dropout=0.0)([z, other, other])
    return k.Model([x, other], k.layers.Add()([y, z, w]))


@model()
def transformer(k):
    x = image = k.Input((5, 8))
    for _ in range(2):
        y = k.layers.LayerNormalization()(x)
        x = x + k.layers.MultiHeadAttention(2, 4)(y, y)
        y = k.layers.Dense(16, activation="gelu")(k.layers.LayerNormalization(epsilon=1e-6)(x))
        x = x + k.layers.Dense(8)(y)
    return k.Model(image, k.layers.Dense(3)(k.layers.GlobalAveragePooling1D()(x)))


@model(loss="sparse_categorical_crossentropy")
def language_model(k):
    tokens = k.Input((None,), dtype="int32", name="tokens")
    table = k.layers.ReversibleEmbedding(7, 4, mask_zero=False, name="table")
    x = table(tokens)
    x = x + k.layers.MultiHeadAttention(2, 2)(x, x, use_causal_mask=True)
    y = k.layers.GroupQueryAttention(2, 4, 2)(x, x, use_causal_mask=True)
    logits = table(k.layers.LayerNormalization()(x + y), reverse=True)
    return k.Model(tokens, k.layers.Softmax()(logits))


@model(unlike="tensorflow")  # sparse gradients there
def attention_with_masks(k):
    tokens = k.Input((5,), dtype="int32", name="tokens")
    x = k.layers.Embedding(7, 4, mask_zero=True)(tokens)
    y = k.layers.MultiHeadAttention(2, 3, output_shape=4, use_bias=False)(x, x)
    z = k.layers.Attention()([x, y])
    return k.Model(tokens, k.layers.GlobalAveragePooling1D()(k.layers.Add()([x, y, z])))


@model()
def attention_over_axes(k):
    x = k.Input((3, 4, 2))
    y = k.layers.MultiHeadAttention(2, 3, attention_axes=(1, 2), kernel_regularizer="l2")(x, x)
    return k.Model(x, y)
