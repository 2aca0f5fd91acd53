"""Losses of overlap, for segmentation."""

from __future__ import annotations

from typing import Any

from lamina.core import settings
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import loss_function
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.pairing import paired


def _sums(y_true: Any, y_pred: Any, axis: Any, name: str) -> tuple[Any, Any, Any]:
    """Compute sums along `axis` of the overlap, of the targets and of the predictions."""
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, name)
    axis = tuple(axis) if isinstance(axis, list) else axis
    both, true, pred = (e.sum(y, axis=axis) for y in (e.multiply(y_true, y_pred), y_true, y_pred))
    return both, true, pred


def _one_minus(part: Any, whole: Any) -> Any:
    e, least = engine(), settings.epsilon()
    return e.subtract(1.0, e.divide(part, e.add(whole, least)))


@loss_function(targets="areas", predictions="probabilities")
@op
def dice(y_true: Tensor, y_pred: Tensor, axis: int | tuple[int, ...] | None = None) -> Tensor:
    """Compute `1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))` along `axis`.

    Shapes: equal; `axis` is gone from the result, and is a scalar for the whole batch where that is `None`.

    Args:
        axis: what is summed; all but the first for a value per sample.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 1.0]])
        >>> round(float(lamina.losses.dice(y_true, y_pred, axis=-1)[0]), 4)
        0.5

    Source: Dice 1945; Milletari et al. 2016.
    """
    e = engine()
    both, true, pred = _sums(y_true, y_pred, axis, "dice")
    return _one_minus(e.multiply(both, 2.0), e.add(true, pred))


@loss_function(targets="areas", predictions="probabilities")
@op
def tversky(
    y_true: Tensor,
    y_pred: Tensor,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | tuple[int, ...] | None = None,
) -> Tensor:
    """Compute `1 - both / (both + alpha * invented + beta * missed)` along `axis`.

    `both` is `sum(y_true * y_pred)`, `invented` what only the predictions have (false positives),
    `missed` what only the targets have (false negatives). With 0.5 and 0.5 it is `dice`.

    Shapes: equal; `axis` is gone from the result, and is a scalar for the whole batch where that is `None`.

    Args:
        alpha: weight of false positives, as in the paper. (Keras 3.15 applies it to false negatives.)
        beta: weight of false negatives.
        axis: what is summed; all but the first for a value per sample.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
        >>> round(float(lamina.losses.tversky(y_true, y_pred, alpha=0.0, beta=1.0)), 4)
        0.5

    Source: Salehi et al. 2017, "Tversky loss function for image segmentation".
    """
    e = engine()
    both, true, pred = _sums(y_true, y_pred, axis, "tversky")
    missed, invented = e.subtract(true, both), e.subtract(pred, both)
    wrong = e.add(e.multiply(invented, float(alpha)), e.multiply(missed, float(beta)))
    return _one_minus(both, e.add(both, wrong))


@from_fields
class Dice(LossFunctionWrapper):
    """One minus the doubled overlap over the sum of both.

    Args:
        axis: see `dice`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.Dice()
        >>> round(float(loss(np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 1.0]]))), 4)
        0.5
    """

    fn = staticmethod(dice)
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "dice"
    axis: int | tuple[int, ...] | None = None
    dtype: Any = None


@from_fields
class Tversky(LossFunctionWrapper):
    """One minus the overlap, where what is missed and what is invented have weights of their own.

    Args:
        alpha, beta, axis: see `tversky`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.Tversky(alpha=0.0, beta=1.0)
        >>> round(float(loss(np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]]))), 4)
        0.5
    """

    fn = staticmethod(tversky)
    alpha: float = 0.5
    beta: float = 0.5
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "tversky"
    axis: int | tuple[int, ...] | None = None
    dtype: Any = None
