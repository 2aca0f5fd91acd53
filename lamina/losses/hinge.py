"""Losses of margins: the right side must be right by 1."""

from __future__ import annotations

from typing import Any

from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import loss_function
from lamina.losses.loss import FunctionLoss
from lamina.losses.pairing import paired


def _as_signs(y_true: Any) -> Any:
    """Turn labels 0 and 1, if all are such, into -1 and 1."""
    e = engine()
    other = e.any(e.logical_and(e.not_equal(y_true, 0.0), e.not_equal(y_true, 1.0)))
    return e.where(other, y_true, e.subtract(e.multiply(y_true, 2.0), 1.0))


def _shortfall(y_true: Any, y_pred: Any, name: str) -> Any:
    """Compute how far `y_true * y_pred` is below 1."""
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, name)
    return e.maximum(e.subtract(1.0, e.multiply(_as_signs(y_true), y_pred)), 0.0)


@loss_function(targets="signs", predictions="scores")
@op
def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `mean(max(1 - y_true * y_pred, 0))` over the last axis.

    Shapes: both `(..., features)`; the result `(...)`.

    Args:
        y_true: -1 or 1; where all are 0 or 1, 0 stands for -1.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.hinge(np.array([[1.0, -1.0]]), np.array([[0.5, -3.0]])).tolist()
        [0.25]
    """
    return engine().mean(_shortfall(y_true, y_pred, "hinge"), axis=-1)


@loss_function(targets="signs", predictions="scores")
@op
def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `mean(max(1 - y_true * y_pred, 0) ** 2)` over the last axis.

    Shapes: both `(..., features)`; the result `(...)`.

    Args:
        y_true: -1 or 1; where all are 0 or 1, 0 stands for -1.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.squared_hinge(np.array([[1.0, -1.0]]), np.array([[0.0, -3.0]])).tolist()
        [0.5]
    """
    e = engine()
    return e.mean(e.square(_shortfall(y_true, y_pred, "squared_hinge")), axis=-1)


@loss_function(targets="one_hot", predictions="scores")
@op
def categorical_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `max(1 + best - right, 0)`: how far the right class does not exceed the best other one by 1.

    Shapes: both `(..., classes)`; the result `(...)`.

    Args:
        y_true: one-hot.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.categorical_hinge(np.array([[0, 1]]), np.array([[0.5, 1.0]])).tolist()
        [0.5]
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "categorical_hinge")
    right = e.sum(e.multiply(y_true, y_pred), axis=-1)
    best = e.max(e.multiply(e.subtract(1.0, y_true), y_pred), axis=-1)
    return e.maximum(e.add(e.subtract(best, right), 1.0), 0.0)


@from_fields
class Hinge(FunctionLoss):
    """The mean of `max(1 - y_true * y_pred, 0)`, for labels -1 and 1 (or 0 and 1).

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.Hinge()(np.array([[1.0, -1.0]]), np.array([[0.5, -3.0]])))
        0.25
    """

    fn = staticmethod(hinge)
    name: str | None = "hinge"


@from_fields
class SquaredHinge(FunctionLoss):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`, for labels -1 and 1 (or 0 and 1).

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.SquaredHinge()(np.array([[1.0, -1.0]]), np.array([[0.0, -3.0]])))
        0.5
    """

    fn = staticmethod(squared_hinge)
    name: str | None = "squared_hinge"


@from_fields
class CategoricalHinge(FunctionLoss):
    """How far the right class does not exceed the best other one by 1; targets are one-hot.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.CategoricalHinge()(np.array([[0, 1]]), np.array([[0.5, 1.0]])))
        0.5
    """

    fn = staticmethod(categorical_hinge)
    name: str | None = "categorical_hinge"
