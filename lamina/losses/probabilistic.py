"""Losses for counts and for distributions."""

from __future__ import annotations

from lamina.core import settings
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import loss_function
from lamina.losses.loss import FunctionLoss
from lamina.losses.pairing import paired


@loss_function(targets="amounts", predictions="amounts")
@op
def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `mean(y_pred - y_true * log(y_pred))` over the last axis: counts and expected counts.

    Shapes: both `(..., features)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.poisson(np.array([[0.0, 0.0]]), np.array([[1.0, 2.0]])).tolist()
        [1.5]
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "poisson")
    logs = e.log(e.add(y_pred, settings.epsilon()))
    return e.mean(e.subtract(y_pred, e.multiply(y_true, logs)), axis=-1)


@loss_function(targets="distributions", predictions="shares")
@op
def kl_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `sum(y_true * log(y_true / y_pred))` over the last axis, both drawn into [epsilon, 1].

    Shapes: both `(..., classes)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> divergence = lamina.losses.kl_divergence(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))
        >>> round(float(divergence[0]), 4)
        0.1438

    Source: Kullback & Leibler 1951.
    """
    e = engine()
    pair = paired(y_true, y_pred, "kl_divergence")
    y_true, y_pred = (e.minimum(e.maximum(y, settings.epsilon()), 1.0) for y in pair)
    return e.sum(e.multiply(y_true, e.log(e.divide(y_true, y_pred))), axis=-1)


@from_fields
class Poisson(FunctionLoss):
    """The mean of `y_pred - y_true * log(y_pred)`: counts and expected counts.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.Poisson()(np.array([[0.0, 0.0]]), np.array([[1.0, 2.0]])))
        1.5
    """

    fn = staticmethod(poisson)
    name: str | None = "poisson"


@from_fields
class KLDivergence(FunctionLoss):
    """How far the predicted distribution is from the target's, `sum(y_true * log(y_true / y_pred))`.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.KLDivergence()
        >>> round(float(loss(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))), 4)
        0.1438
    """

    fn = staticmethod(kl_divergence)
    name: str | None = "kl_divergence"
