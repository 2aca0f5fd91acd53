"""R²: which part of the targets' variance the predictions explain."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.core.masks import get_mask
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.losses.pairing import with_equal_shapes
from lamina.metrics.metric import Metric
from lamina.metrics.reduction import cast, masked_weight

_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """`1 - sum((y_true - y_pred)²) / sum((y_true - mean(y_true))²)`.

    Where the targets do not vary it is 1 if the predictions equal them, else 0.

    Args:
        class_aggregation: `None` gives a value per output, `"uniform_average"` their mean,
            `"variance_weighted_average"` their mean weighted by the targets' variances.
        num_regressors: of the adjusted R², `1 - (1 - R²) * (n - 1) / (n - num_regressors - 1)`; 0 is the
            plain one, which also stands while `n` is not large enough. `n` counts the values of
            all outputs, as in Keras.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument outside its choices.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])
        >>> float(lamina.metrics.R2Score()(y_true, y_pred))
        0.5
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ):
        super().__init__(dtype, name)
        if class_aggregation not in _AGGREGATIONS:
            raise ValueError(
                f"R2Score: `class_aggregation` must be one of {_AGGREGATIONS}, not {class_aggregation!r}."
            )
        if num_regressors < 0:
            raise ValueError(f"R2Score: `num_regressors` must not be negative: {num_regressors}.")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self.counted: list[Variable] = []

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true, y_pred: `(batch, outputs)`.
            sample_weight: a number, or `(batch,)`.
        """
        e, mask = engine(), get_mask(y_pred)
        y_true, y_pred = with_equal_shapes(
            cast(y_true, self._dtype), cast(y_pred, self._dtype), "R2Score"
        )
        shape = tuple(e.shape(y_pred))
        self._build(shape)
        weight = masked_weight(sample_weight, mask, shape, self._dtype)
        weight = e.full(shape, 1, self._dtype) if weight is None else e.broadcast_to(weight, shape)
        weighted = e.multiply(y_true, weight)
        residual = e.multiply(e.square(e.subtract(y_true, y_pred)), weight)
        parts = (e.multiply(weighted, y_true), weighted, residual, weight)
        for variable, part in zip(self.counted, parts, strict=True):
            variable.assign(e.add(variable.value, e.sum(part, axis=0)))
        self.num_samples.assign(e.add(self.num_samples.value, float(shape[0] * shape[1])))

    def _build(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2:
            raise ValueError(f"R2Score: predictions must have shape (batch, outputs), not {shape}.")
        if not self.counted:
            names = ("squared_sum", "sum", "residual", "count")
            self.counted = [self.add_variable(shape[1:], "zeros", name=name) for name in names]
        elif self.counted[0].shape != shape[1:]:
            raise ValueError(
                f"R2Score: predictions had {self.counted[0].shape[0]} outputs before, and {shape[1]} now."
            )

    def result(self) -> Any:
        """The score so far, a scalar or one per output; 0 before the first batch."""
        e = engine()
        if not self.counted:
            return e.full((), 0, self._dtype)
        squares, sums, residual, count = (variable.value for variable in self.counted)
        mean = ops.divide_no_nan(sums, count)
        total = e.subtract(squares, e.multiply(sums, mean))
        varies = e.greater(total, 0.0)
        share = e.divide(residual, e.where(varies, total, e.full((), 1, self._dtype)))
        exact = e.cast(e.logical_and(e.equal(residual, 0.0), e.greater(count, 0.0)), self._dtype)
        score = e.where(varies, e.subtract(1.0, share), exact)
        if self.class_aggregation == "uniform_average":
            score = e.mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            score = ops.divide_no_nan(e.sum(e.multiply(score, total)), e.sum(total))
        return self._adjusted(score) if self.num_regressors else score

    def _adjusted(self, score: Any) -> Any:
        e = engine()
        free = e.subtract(self.num_samples.value, float(self.num_regressors + 1))
        enough = e.greater(free, 0.0)
        factor = e.divide(
            e.subtract(self.num_samples.value, 1.0),
            e.where(enough, free, e.full((), 1, self._dtype)),
        )
        adjusted = e.subtract(1.0, e.multiply(e.subtract(1.0, score), factor))
        return e.where(enough, adjusted, score)
