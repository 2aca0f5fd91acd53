"""Metrics that sum or average, and the wrapper that averages what a function gives."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.core.masks import get_mask
from lamina.core.op import to_native
from lamina.engine.current import engine
from lamina.losses.weighting import beside
from lamina.metrics.metric import Metric


def cast(x: Any, dtype: str) -> Any:
    """`x` as a native tensor of `dtype`."""
    e = engine()
    x = to_native(x)
    return x if e.dtype(x) == dtype else e.cast(x, dtype)


def masked_weight(weight: Any, mask: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """`weight * mask`, laid beside values of `shape`; `None` if there is neither."""
    weight = None if weight is None else beside(cast(weight, dtype), shape)
    if mask is None:
        return weight
    mask = beside(cast(mask, dtype), shape, "mask")
    return mask if weight is None else engine().multiply(weight, mask)


class Sum(Metric):
    """The sum of all values, each times its weight.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Sum()(np.array([1.0, 2.0, 3.0])))
        6.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add `values` (weighted, if weights are given; without what their mask leaves out)."""
        e, mask = engine(), get_mask(values)
        values = cast(values, self._dtype)
        weight = masked_weight(sample_weight, mask, tuple(e.shape(values)), self._dtype)
        values = values if weight is None else e.multiply(values, weight)
        self.total.assign(e.add(self.total.value, e.sum(values)))

    def result(self) -> Any:
        """The sum so far."""
        return self.total.value


class Mean(Metric):
    """The mean of all values, each times its weight, over the sum of weights.

    A sample counts once, however many values it has.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.Mean()
        >>> metric.update_state(np.array([1.0, 3.0]))
        >>> metric.update_state(np.array([9.0, 5.0]), sample_weight=np.array([2.0, 0.0]))
        >>> float(metric.result())
        5.5
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None):
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in `values` `(batch, ...)`, or a scalar.

        Args:
            sample_weight: a number, `(batch,)`, or a weight per value.
        """
        self._gather(values, sample_weight, get_mask(values))

    def _gather(self, values: Any, weight: Any, mask: Any) -> None:
        e = engine()
        values = cast(values, self._dtype)
        total, count = _sums(values, weight, mask, self._dtype)
        self.total.assign(e.add(self.total.value, total))
        self.count.assign(e.add(self.count.value, count))

    def result(self) -> Any:
        """The mean so far; 0 before the first value."""
        return ops.divide_no_nan(self.total.value, self.count.value)


def _sums(values: Any, weight: Any, mask: Any, dtype: str) -> tuple[Any, Any]:
    """The weighted sum of the samples' means, and the sum of their weights."""
    e = engine()
    shape = tuple(e.shape(values))
    if mask is None and (weight is None or isinstance(weight, (int, float))):
        # The short way, of a loss and of unweighted metrics: the count is a number, no tensor.
        weight = 1.0 if weight is None else weight
        factor = weight / max(math.prod(shape[1:]), 1)
        total = e.sum(values) if shape else values
        total = total if factor == 1.0 else e.multiply(total, float(factor))
        return total, float(weight * (shape[0] if shape else 1))
    weight = masked_weight(weight, mask, shape, dtype)
    total = e.sum(e.multiply(values, weight))
    per_sample = max(math.prod(shape[1:]), 1)
    # What the weights lack to the values' shape they are repeated along.
    count = e.sum(weight)
    repeated = math.prod(shape) / max(math.prod(e.shape(weight)), 1)
    return e.divide(total, float(per_sample)), e.multiply(count, repeated / per_sample)


_OF_PROBABILITIES = frozenset(
    {"binary_accuracy", "binary_crossentropy", "categorical_crossentropy"}
    | {"sparse_categorical_crossentropy", "kl_divergence", "binary_focal_crossentropy"}
    | {"categorical_focal_crossentropy", "categorical_generalized_cross_entropy"}
)


class MeanMetricWrapper(Mean):
    """The mean of what a function of targets and predictions gives.

    A mask that the predictions carry leaves the masked time steps out.

    Args:
        fn: `(y_true, y_pred, **kwargs) -> a value per sample`.
        name, dtype: see `Metric`.
        kwargs: further arguments of `fn`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.MeanMetricWrapper(lamina.losses.mean_squared_error)
        >>> float(metric(np.array([[1.0]]), np.array([[3.0]])))
        4.0
    """

    def __init__(self, fn: Callable, name: str | None = None, dtype: Any = None, **kwargs: Any):
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self.fn = fn
        self._fn_kwargs = kwargs
        vars(self).update(kwargs)  # each is an attribute, as a configuration wants them
        self._warned = False

    @property
    def of_user(self) -> bool:
        """Whether the function is none of lamina's."""
        return not str(getattr(self.fn, "__module__", "")).startswith("lamina.")

    @property
    def needs_probabilities(self) -> bool:
        """Yes, for crossentropies and binary accuracy, unless told that they are logits."""
        wants = getattr(self.fn, "__name__", "") in _OF_PROBABILITIES and not self.of_user
        return wants and not self._fn_kwargs.get("from_logits")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch."""
        self._require_probabilities(y_pred)
        mask = get_mask(y_pred)
        values = self.fn(y_true, y_pred, **self._fn_kwargs)
        if not self._warned and self.of_user and not ops.shape(values) and ops.shape(y_pred):
            self._warn()
        own = get_mask(values)
        if own is not None:
            mask = own if mask is None else ops.logical_and(mask, own)
        self._gather(values, sample_weight, mask)

    def _warn(self) -> None:
        self._warned = True
        warnings.warn(
            f"The metric {self.name!r} gives one number for a whole batch, and the mean of these numbers is shown. "
            "For a precision, a correlation or the like that is not the number of the whole set: let the function "
            "give one value per sample, or use lamina.metrics.exact(function).",
            stacklevel=3,
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), **self._fn_kwargs}
