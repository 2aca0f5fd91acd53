"""PyTorch's own LSTM and GRU, which run over a whole sequence in one kernel.

Measured on processors only, so only they take it: elsewhere the loop over time runs as it did.
"""

from __future__ import annotations

import torch

from lamina.engine.abstractly import is_abstract
from lamina.engine.torch.autodiff import depth
from lamina.engine.torch.devices import DEVICE


def _run(kernel, inputs, states, weights):
    """`kernel(inputs, states, weights)`, half-size floats by way of float32."""
    if is_abstract():  # torch would go through hundreds of steps
        return inputs.new_empty((*inputs.shape[:2], states[0].shape[1])), states
    given = inputs.dtype
    if given.itemsize == 2:
        inputs, states, weights = inputs.float(), [h.float() for h in states], map(_float, weights)
    outputs, *last = kernel(inputs, states, list(weights))
    return outputs.to(given), [h.to(given) for h in last]


_float = torch.Tensor.float


def _fused(kernel, inputs, states, weights):
    """One layer in one direction."""
    hx = [h[None] for h in states]
    # In training the kernel keeps what the way back needs.
    options = (len(weights) > 2, 1, 0.0, torch.is_grad_enabled(), False, False)
    outputs, *last = kernel(inputs, hx if len(hx) > 1 else hx[0], weights, *options)
    return outputs, *(h[0] for h in last)


def _lstm(inputs, states, weights):
    if depth() < 2:
        return _fused(torch.lstm, inputs, states, weights)
    outputs = []  # oneDNN's kernel has no second derivative, a single step has
    for x in inputs.unbind(0):
        states = torch.lstm_cell(x, states, *weights)
        outputs.append(states[0])
    return torch.stack(outputs), *states


def _gru(inputs, states, weights):
    return _fused(torch.gru, inputs, states, weights)


def lstm(inputs, states, kernel, recurrent, bias):
    weights = [kernel.T, recurrent.T]
    if bias is not None:
        weights += [bias, torch.zeros_like(bias)]
    return _run(_lstm, inputs, states, weights)


def gru(inputs, states, kernel, recurrent, bias):
    weights = [_reset_first(kernel).T, _reset_first(recurrent).T]
    if bias is not None:
        weights += _reset_first(bias).unbind(0)
    return _run(_gru, inputs, states, weights)


def _reset_first(x):
    """Parts update, reset, candidate in torch's order: reset, update, candidate."""
    update, reset, candidate = x.chunk(3, -1)
    return torch.cat([reset, update, candidate], -1)


# A step of training beside the loop over time, by benchmarks/recurrent.py on one thread: LSTM 4 to 7
# times as fast, GRU 1.6 to 2 times (64 units, sequences (32, 50, 32)).
overrides = {"lstm": lstm, "gru": gru} if DEVICE.type == "cpu" else {}
