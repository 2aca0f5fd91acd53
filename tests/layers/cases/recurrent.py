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
    *[
        Case(
            "Bidirectional",
            {"merge_mode": mode},
            SEQUENCE,
            cells=[("LSTM", {"units": 4})],
            masked=True,
        )
        for mode in ("concat", "sum", None)
    ],
    Case(
        "Bidirectional",
        {"merge_mode": "ave"},
        SEQUENCE,
        cells=[("GRU", {"units": 4, "return_sequences": True, "return_state": True})],
        masked=True,
    ),
    Case(
        "Bidirectional",
        {"merge_mode": "mul"},
        SEQUENCE,
        cells=[("SimpleRNN", {"units": 4, "return_sequences": True})],
        free=(1,),
    ),
    Case("TimeDistributed", {}, SEQUENCE, cells=[("Dense", {"units": 4})], masked=True, free=(1,)),
    Case(
        "TimeDistributed", {}, (2, 3, 6, 5, 2), cells=[("Conv2D", {"filters": 4, "kernel_size": 2})]
    ),
    Case("ConvLSTM1D", {"filters": 2, "kernel_size": 2}, (2, 3, 5, 3)),
    Case(
        "ConvLSTM1D",
        {"filters": 2, "kernel_size": 2, "data_format": "channels_first", "return_sequences": True},
        (2, 3, 3, 5),
    ),
    Case(
        "ConvLSTM2D",
        {
            "filters": 2,
            "kernel_size": (2, 3),
            "padding": "same",
            "strides": 2,
            "return_sequences": True,
            "return_state": True,
        },
        (2, 3, 5, 6, 3),
    ),
    Case(
        "ConvLSTM2D",
        {
            "filters": 2,
            "kernel_size": 2,
            "dropout": 0.4,
            "recurrent_dropout": 0.4,
            "seed": 1,
            "unit_forget_bias": False,
        },
        (2, 3, 5, 6, 3),
        draws=True,
    ),
    Case("ConvLSTM3D", {"filters": 2, "kernel_size": 2}, (2, 2, 3, 4, 3, 2)),
]
