"""Losses for numbers: squared, absolute and relative differences, and angles."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from lamina import ops
from lamina.core import settings
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.engine.current import engine
from lamina.losses.facts import loss_function
from lamina.losses.loss import FunctionLoss, LossFunctionWrapper
from lamina.losses.pairing import paired


@loss_function(targets="numbers", predictions="numbers")
@op
def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `mean((y_true - y_pred) ** 2)` over the last axis.

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
    return e.mean(e.square(e.subtract(y_true, y_pred)), axis=-1)


@loss_function(targets="numbers", predictions="numbers")
@op
def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `mean(|y_true - y_pred|)` over the last axis.

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
    return e.mean(e.abs(e.subtract(y_true, y_pred)), axis=-1)


@loss_function(targets="ratios", predictions="numbers")
@op
def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `100 * mean(|y_true - y_pred| / |y_true|)` over the last axis.

    Targets nearer to 0 than `epsilon` count as that far from it.

    Shapes: both `(..., features)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[2.0, 4.0]]), np.array([[1.0, 4.0]])
        >>> lamina.losses.mean_absolute_percentage_error(y_true, y_pred).tolist()
        [25.0]
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "mean_absolute_percentage_error")
    size = e.maximum(e.abs(y_true), settings.epsilon())
    return e.multiply(e.mean(e.abs(e.divide(e.subtract(y_true, y_pred), size)), axis=-1), 100.0)


@loss_function(targets="amounts", predictions="amounts")
@op
def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `mean((log(y_true + 1) - log(y_pred + 1)) ** 2)` over the last axis; below 0 counts as 0.

    Shapes: both `(..., features)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[np.e - 1, 0.0]]), np.array([[0.0, 0.0]])
        >>> round(float(lamina.losses.mean_squared_logarithmic_error(y_true, y_pred)[0]), 4)
        0.5
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "mean_squared_logarithmic_error")
    least = settings.epsilon()
    logs = [e.log1p(e.maximum(y, least)) for y in (y_true, y_pred)]
    return e.mean(e.square(e.subtract(*logs)), axis=-1)


@loss_function(targets="numbers", predictions="numbers")
@op
def log_cosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Compute `mean(log(cosh(y_pred - y_true)))` over the last axis: `x² / 2` near 0, `|x| - log 2` far off.

    Shapes: both `(..., features)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> round(float(lamina.losses.log_cosh(np.array([[0.0]]), np.array([[1.0]]))[0]), 4)
        0.4338
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "log_cosh")
    # log(cosh(x)) = x + log(1 + exp(-2x)) - log 2, without overflow.
    x = e.subtract(y_pred, y_true)
    return e.mean(e.subtract(e.add(x, ops.softplus(e.multiply(x, -2.0))), math.log(2.0)), axis=-1)


@loss_function(targets="numbers", predictions="numbers")
@op
def huber(y_true: Tensor, y_pred: Tensor, delta: float = 1.0) -> Tensor:
    """Compute the mean over the last axis of `x² / 2` where `|x| <= delta`, else `delta * (|x| - delta / 2)`.

    Shapes: both `(..., features)`; the result `(...)`.

    Args:
        delta: where the parabola of the difference `x` becomes a straight line.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.huber(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]])).tolist()
        [1.5]

    Source: Huber 1964, "Robust estimation of a location parameter".
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "huber")
    size = e.abs(e.subtract(y_true, y_pred))
    near = e.multiply(e.square(size), 0.5)
    far = e.multiply(e.subtract(size, 0.5 * delta), float(delta))
    return e.mean(e.where(e.less_equal(size, delta), near, far), axis=-1)


@loss_function(targets="vectors", predictions="vectors")
@op
def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Compute minus the cosine of the angle between targets and predictions: from -1 (same way) to 1.

    Shapes: both `(..., features)`; `axis` is gone from the result.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> lamina.losses.cosine_similarity(np.array([[0.0, 2.0]]), np.array([[0.0, 3.0]])).tolist()
        [-1.0]
    """
    e = engine()
    y_true, y_pred = paired(y_true, y_pred, "cosine_similarity")
    return e.negative(cosines(y_true, y_pred, axis))


def cosines(y_true: Any, y_pred: Any, axis: Any) -> Any:
    """Compute cosines of the angles between vectors along `axis`; 0 for a vector of 0."""
    e = engine()
    return e.sum(e.multiply(ops.normalize(y_true, axis), ops.normalize(y_pred, axis)), axis=axis)


@from_fields
class MeanSquaredError(FunctionLoss):
    """The mean of squared differences.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.MeanSquaredError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        2.5
    """

    fn = staticmethod(mean_squared_error)
    name: str | None = "mean_squared_error"


@from_fields
class MeanAbsoluteError(FunctionLoss):
    """The mean of absolute differences.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.MeanAbsoluteError()(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])))
        1.5
    """

    fn = staticmethod(mean_absolute_error)
    name: str | None = "mean_absolute_error"


@from_fields
class MeanAbsolutePercentageError(FunctionLoss):
    """The mean of absolute differences in percent of the targets.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.MeanAbsolutePercentageError()
        >>> float(loss(np.array([[2.0, 4.0]]), np.array([[1.0, 4.0]])))
        25.0
    """

    fn = staticmethod(mean_absolute_percentage_error)
    name: str | None = "mean_absolute_percentage_error"


@from_fields
class MeanSquaredLogarithmicError(FunctionLoss):
    """The mean of squared differences of logarithms.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.MeanSquaredLogarithmicError()
        >>> round(float(loss(np.array([[np.e - 1, 0.0]]), np.array([[0.0, 0.0]]))), 4)
        0.5
    """

    fn = staticmethod(mean_squared_logarithmic_error)
    name: str | None = "mean_squared_logarithmic_error"


@from_fields
class LogCosh(FunctionLoss):
    """The mean of the differences' `log(cosh(x))`.

    Args:
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> round(float(lamina.losses.LogCosh()(np.array([[0.0]]), np.array([[1.0]]))), 4)
        0.4338
    """

    fn = staticmethod(log_cosh)
    name: str | None = "log_cosh"


@from_fields
class Huber(LossFunctionWrapper):
    """Squared differences where they are small, absolute ones where they are large.

    Args:
        delta: see `huber`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.Huber()(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]])))
        1.5
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("delta",)

    fn = staticmethod(huber)
    delta: float = 1.0
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "huber_loss"
    dtype: Any = None


@from_fields
class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between targets and predictions.

    Args:
        axis: see `cosine_similarity`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> float(lamina.losses.CosineSimilarity()(np.array([[0.0, 2.0]]), np.array([[0.0, 3.0]])))
        -1.0
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("axis",)

    fn = staticmethod(cosine_similarity)
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "cosine_similarity"
    dtype: Any = None
