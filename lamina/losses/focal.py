"""Focal crossentropies: what is predicted well already weighs little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.core import settings
from lamina.core.argument_kinds import Rate
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.crossentropy import smoothed
from lamina.losses.facts import loss_function
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.pairing import paired
from lamina.ops.nn.crossentropy import log_probabilities


@loss_function(targets="labels", predictions="probabilities")
@op
def binary_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Compute the mean over `axis` of binary crossentropy times `(1 - p) ** gamma`; `p`: of the right side.

    Shapes: both `(..., features)`; `axis` is gone from the result.

    Args:
        apply_class_balancing: weigh targets of 1 by `alpha` and those of 0 by `1 - alpha`.
        gamma: how little what is predicted well weighs; 0 is plain crossentropy.
        from_logits: `y_pred` are logits (before a sigmoid) rather than probabilities.
        label_smoothing: from 0 to 1; how far targets are drawn from 0 and 1 towards 1/2.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.binary_focal_crossentropy(np.array([[1.0]]), np.array([[0.5]]))
        >>> round(float(loss[0]), 4)
        0.1733

    Source: Lin et al. 2017, "Focal loss for dense object detection".
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "binary_focal_crossentropy")
    if label_smoothing:
        y_true = smoothed(y_true, label_smoothing, 2)
    values = ops.binary_crossentropy(y_true, y_pred, from_logits)
    p = e.sigmoid(y_pred) if from_logits else y_pred
    # The probability of the wrong side, 1 - t * p - (1 - t) * (1 - p).
    wrong = e.add(y_true, e.multiply(p, e.subtract(1.0, e.multiply(y_true, 2.0))))
    values = e.multiply(values, e.power(e.maximum(wrong, settings.epsilon()), float(gamma)))
    if apply_class_balancing:
        share = e.add(e.multiply(y_true, 2.0 * alpha - 1.0), 1.0 - alpha)
        values = e.multiply(values, share)
    return e.mean(values, axis=axis)


@loss_function(targets="one_hot", predictions="shares")
@op
def categorical_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Compute `-sum(alpha * (1 - y_pred) ** gamma * y_true * log(y_pred))` along `axis`, for one-hot targets.

    Shapes: both `(..., classes)`; `axis` is gone from the result.

    Args:
        alpha: a weight, or one per class.
        gamma: how little what is predicted well weighs; 0 is plain crossentropy times `alpha`.
        from_logits: `y_pred` are logits (before a softmax) rather than probabilities.
        label_smoothing: from 0 to 1; which part of a target is spread evenly over all classes.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])
        >>> round(float(lamina.losses.categorical_focal_crossentropy(y_true, y_pred)[0]), 4)
        0.0433

    Source: Lin et al. 2017, "Focal loss for dense object detection".
    """
    e = engine()
    fix = "Give one-hot targets."
    y_true, y_pred = paired(y_true, y_pred, "categorical_focal_crossentropy", fix)
    if label_smoothing:
        y_true = smoothed(y_true, label_smoothing, e.shape(y_true)[axis])
    logs = log_probabilities(y_pred, from_logits, axis)
    weight = e.power(e.maximum(e.negative(e.expm1(logs)), 0.0), float(gamma))
    values = e.multiply(e.multiply(weight, y_true), logs)
    if isinstance(alpha, (int, float)):
        return e.multiply(e.sum(values, axis=axis), -float(alpha))
    per_class = e.asarray([float(a) for a in alpha], e.dtype(values))
    return e.negative(e.sum(e.multiply(values, per_class), axis=axis))


@from_fields
class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Crossentropy for labels that are each yes (1) or no (0), where hard ones weigh more.

    Args:
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis: see
            `binary_focal_crossentropy`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.BinaryFocalCrossentropy()
        >>> round(float(loss(np.array([[1.0]]), np.array([[0.5]]))), 4)
        0.1733
    """

    fn = staticmethod(binary_focal_crossentropy)
    apply_class_balancing: bool = False
    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "binary_focal_crossentropy"
    dtype: Any = None


@from_fields
class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Crossentropy for one class of several, given one-hot, where hard samples weigh more.

    Args:
        alpha, gamma, from_logits, label_smoothing, axis: see `categorical_focal_crossentropy`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.CategoricalFocalCrossentropy()
        >>> round(float(loss(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))), 4)
        0.0433
    """

    fn = staticmethod(categorical_focal_crossentropy)
    alpha: float | Sequence[float] = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "categorical_focal_crossentropy"
    dtype: Any = None
