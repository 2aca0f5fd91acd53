"""How often predictions are right."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from lamina import ops
from lamina.core import dtypes
from lamina.core.argument_kinds import Count
from lamina.core.configurable import from_fields
from lamina.core.op import Tensor, op
from lamina.core.settings import floatx
from lamina.engine.current import engine
from lamina.losses.facts import metric_function
from lamina.losses.pairing import with_equal_shapes
from lamina.metrics.reduction import FunctionMetric, MeanMetricWrapper
from lamina.ops.core import shapes_agree


def _as_float(truth: Any, like: Any) -> Any:
    """Return booleans as 0 and 1, in the dtype of `like` if that is floating."""
    e = engine()
    dtype = e.dtype(like)
    return e.cast(truth, dtype if dtypes.is_float(dtype) else floatx())


@metric_function("max", targets="classes", predictions="classes")
@op
def accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return 1 where `y_true == y_pred`, else 0, value by value."""
    y_true, y_pred = with_equal_shapes(y_true, y_pred, "accuracy")
    return _as_float(ops.equal(y_true, y_pred), y_pred)


@metric_function("max", targets="labels", predictions="probabilities")
@op
def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """Return 1 where `y_pred > threshold` says what `y_true` (0 or 1) says, else 0, value by value.

    Example:
        >>> import lamina
        >>> lamina.metrics.binary_accuracy(np.array([1, 0]), np.array([0.7, 0.6])).tolist()
        [1.0, 0.0]
    """
    y_true, y_pred = with_equal_shapes(y_true, y_pred, "binary_accuracy")
    return _as_float(ops.equal(y_true, ops.cast(ops.greater(y_pred, threshold), "int32")), y_pred)


@metric_function("max", targets="one_hot", predictions="scores")
@op
def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return 1 where the largest of `y_pred` is the largest of `y_true` (one-hot), else 0.

    Shapes: both `(..., classes)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.9], [0.8, 0.2]])
        >>> lamina.metrics.categorical_accuracy(np.array([[0, 1], [0, 1]]), y_pred).tolist()
        [1.0, 0.0]
    """
    fix = "Give one-hot targets, or for integer classes use sparse_categorical_accuracy."
    y_true, y_pred = with_equal_shapes(y_true, y_pred, "categorical_accuracy", fix)
    e = engine()
    return _as_float(e.equal(e.argmax(y_true, -1), e.argmax(y_pred, -1)), y_pred)


@metric_function("max", targets="classes", predictions="scores")
@op
def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return 1 where the largest of `y_pred` is at index `y_true`, else 0.

    Shapes: y_true `(...)` or `(..., 1)`, y_pred `(..., classes)`; the result `(...)`.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.9], [0.8, 0.2]])
        >>> lamina.metrics.sparse_categorical_accuracy(np.array([1, 1]), y_pred).tolist()
        [1.0, 0.0]
    """
    e = engine()
    classes = _classes(y_true, y_pred, "sparse_categorical_accuracy")
    return _as_float(e.equal(classes, e.argmax(y_pred, -1)), y_pred)


def _classes(y_true: Any, y_pred: Any, name: str) -> Any:
    """Return targets as int32 in the shape of the predictions without their classes."""
    e = engine()
    shape, expected = tuple(e.shape(y_true)), tuple(e.shape(y_pred)[:-1])
    if len(shape) == len(expected) + 1 and shape[-1] == 1:
        y_true = e.reshape(y_true, shape[:-1])
    if not shapes_agree(e.shape(y_true), expected):
        raise ValueError(
            f"{name}: y_true has shape {shape} and y_pred {tuple(e.shape(y_pred))}; integer targets of shape "
            f"{expected} are expected. For one-hot targets use {name.replace('sparse_', '')}."
        )
    return y_true if e.dtype(y_true) == "int32" else e.cast(y_true, "int32")


@metric_function("max", targets="one_hot", predictions="scores")
@op
def top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k: int = 5) -> Tensor:
    """Return 1 where the class of `y_true` (one-hot) is among the `k` largest of `y_pred`, else 0.

    Shapes: both `(..., classes)`; the result `(...)`.

    Raises:
        ValueError: the shapes differ.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.5, 0.4]])
        >>> lamina.metrics.top_k_categorical_accuracy(np.array([[0, 0, 1]]), y_pred, k=2).tolist()
        [1.0]
    """
    fix = "Give one-hot targets, or for integer classes use sparse_top_k_categorical_accuracy."
    y_true, y_pred = with_equal_shapes(y_true, y_pred, "top_k_categorical_accuracy", fix)
    return _among_largest(engine().argmax(y_true, -1), y_pred, k)


@metric_function("max", targets="classes", predictions="scores")
@op
def sparse_top_k_categorical_accuracy(
    y_true: Tensor, y_pred: Tensor, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """Return 1 where class `y_true` is among the `k` largest of `y_pred`, else 0.

    Shapes: y_true `(...)` or `(..., 1)`, y_pred `(..., classes)`; the result `(...)`.

    Args:
        k: how many of the best predictions count.
        from_sorted_ids: `y_pred` holds numbers of classes, the best first, instead of scores.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.5, 0.4]])
        >>> lamina.metrics.sparse_top_k_categorical_accuracy(np.array([2]), y_pred, k=2).tolist()
        [1.0]
    """
    e = engine()
    classes = _classes(y_true, y_pred, "sparse_top_k_categorical_accuracy")
    if not from_sorted_ids:
        return _among_largest(classes, y_pred, k)
    best = e.cast(e.getitem(y_pred, (..., slice(0, k))), "int32")
    return _as_float(e.any(e.equal(best, ops.expand_dims(classes, -1)), axis=-1), y_pred)


def _among_largest(classes: Any, y_pred: Any, k: int) -> Any:
    """Tell whether fewer than `k` predictions are larger than that of the class; ties count as right."""
    e = engine()
    own = e.equal(ops.expand_dims(classes, -1), e.arange(0, e.shape(y_pred)[-1], 1, "int32"))
    score = e.sum(e.where(own, y_pred, e.full((), 0, e.dtype(y_pred))), axis=-1, keepdims=True)
    larger = e.sum(e.cast(e.greater(y_pred, score), "int32"), axis=-1)
    # A class out of range has no score, and a score of NaN is larger than nothing and not right either.
    score = e.reshape(score, e.shape(larger))
    counts = e.logical_and(e.any(own, axis=-1), e.equal(score, score))
    return _as_float(e.logical_and(e.less(larger, k), counts), y_pred)


@from_fields
class Accuracy(FunctionMetric):
    """How often predictions equal their targets.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.Accuracy()(np.array([1, 2, 3, 4]), np.array([0, 2, 3, 4])))
        0.75
    """

    fn = staticmethod(accuracy)
    name: str | None = "accuracy"


@from_fields
class BinaryAccuracy(FunctionMetric):
    """How often `y_pred > threshold` says what the target (0 or 1) says.

    Args:
        name, dtype: see `Metric`.
        threshold: predictions above it mean 1: 0.5 for probabilities, 0 for logits.

    Raises:
        ValueError: `threshold` is not a finite number.

    Example:
        >>> import lamina
        >>> float(lamina.metrics.BinaryAccuracy()(np.array([[1], [0]]), np.array([[0.7], [0.6]])))
        0.5
    """

    fn = staticmethod(binary_accuracy)
    name: str | None = "binary_accuracy"
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if self.threshold is None or not math.isfinite(self.threshold):
            raise ValueError(
                f"BinaryAccuracy: `threshold` must be a finite number, not {self.threshold!r}."
            )
        super().__post_init__()

    @property
    def needs_probabilities(self) -> bool:
        """Tell whether logits would mislead it: other thresholds than these are for logits."""
        return 0 < self.threshold < 1


@from_fields
class CategoricalAccuracy(FunctionMetric):
    """How often the class with the largest prediction is that of the one-hot target.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.9], [0.8, 0.2]])
        >>> float(lamina.metrics.CategoricalAccuracy()(np.array([[0, 1], [0, 1]]), y_pred))
        0.5
    """

    fn = staticmethod(categorical_accuracy)
    name: str | None = "categorical_accuracy"


@from_fields
class SparseCategoricalAccuracy(FunctionMetric):
    """How often the class with the largest prediction is the target, a class's number.

    Args:
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.9], [0.8, 0.2]])
        >>> float(lamina.metrics.SparseCategoricalAccuracy()(np.array([1, 1]), y_pred))
        0.5
    """

    fn = staticmethod(sparse_categorical_accuracy)
    name: str | None = "sparse_categorical_accuracy"


@from_fields
class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of the one-hot target is among the `k` largest predictions.

    Args:
        k: how many of the best predictions count.
        name, dtype: see `Metric`.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.5, 0.4]])
        >>> float(lamina.metrics.TopKCategoricalAccuracy(k=1)(np.array([[0, 0, 1]]), y_pred))
        0.0
    """

    fn = staticmethod(top_k_categorical_accuracy)
    k: Count = 5
    name: str | None = "top_k_categorical_accuracy"
    dtype: Any = None


@from_fields
class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the target, a class's number, is among the `k` largest predictions.

    Args:
        k: how many of the best predictions count.
        name, dtype: see `Metric`.
        from_sorted_ids: predictions are numbers of classes, the best first, instead of scores.

    Example:
        >>> import lamina
        >>> y_pred = np.array([[0.1, 0.5, 0.4]])
        >>> float(lamina.metrics.SparseTopKCategoricalAccuracy(k=2)(np.array([2]), y_pred))
        1.0
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("from_sorted_ids",)

    fn = staticmethod(sparse_top_k_categorical_accuracy)
    k: Count = 5
    name: str | None = "sparse_top_k_categorical_accuracy"
    dtype: Any = None
    from_sorted_ids: bool = False
