"""An account of a step whose loss, or whose update, is not finite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import autodiff, tree
from lamina.core.sparse import opened
from lamina.engine.current import to_host
from lamina.feeds.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight
from lamina.layers.call_context import CallContext, current
from lamina.layers.weights import flatten_layers, own_weights


@dataclass
class Diagnosis:
    """What was found; as a string, a text of several lines.

    Attributes:
        losses: name -> value of the losses that are not finite.
        epoch, batch: where that was seen first, from 1.
        cause: the batch that led to it: this one, or one before whose update went wrong.
        inputs: what of the data is not finite.
        weights: paths of variables that were not finite before the step.
        layer: the first layer, in the order of the calls, whose output is not finite; or else the one
            nearest to the loss whose gradient is not.
        gradient_norm, learning_rate: at that step; `None` if they cannot be computed here.
    """

    losses: dict[str, float]
    epoch: int
    batch: int
    cause: int
    inputs: list[str] = field(default_factory=list)
    weights: list[str] = field(default_factory=list)
    layer: str | None = None
    gradient_norm: float | None = None
    learning_rate: float | None = None

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        losses = " and ".join(f"{name} is {value}" for name, value in self.losses.items())
        yield f"In epoch {self.epoch}, batch {self.batch} (both from 1), the {losses}."
        if self.cause != self.batch:
            yield f"It began in batch {self.cause}, after which weights, or the optimizer's state, were not finite."
        yield f"  inputs: {'; '.join(self.inputs) or 'finite'}"
        yield f"  weights before it: {', '.join(self.weights[:5]) + ' not finite' if self.weights else 'finite'}"
        yield f"  first layer that is not finite: {self.layer or 'none was found'}"
        yield f"  norm of the gradient: {_shown(self.gradient_norm)}"
        yield f"  learning rate: {_shown(self.learning_rate)}"
        yield self._advice()

    def _advice(self) -> str:
        if self.inputs:
            return "Clean the data: numpy.isfinite tells which samples to drop or fill."
        help = "A smaller learning rate, `clipnorm=` of the optimizer, or scaled inputs and targets may help"
        if self.layer or self.weights:
            return f"{help}; look for divisions, logarithms and roots near 0."
        return f"The outputs are finite, so it is the loss: a division or logarithm near 0, or large outputs. {help}."


def _shown(number: float | None) -> str:
    return "not known" if number is None else f"{number:.6g}"


def diagnose(
    model: Any,
    batches: Any,
    losses: dict[str, float],
    epoch: int,
    batch: int,
    cause: int | None = None,
) -> Diagnosis:
    """Return an account of the step on a batch; the caller puts variables back.

    Args:
        batches: `(x, y, sample_weight)`, with one batch along axis 0.
        epoch: from 0.
        batch, cause: from 1.
    """
    first = tree.map_structure(lambda leaf: None if leaf is None else leaf[0], batches)
    x, y, weight = opened(first)
    found = Diagnosis(losses, epoch + 1, batch, batch if cause is None else cause)
    found.inputs = [*_in_data({"x": x, "y": y, "sample_weight": weight})]
    found.weights = [v.path for v in model.variables if v.is_float and _count(v.numpy())]
    found.learning_rate = float(to_host(model.optimizer.current_rate()))
    if model.__has_no_call__() or not model.__steps_as_usual__():
        return found
    x, y, weight = unpack_x_y_sample_weight(pack_x_y_sample_weight(x, y, weight))
    found.layer = _in_outputs(model, x)
    paths, norm = _in_gradients(model, x, y, weight)
    found.gradient_norm = norm
    if found.layer is None and paths:
        found.layer = f"{paths[-1]}: its gradient"
    return found


def _count(array: Any) -> int:
    """Return how many numbers are not finite."""
    array = np.asarray(to_host(array))
    if array.dtype.kind not in "fcV":  # V: bfloat16
        return 0
    return int(
        np.sum(~np.isfinite(array.astype("complex64" if array.dtype.kind == "c" else "float32")))
    )


def _in_data(data: dict[str, Any]) -> Iterator[str]:
    for name, part in data.items():
        leaves = tree.flatten(part)
        for i, leaf in enumerate(leaves):
            if leaf is not None and (count := _count(leaf)):
                where = name if len(leaves) == 1 else f"{name}[{i}]"
                yield f"`{where}` has {count} of {np.size(leaf)} numbers that are not finite"


def _in_outputs(model: Any, x: Any) -> str | None:
    """Run the model, layer by layer; describe the first output that is not finite."""
    wrong: list[str] = []

    def watch(layer: Any, outputs: Any) -> Any:
        for leaf in tree.flatten(outputs):
            if not wrong and (count := _count(leaf)):
                wrong.append(f"{layer.path}: {count} of {np.size(to_host(leaf))} of its outputs")
        return outputs

    token = current.set(CallContext(True, watch))
    try:
        model(x, training=True)
    finally:
        current.reset(token)
    return wrong[0] if wrong else None


def _in_gradients(model: Any, x: Any, y: Any, weight: Any) -> tuple[list[str], float]:
    """Return paths of the layers whose gradients are not finite, and the norm of the whole gradient."""
    variables = model.trainable_variables

    def objective() -> Any:
        y_pred = model(x, training=True)
        return model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight, training=True)

    _, grads = autodiff.value_and_grad(objective, variables=variables)()
    arrays = [ops.convert_to_numpy(g).astype("float64") for g in grads]
    wrong = {id(v) for v, g in zip(variables, arrays, strict=True) if _count(g)}
    layers = flatten_layers(model)
    paths = [layer.path for layer in layers if wrong & {id(v) for v in own_weights(layer)}]
    with np.errstate(over="ignore", invalid="ignore"):
        return paths, float(np.sqrt(sum(float(np.sum(g * g)) for g in arrays)))
