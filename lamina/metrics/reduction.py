"""Metrics that sum or average, and the wrapper that averages what a function gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import naming
from lamina.core.configurable import from_fields, own_fields, without_unset
from lamina.core.masks import both_masks, get_mask
from lamina.core.op import to_native
from lamina.core.tracebacks import warn
from lamina.engine.current import engine
from lamina.losses.facts import Takes
from lamina.losses.pairing import of_one_rank, refuse_crossed, with_equal_shapes
from lamina.losses.weighting import aligned
from lamina.metrics.metric import Metric


def cast(x: Any, dtype: str) -> Any:
    """Return `x` as a native tensor of `dtype`."""
    e = engine()
    x = to_native(x)
    return x if e.dtype(x) == dtype else e.cast(x, dtype)


def masked_weight(weight: Any, mask: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """Multiply `weight` and `mask`, aligned with values of `shape`; `None` if there is neither."""
    weight = None if weight is None else aligned(cast(weight, dtype), shape)
    if mask is None:
        return weight
    mask = aligned(cast(mask, dtype), shape, "mask")
    return mask if weight is None else engine().multiply(weight, mask)


def taken_in(
    y_true: Any, y_pred: Any, sample_weight: Any, dtype: str, name: str
) -> tuple[Any, Any, Any]:
    """Return targets and predictions of one shape in `dtype`, and their weight.

    A mask that predictions carry is part of the weight, which is `None` where all count 1.

    Raises:
        ValueError: the shapes do not go together.
    """
    mask = get_mask(y_pred)
    y_true, y_pred = with_equal_shapes(cast(y_true, dtype), cast(y_pred, dtype), name)
    shape = tuple(engine().shape(y_pred))
    return y_true, y_pred, masked_weight(sample_weight, mask, shape, dtype)


class Sum(Metric):
    """The sum of all values, each times its weight.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Sum()(np.array([1.0, 2.0, 3.0])))
        6.0
    """

    weight_0_is_absence = True

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add `values` (weighted, if weights are given; without what their mask leaves out)."""
        e, mask = engine(), get_mask(values)
        values = cast(values, self.dtype)
        weight = masked_weight(sample_weight, mask, tuple(e.shape(values)), self.dtype)
        values = values if weight is None else e.multiply(values, weight)
        self.total.assign(e.add(self.total.value, e.sum(values)))

    def result(self) -> Any:
        """Return the sum so far."""
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

    weight_0_is_absence = True

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
        values = cast(values, self.dtype)
        total, count = _sums(values, weight, mask, self.dtype)
        self.total.assign(e.add(self.total.value, total))
        self.count.assign(e.add(self.count.value, count))

    def result(self) -> Any:
        """Return the mean so far; 0 before the first value."""
        return ops.divide_no_nan(self.total.value, self.count.value)


def _sums(values: Any, weight: Any, mask: Any, dtype: str) -> tuple[Any, Any]:
    """Compute the weighted sum of the samples' means, and the sum of their weights."""
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
    # The weights are repeated along the axes that they do not have.
    count = e.sum(weight)
    repeated = math.prod(shape) / max(math.prod(e.shape(weight)), 1)
    return e.divide(total, float(per_sample)), e.multiply(count, repeated / per_sample)


def _better(metric: MeanMetricWrapper) -> str | None:
    return getattr(metric.fn, "better", None) or Mean.better.fget(metric)


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

    weight_0_is_absence = True
    __slots__ = ("__options", "__warned")
    __load_schema__ = {"fn": "functions", "**": "data"}  # noqa: RUF012
    fn: Any  # of a subclass: staticmethod(function)
    better: Any = property(_better)

    def __init__(self, fn: Callable, name: str | None = None, dtype: Any = None, **kwargs: Any):
        super().__init__(name or naming.of_function(fn, "metric"), dtype)
        self.fn = fn
        vars(self).update(kwargs)  # each is an attribute, as a configuration wants them
        self.__options, self.__warned = tuple(kwargs), False

    def __post_init__(self) -> None:
        """Take the arguments from the fields of a class that has its `fn` as a class attribute."""
        super().__init__(self.name, self.dtype)
        self.__options, self.__warned = own_fields(self, MeanMetricWrapper), False

    @property
    def options(self) -> dict[str, Any]:
        """Further arguments of `fn`; each is an attribute, too."""
        return {name: getattr(self, name) for name in self.__options}

    @property
    def of_user(self) -> bool:
        """Tell whether the function is the user's own."""
        return not str(getattr(self.fn, "__module__", "")).startswith("lamina.")

    @property
    def takes(self) -> Takes | None:  # type: ignore[override]
        """What `fn` states."""
        return getattr(self.fn, "takes", None)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Take in one batch.

        `fn` gets floats of at least the metric's precision, and targets and predictions of the same
        rank where theirs differ by a last axis of 1.
        """
        self._require_probabilities(y_pred)
        mask = get_mask(y_pred)
        y_true, y_pred = of_one_rank(self._widened(y_true), self._widened(y_pred))
        values = self.fn(y_true, y_pred, **self.options)
        if self.takes is None:
            refuse_crossed(values, y_true, y_pred, f"The metric {self.name!r}")
        if not self.__warned and self.of_user and not ops.shape(values) and ops.shape(y_pred):
            self._warn()
        self._gather(values, sample_weight, both_masks(mask, get_mask(values)))

    def _widened(self, x: Any) -> Any:
        """`x` native, and in the metric's dtype if it holds floats of less precision: sums would overflow."""
        e = engine()
        x = to_native(x) if isinstance(x, np.ndarray) else x
        half = isinstance(x, e.array_types) and e.dtype(x) in ("float16", "bfloat16")
        return e.cast(x, self.dtype) if half else x

    def _warn(self) -> None:
        self.__warned = True
        warn(
            f"The metric {self.name!r} gives one number for a whole batch, and the mean of these numbers is shown. "
            "For a precision, a correlation or the like that is not the number of the whole set: let the function "
            "give one value per sample, or use lamina.metrics.exact(function).",
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return without_unset(type(self), {**super().get_config(), **self.options})


@from_fields
class FunctionMetric(MeanMetricWrapper):
    """A metric whose function, the class attribute `fn`, has no arguments before `name` and `dtype`."""

    name: str | None = None
    dtype: Any = None
