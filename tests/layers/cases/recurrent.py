"""Cases: recurrent layers."""

from tests.layers.case import SEQUENCE, Case, each

CASES = [
    Case("LSTM", {"units": 4}, SEQUENCE, masked=True, free=(1,)),
    Case("LSTM", {"units": 4, "return_sequences": True}, SEQUENCE, masked=True, free=(1,)),
    Case("LSTM", {"units": 4, "return_state": True, "go_backwards": True}, SEQUENCE, masked=True),
    Case("LSTM", {"units": 4, "return_sequences": True, "unroll": True}, SEQUENCE, masked=True),
    Case(
        "LSTM",
        {"units": 4, "return_sequences": True, "zero_output_for_mask": True},
        SEQUENCE,
        masked=True,
    ),
    Case(
        "LSTM",
        {"units": 4, "return_sequences": True, "return_state": True, "go_backwards": True},
        SEQUENCE,
        masked=True,
    ),
    Case(
        "LSTM",
        {
            "units": 4,
            "activation": "relu",
            "recurrent_activation": "hard_sigmoid",
            "use_bias": False,
            "unroll": True,
        },
        SEQUENCE,
    ),
    Case("LSTM", {"units": 4, "unit_forget_bias": False, "kernel_regularizer": "l2"}, SEQUENCE),
    Case(
        "LSTM",
        {"units": 4, "dropout": 0.4, "recurrent_dropout": 0.4, "seed": 1},
        SEQUENCE,
        draws=True,
    ),
    *each("SimpleRNN GRU", {"units": 4}, SEQUENCE, masked=True, free=(1,)),
    *each("SimpleRNN GRU", {"units": 4, "return_sequences": True}, SEQUENCE, masked=True),
    *each(
        "SimpleRNN GRU",
        {"units": 4, "return_state": True, "go_backwards": True, "unroll": True},
        SEQUENCE,
        masked=True,
    ),
    *each("SimpleRNN GRU", {"units": 4, "use_bias": False, "activation": "relu"}, SEQUENCE),
    *each(
        "SimpleRNN GRU",
        {"units": 4, "dropout": 0.4, "recurrent_dropout": 0.4, "seed": 1},
        SEQUENCE,
        draws=True,
    ),
    Case("GRU", {"units": 4, "reset_after": False}, SEQUENCE, masked=True),
    Case(
        "GRU",
        {
            "units": 4,
            "reset_after": False,
            "recurrent_activation": "hard_sigmoid",
            "recurrent_regularizer": "l2",
        },
        SEQUENCE,
    ),
    *[
        Case("RNN", {}, SEQUENCE, cells=[(cell, {"units": 4})], masked=True)
        for cell in ("SimpleRNNCell", "GRUCell")
    ],
    Case("RNN", {}, SEQUENCE, cells=[("LSTMCell", {"units": 4})], masked=True),
    Case(
        "RNN",
        {"return_sequences": True},
        SEQUENCE,
        cells=[("LSTMCell", {"units": 4}), ("LSTMCell", {"units": 2})],
        masked=True,
    ),
]
