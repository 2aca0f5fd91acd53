"""Crossentropies."""

from __future__ import annotations

from typing import Any

from lamina.core import settings
from lamina.core.op import Tensor, engine, op
from lamina.ops.core import shapes_agree
from lamina.ops.nn.activation import log_softmax, softplus_of
from lamina.ops.nn.encoding import one_hot

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]

# Classes. From here on a product with their one-hot form costs more than to pick one of them: for 2048
# rows of 5000, with the gradient, 2 (PyTorch) to 3 times (TensorFlow) as much. On JAX it costs less.
_MANY = 256


def _probabilities(output: Any) -> Any:
    margin = settings.epsilon()
    return engine().minimum(engine().maximum(output, margin), 1.0 - margin)


def log_probabilities(output: Any, from_logits: bool, axis: int) -> Any:
    """Return the logarithms of the classes' probabilities, which are scaled to the sum 1."""
    e = engine()
    if from_logits:
        return log_softmax(output, axis)
    return e.log(_probabilities(e.divide(output, e.sum(output, axis=axis, keepdims=True))))


def _check_shapes(kind: str, target: Any, output: Any) -> None:
    shapes = [tuple(engine().shape(x)) for x in (target, output)]
    if not shapes_agree(*shapes):
        raise ValueError(
            f"target has shape {shapes[0]}, output {shapes[1]}; {kind} crossentropy needs equal shapes."
        )


@op(promote="target output", floating=True)
def categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Compute `-sum(target * log(output))` along `axis`, for one-hot (or soft) targets.

    Shapes: target and output `(..., classes)`; the result lacks `axis`.

    Raises:
        ValueError: the shapes differ.
    """
    e = engine()
    _check_shapes("categorical", target, output)
    return e.negative(
        e.sum(e.multiply(target, log_probabilities(output, from_logits, axis)), axis=axis)
    )


@op
def sparse_categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Compute `-log(output[target])` along `axis`, for integer targets.

    Shapes: target `(...)` or `(..., 1)`, output `(..., classes)`; the result has the target's shape.

    Raises:
        ValueError: the shapes do not go together.
    """
    e = engine()
    sizes = list(e.shape(output))
    classes = sizes.pop(axis)
    if len(e.shape(target)) == len(sizes) + 1 and e.shape(target)[-1] == 1:
        target = e.reshape(target, e.shape(target)[:-1])
    if not shapes_agree(e.shape(target), sizes):
        raise ValueError(
            f"target has shape {tuple(e.shape(target))}, output {tuple(e.shape(output))}; sparse categorical "
            f"crossentropy needs integer targets of shape {tuple(sizes)}. "
            "For one-hot targets use categorical_crossentropy."
        )
    target = e.cast(target, "int32")
    if from_logits and (values := _by_kernel(target, output, axis, classes)) is not None:
        return values
    chosen = one_hot(target, classes, axis, e.dtype(output))
    return e.negative(
        e.sum(e.multiply(chosen, log_probabilities(output, from_logits, axis)), axis=axis)
    )


def _by_kernel(target: Any, logits: Any, axis: int, classes: int) -> Any:
    """Compute by the engine's own way for many classes along the last axis; `None` where it has none.

    A target that is not a class has the loss 0, as one-hot.
    """
    e = engine()
    kernel = e.overrides.get("sparse_crossentropy")
    if kernel is None or classes < _MANY or axis not in (-1, len(e.shape(logits)) - 1):
        return None
    is_class = e.logical_and(e.greater_equal(target, 0), e.less(target, classes))
    values = kernel(e.where(is_class, target, 0), logits)
    return e.where(is_class, values, 0.0)


@op(promote="target output", floating=True)
def binary_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False) -> Tensor:
    """Compute `-(target * log(output) + (1 - target) * log(1 - output))`, element by element.

    Raises:
        ValueError: the shapes differ.
    """
    e = engine()
    _check_shapes("binary", target, output)
    if from_logits:  # neither overflow nor log(0)
        return e.subtract(softplus_of(output), e.multiply(output, target))
    output = _probabilities(output)
    hit = e.multiply(target, e.log(output))
    miss = e.multiply(e.subtract(1.0, target), e.log(e.subtract(1.0, output)))
    return e.negative(e.add(hit, miss))
