"""PyTorch's own LSTM and GRU, which run over a whole sequence in one kernel.

Measured on processors only, so only they take it: elsewhere the loop over time runs as it did. A step of
training beside that loop, by benchmarks/recurrent.py on one thread: LSTM 4 to 7 times as fast, GRU
1.6 to 2 times (64 units, sequences (32, 50, 32)).
"""

import torch

from lamina.engine.torch.autodiff import depth


def _run(kernel, inputs, states, weights):
    if inputs.device.type != "cpu":
        return None
    # In training the kernel keeps what the way back needs.
    options = (len(weights) > 2, 1, 0.0, torch.is_grad_enabled(), False, False)
    outputs, *last = kernel(inputs, states, weights, *options)
    return outputs, last


def _lstm(inputs, states, weights):
    # oneDNN's kernel has no second derivative.
    return None if depth() > 1 else _run(torch.lstm, inputs, states, weights)


def _gru(inputs, states, weights):
    return _run(torch.gru, inputs, states[0], weights)


overrides = {"lstm": _lstm, "gru": _gru}
