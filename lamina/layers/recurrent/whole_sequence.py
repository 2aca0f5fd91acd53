"""The engine's own kernel for a whole sequence, where it has one that computes what the cell says."""

from __future__ import annotations

import functools
from typing import Any

from lamina import activations, ops
from lamina.core import dtypes
from lamina.engine.abstractly import is_abstract
from lamina.engine.current import engine
from lamina.layers.recurrent.gru_cell import GRUCell
from lamina.layers.recurrent.lstm_cell import LSTMCell

_FAR = 1e4  # a sigmoid there is exactly 0 or 1, and it still is a float16


def at_once(
    cell: Any, inputs: Any, states: Any, mask: Any, *, zero_masked: bool, training: bool
) -> tuple[Any, Any, list[Any]] | None:
    """What `over_time` gives for `cell`, by one kernel; `None` if there is none for this case.

    An engine has one as its override `"lstm"` or `"gru"`: a function of inputs
    `(time, batch, features)` with one step at least, states `(1, batch, units)` and weights, laid out as
    cuDNN, oneDNN and PyTorch have them, to `(outputs, states)`, or to `None` where it does not serve.

    Returns:
        `(last output, outputs (time, batch, units), last states)`.
    """
    length = inputs.shape[0]  # which is not a number where it is not known yet
    if not (isinstance(length, int) and length and _is_standard(cell, training)):
        return None
    if engine().dtype(inputs) != cell.compute_dtype:  # `RNN` and its cell each have a dtype
        return None
    if (kernel := engine().overrides.get(cell.kind.lower())) is None:
        return None
    run = functools.partial(_run, kernel)
    inputs = cell.drop_inputs(inputs, training)
    weights = [ops.convert_to_tensor(cell.kernel), ops.convert_to_tensor(cell.recurrent_kernel)]
    bias = None if cell.bias is None else ops.convert_to_tensor(cell.bias)
    if mask is not None:
        return _masked(run, inputs, states, mask, [*weights, bias], zero_masked)
    found = run(inputs, states, *weights, bias)
    return None if found is None else (found[0][-1], *found)


def _run(kernel: Any, inputs: Any, states: list[Any], *weights: Any) -> tuple[Any, list] | None:
    """`kernel` on weights as the cell has them; half-size floats by way of float32."""
    if is_abstract():  # a kernel would go through hundreds of steps
        return ops.zeros((*inputs.shape[:2], states[0].shape[1]), inputs.dtype), states
    given = engine().dtype(inputs)
    wide = "float32" if given in dtypes.HALVES else given
    inputs, *states = (ops.cast(x, wide) for x in (inputs, *states))
    laid_out = _laid_out([None if w is None else ops.cast(w, wide) for w in weights], len(states))
    found = kernel(inputs, [h[None] for h in states], laid_out)
    if found is None:
        return None
    outputs, last = found
    return ops.cast(outputs, given), [ops.cast(h[0], given) for h in last]


def _laid_out(weights: list[Any], states: int) -> list[Any]:
    """Rows of parts (GRU: reset before update), and a bias for each of the two products."""
    kernel, recurrent, bias = weights
    if states == 2:
        biases = [] if bias is None else [bias, ops.zeros_like(bias)]
        return [ops.transpose(kernel), ops.transpose(recurrent), *biases]
    biases = [] if bias is None else [_reset_first(bias[0]), _reset_first(bias[1])]
    return [*(ops.transpose(_reset_first(w)) for w in (kernel, recurrent)), *biases]


def _reset_first(x: Any) -> Any:
    update, reset, candidate = ops.split(x, 3, axis=-1)
    return ops.concatenate([reset, update, candidate], axis=-1)


def _is_standard(cell: Any, training: bool) -> bool:
    """Tell whether the cell's formulas are those that kernels have."""
    return (
        type(cell) in (LSTMCell, GRUCell)
        and cell.activation is activations.tanh
        and cell.recurrent_activation is activations.sigmoid
        and getattr(cell, "reset_after", True)
        and not (training and cell.recurrent_dropout)
    )


def _masked(
    run: Any, inputs: Any, states: Any, mask: Any, weights: list[Any], zero_masked: bool
) -> tuple[Any, Any, list[Any]] | None:
    """Each sample's counting steps moved to the front, and the outputs back to where they belong.

    So any mask will do, and no decision depends on its values.
    """
    length = inputs.shape[0]
    steps = ops.arange(length)[:, None]
    order = ops.argsort(ops.where(mask, steps, ops.add(steps, length)), axis=0)
    counted = ops.cumsum(ops.cast(mask, "int32"), axis=0)  # so far
    past = ops.greater_equal(steps, counted[-1])[..., None]
    inputs = ops.take_along_axis(inputs, order[..., None], axis=0)
    inputs = ops.where(past, ops.zeros_like(inputs), inputs)
    if len(states) == 2:
        inputs, weights = _closing(inputs, past, weights)
    if (found := run(inputs, states, *weights)) is None:
        return None
    packed, last = found
    begun = ops.greater(counted, 0)[..., None]
    outputs = ops.take_along_axis(packed, ops.maximum(counted - 1, 0)[..., None], axis=0)
    state = ops.where(begun[-1], outputs[-1], states[0])
    seen = mask[..., None] if zero_masked else begun
    outputs = ops.where(seen, outputs, ops.zeros_like(outputs))
    return outputs[-1], outputs, [state, *last[1:]]


def _closing(inputs: Any, past: Any, weights: list[Any]) -> tuple[Any, list[Any]]:
    """One more feature, 1 past a sample's end, that shuts the input gate and opens the forget gate.

    So the LSTM's second state, which kernels give for the last step only, stays as it was.
    """
    kernel, *rest = weights
    part = ops.ones_like(kernel[:1, : kernel.shape[1] // 4])
    row = ops.concatenate([-_FAR * part, _FAR * part, 0 * part, 0 * part], axis=1)
    inputs = ops.concatenate([inputs, ops.cast(past, inputs.dtype)], axis=-1)
    return inputs, [ops.concatenate([kernel, row], axis=0), *rest]
