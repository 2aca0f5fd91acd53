"""Losses for numbers: squared and absolute differences."""

from __future__ import annotations

from typing import Any

from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.pairing import paired


@op
def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`mean((y_true - y_pred) ** 2)` over the last axis.

    Shapes: both `(..., features)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.mean_squared_error(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])).tolist()
        [2.5]
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "mean_squared_error")
    return e.mean(e.square(e.subtract(y_true, y_pred)), -1)


@op
def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`mean(|y_true - y_pred|)` over the last axis.

    Shapes: both `(..., features)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.mean_absolute_error(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])).tolist()
        [1.5]
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "mean_absolute_error")
    return e.mean(e.abs(e.subtract(y_true, y_pred)), -1)


class MeanSquaredError(LossFunctionWrapper):
    """The mean of squared differences.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.MeanSquaredError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        2.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean of absolute differences.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.MeanAbsoluteError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        1.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ):
        super().__init__(mean_absolute_error, reduction, name, dtype)
