"""Circle loss: embeddings of one class close together, those of different classes apart."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.configurable import from_fields
from lamina.core.masks import set_mask
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import loss_function
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.pairing import floating


@loss_function(targets="groups", predictions="vectors")
@op
def circle(
    y_true: Tensor,
    y_pred: Tensor,
    ref_labels: Tensor = None,
    ref_embeddings: Tensor = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Tensor:
    """Compute `log(1 + sum(exp(gamma * a * (s - margin))) * sum(exp(-gamma * b * (s - 1 + margin))))` per sample.

    `s` are the cosines to all samples of other classes in the first sum and of the same class in the
    second; the weights `a = max(s + margin, 0)` and `b = max(1 + margin - s, 0)` have gradients, too.

    Shapes: y_true `(batch,)` or `(batch, 1)`, y_pred `(batch, features)`; the result `(batch,)`, with
    a mask that leaves out samples whose class no other has.

    Args:
        y_true: numbers of classes.
        y_pred: embeddings of length 1.
        ref_labels, ref_embeddings: samples to compare with, instead of the batch itself.
        remove_diagonal: do not compare sample i with reference i, itself.
        gamma: scale; margin: how much closer than 0 (apart) and 1 (together) is enough.

    Raises:
        ValueError: the shapes do not go together, or only one of the references is given.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> loss = lamina.losses.circle(np.array([0, 0, 1]), y_pred, gamma=1.0)
        >>> [round(float(x), 4) for x in loss]
        [0.5459, 0.5459, 0.0]

    Source: Sun et al. 2020, "Circle loss: a unified perspective of pair similarity optimization".
    """
    e = engine()
    _, y_pred = floating(y_pred, y_pred)
    if (ref_labels is None) != (ref_embeddings is None):
        raise ValueError("circle: give both `ref_labels` and `ref_embeddings`, or neither.")
    labels, rows = _labels(y_true, y_pred), e.shape(y_pred)[0]
    others, embeddings = labels, y_pred
    if ref_embeddings is not None:
        embeddings = e.cast(ref_embeddings, e.dtype(y_pred))
        others = _labels(ref_labels, embeddings)
    same = e.equal(ops.expand_dims(labels, 1), ops.expand_dims(others, 0))
    apart = e.logical_not(same)
    if remove_diagonal:
        itself = ops.eye(rows, e.shape(embeddings)[0], dtype="bool")
        same = e.logical_and(same, e.logical_not(itself))
    s = e.matmul(y_pred, e.transpose(embeddings, (1, 0)))
    far = e.maximum(e.add(s, margin), 0.0)
    near = e.maximum(e.subtract(1.0 + margin, s), 0.0)
    push = e.multiply(e.multiply(far, e.subtract(s, margin)), float(gamma))
    pull = e.multiply(e.multiply(near, e.subtract(s, 1.0 - margin)), -float(gamma))
    values = ops.softplus(e.add(_among(push, apart), _among(pull, same)))
    counts = e.any(same, axis=1)
    values = e.where(counts, values, e.full((), 0, e.dtype(values)))
    set_mask(values, counts)
    return values


_NOTHING = -1e30  # the logarithm of a sum without terms, such that its gradient is 0 and no NaN


def _among(x: Any, chosen: Any) -> Any:
    """Compute `log(sum(exp(x)))` over the `chosen` entries of each row."""
    e = engine()
    return ops.logsumexp(e.where(chosen, x, e.full((), _NOTHING, e.dtype(x))), axis=1)


def _labels(labels: Any, embeddings: Any) -> Any:
    e = engine()
    shape, rows = tuple(e.shape(labels)), tuple(e.shape(embeddings))
    if len(rows) != 2 or shape not in (rows[:1], (rows[0], 1)):
        raise ValueError(
            f"circle: labels have shape {shape} and embeddings {rows}; one label per embedding, (batch,), "
            "and embeddings (batch, features) are expected."
        )
    return e.reshape(labels, rows[:1])


@from_fields
class Circle(LossFunctionWrapper):
    """Embeddings of one class close together, those of different classes apart.

    Args:
        gamma, margin, remove_diagonal: see `circle`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> round(float(lamina.losses.Circle(gamma=1.0)(np.array([0, 0, 1]), y_pred)), 4)
        0.5459
    """

    fn = staticmethod(circle)
    gamma: float = 80.0
    margin: float = 0.4
    remove_diagonal: bool = True
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "circle"
    dtype: Any = None
