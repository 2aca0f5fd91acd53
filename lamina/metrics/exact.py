"""Metrics of the whole set at once: any function of NumPy arrays, at the end of an epoch.

A metric of the compiled step keeps a few sums, which is all that a mean, a count or an area by
thresholds needs. Others (a rank correlation, the exact area under a curve, scikit-learn's) need every
prediction. An `Exact` metric collects them on the host: it costs the memory of all predictions, and
each step then comes back to the host. Models without one pay nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.core import naming
from lamina.core.masks import get_mask
from lamina.metrics.classes import as_array, as_classes
from lamina.metrics.metric import Metric


class Exact(Metric):
    """The result of a function of all targets and predictions; `exact` makes one.

    Args:
        fn: `(y_true, y_pred, **kwargs) -> a number`, on NumPy arrays; with sample weights it is given
            `sample_weight=`, too.
        name: for the logs; that of the function unless given.
        classes: give `fn` numbers of classes instead of scores: the largest along the last axis, or
            above 0.5 where there is one score. One-hot targets become numbers, too.
        dtype: see `Metric`.
        threshold: give `fn` 1 for scores above it, else 0; so each of several scores is a yes or no.
        kwargs: further arguments of `fn`.
    """

    __slots__ = ("collected",)

    __load_schema__ = {"fn": "functions", "**": "data"}  # noqa: RUF012

    def __init__(
        self,
        fn: Callable,
        name: str | None = None,
        classes: bool = False,
        dtype: Any = None,
        threshold: float | None = None,
        **kwargs: Any,
    ):
        if not callable(fn):
            raise TypeError(
                f"metrics.exact needs a function (y_true, y_pred) -> a number, not {fn!r}: give the "
                "function itself, uncalled, such as sklearn.metrics.r2_score."
            )
        super().__init__(dtype, name or naming.of_function(fn, "exact"))
        self.fn, self.threshold = fn, threshold
        self.classes = classes or threshold is not None
        self.options = kwargs
        vars(self).update(kwargs)  # each is an attribute, as a configuration wants them
        self.collected: list[tuple[np.ndarray, ...]] = []

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Collect one batch; what a mask of the predictions leaves out is left out.

        Raises:
            TypeError: within a compiled step, where there are no values.
        """
        self.collect(y_true, y_pred, sample_weight, get_mask(y_pred))

    def collect(self, y_true: Any, y_pred: Any, sample_weight: Any, mask: Any) -> None:
        """Collect one batch, with its mask."""
        try:
            true, pred = as_array(y_true), as_array(y_pred)
            weight, mask = (None if x is None else as_array(x) for x in (sample_weight, mask))
        except Exception as error:
            raise TypeError(
                f"The exact metric {self.name!r} needs values, and within a compiled step there are none. Give it to "
                "`compile(metrics=[...])`, which brings the predictions out, or update it outside of the step."
            ) from error
        if self.classes:
            true, pred = as_classes(true, pred, self.threshold)
        if mask is not None:
            mask = mask.astype(bool)
            if weight is not None:
                weight = np.broadcast_to(
                    weight.reshape(weight.shape + (1,) * (mask.ndim - weight.ndim)), mask.shape
                )[mask]
            true, pred = true[mask], pred[mask]
        self.collected.append((true, pred) if weight is None else (true, pred, weight))

    @property
    def seen(self) -> bool:
        """Tell whether anything was collected."""
        return bool(self.collected)

    def result(self) -> Any:
        """Apply the function to all that was collected; 0 before the first batch."""
        if not self.collected:
            return 0.0
        if len({len(parts) for parts in self.collected}) > 1:
            raise ValueError(
                f"The exact metric {self.name!r} got sample weights with some batches only."
            )
        true, pred, *weight = (np.concatenate(parts) for parts in zip(*self.collected, strict=True))
        extra = {"sample_weight": weight[0]} if weight else {}
        try:
            return self.fn(true, pred, **extra, **self.options)
        except Exception as error:
            unlike = isinstance(error, ValueError) and not self.classes
            error.add_note(
                f"in the exact metric {self.name!r}, for targets of shape {true.shape} and predictions {pred.shape}"
                + ("; with exact(..., classes=True) it gets classes" if unlike else "")
            )
            raise

    def reset_state(self) -> None:
        """Forget all batches."""
        super().reset_state()
        self.collected.clear()

    def merge_state(self, metrics: Any) -> None:
        """Take over what other metrics of this kind have collected."""
        for metric in metrics:
            self.collected += metric.collected

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), **self.options}


def exact(
    fn: Callable,
    name: str | None = None,
    classes: bool = False,
    threshold: float | None = None,
    **kwargs: Any,
) -> Exact:
    """Make a metric that applies `fn` to all targets and predictions at once, at the end of the epoch.

    Any function of NumPy arrays will do, such as scikit-learn's. In `compile(metrics=[...])` it stands
    together with the compiled ones.

    Args:
        fn: `(y_true, y_pred, **kwargs) -> a number`; among `weighted_metrics` it is given
            `sample_weight=`, too.
        name: for the logs; that of the function unless given.
        classes: give `fn` numbers of classes instead of scores: the largest along the last axis, or
            above 0.5 where there is one score.
        threshold: give `fn` 1 for scores above it, else 0, e.g. above 0 for logits; each of several
            scores is then a yes or no of its own.
        kwargs: further arguments of `fn`.

    Example:
        >>> import lamina
        >>> def largest_error(y_true, y_pred):
        ...     return np.abs(y_true - y_pred).max()
        >>> metric = lamina.metrics.exact(largest_error)
        >>> metric.update_state(np.array([1.0, 2.0]), np.array([1.0, 5.0]))
        >>> metric.update_state(np.array([3.0]), np.array([4.0]))
        >>> float(metric.result())
        3.0
    """
    return Exact(fn, name, classes, threshold=threshold, **kwargs)
