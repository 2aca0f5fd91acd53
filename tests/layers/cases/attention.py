"""Cases: attention layers, and the maps within them."""

from tests.layers.case import IMAGE, SEQUENCE, Case, each

PAIR = [(2, 5, 6), (2, 3, 6)]

CASES = [
    Case(
        "EinsumDense",
        {"equation": "abc,cd->abd", "output_shape": (None, 4), "bias_axes": "d"},
        SEQUENCE,
        free=(1,),
    ),
    Case(
        "EinsumDense",
        {"equation": "abc,cde->abde", "output_shape": (None, 4, 2), "bias_axes": "e"},
        SEQUENCE,
    ),
    Case(
        "EinsumDense",
        {"equation": "...x,xy->...y", "output_shape": 4, "activation": "relu"},
        SEQUENCE,
    ),
    Case(
        "EinsumDense",
        {"equation": "ab...,bc->ac...", "output_shape": (4, None), "bias_axes": "c"},
        (2, 3, 5),
    ),
    Case("ReversibleEmbedding", {"input_dim": 7, "output_dim": 4}, (2, 5), integers=7, free=(1,)),
    *each("Dot", {"axes": 2}, PAIR),
    *each("Dot", {"axes": (1, 2), "normalize": True}, [(2, 6, 5), (2, 3, 6)]),
    Case("Dot", {"axes": -1}, [(2, 3), (2, 3)]),
    Case("Attention", {}, PAIR),
    Case("Attention", {"use_scale": True, "score_mode": "concat"}, PAIR),
    Case("Attention", {"dropout": 0.5, "seed": 1}, PAIR, draws=True),
    Case("Attention", {}, [(2, 5, 6), (2, 3, 4), (2, 3, 6)]),
    Case("AdditiveAttention", {}, PAIR),
    Case("AdditiveAttention", {"use_scale": False}, PAIR),
    Case("MultiHeadAttention", {"num_heads": 2, "key_dim": 4}, PAIR),
    Case(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 4, "use_bias": False, "output_shape": 7, "use_gate": True},
        PAIR,
    ),
    Case(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "attention_axes": (2,)},
        [IMAGE, IMAGE],
    ),
    Case(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "attention_axes": (1, 2)},
        [(2, 3, 4, 6), (2, 3, 4, 6)],
    ),
    Case(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 4, "dropout": 0.5, "seed": 1},
        PAIR,
        draws=True,
    ),
    Case(
        "GroupQueryAttention",
        {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2},
        PAIR,
    ),
    Case(
        "GroupQueryAttention",
        {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 1, "use_gate": True},
        PAIR,
    ),
]
