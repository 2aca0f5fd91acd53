"""R²: which part of the targets' variance the predictions explain."""

from typing import Any

from lamina import ops
from lamina.core.choices import one_of
from lamina.core.configurable import from_fields
from lamina.engine.current import engine
from lamina.losses.facts import Takes
from lamina.metrics.reduction import taken_in
from lamina.metrics.tally import Tally

_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


@from_fields
class R2Score(Tally):
    """`1 - sum((y_true - y_pred)²) / sum((y_true - mean(y_true))²)`.

    Where the targets do not vary it is 1 if the predictions equal them, else 0.

    Args:
        class_aggregation: `None` gives a value per output, `"uniform_average"` their mean,
            `"variance_weighted_average"` their mean weighted by the targets' variances.
        num_regressors: of the adjusted R², `1 - (1 - R²) * (n - 1) / (n - num_regressors - 1)`; 0 is the
            plain one, which also stands while `n`, the number of samples, is not large enough.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument outside its choices.

    Example:
        >>> import lamina
        >>> y_true, y_pred = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])
        >>> float(lamina.metrics.R2Score()(y_true, y_pred))
        0.5
    """

    takes = Takes("numbers", "numbers")
    better = "max"  # pyright: ignore[reportAssignmentType]
    attributes = ("squared_sum", "sum", "total_mse", "count")
    names = ("squared_sum", "sum", "residual", "count")

    class_aggregation: str | None = "uniform_average"
    num_regressors: int = 0
    name: str | None = "r2_score"
    dtype: Any = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        super().__init__(self.dtype, self.name)
        one_of("R2Score", "class_aggregation", self.class_aggregation, _AGGREGATIONS)
        if self.num_regressors < 0:
            raise ValueError(
                f"R2Score: `num_regressors` must not be negative: {self.num_regressors}."
            )
        self.num_samples = self.add_variable((), "zeros", name="num_samples")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true, y_pred: `(batch, outputs)`.
            sample_weight: a number, or `(batch,)`.
        """
        e = engine()
        y_true, y_pred, weight = taken_in(y_true, y_pred, sample_weight, self.dtype, "R2Score")
        shape = tuple(e.shape(y_pred))
        self.start_with(shape, "outputs")
        weight = e.full(shape, 1, self.dtype) if weight is None else e.broadcast_to(weight, shape)
        weighted = e.multiply(y_true, weight)
        residual = e.multiply(e.square(e.subtract(y_true, y_pred)), weight)
        parts = (e.multiply(weighted, y_true), weighted, residual, weight)
        self.add(e.sum(part, axis=0) for part in parts)
        self.num_samples.assign(e.add(self.num_samples.value, float(shape[0])))

    def result(self) -> Any:
        """Return the score so far, a scalar or one per output; 0 before the first batch."""
        e = engine()
        if not self.counted:
            return e.full((), 0, self.dtype)
        squares, sums, residual, count = self.sums()
        mean = ops.divide_no_nan(sums, count)
        total = e.subtract(squares, e.multiply(sums, mean))
        varies = e.greater(total, 0.0)
        share = e.divide(residual, e.where(varies, total, e.full((), 1, self.dtype)))
        exact = e.cast(e.logical_and(e.equal(residual, 0.0), e.greater(count, 0.0)), self.dtype)
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
            e.where(enough, free, e.full((), 1, self.dtype)),
        )
        adjusted = e.subtract(1.0, e.multiply(e.subtract(1.0, score), factor))
        return e.where(enough, adjusted, score)
