"""Losses for classes: crossentropies between targets and predicted probabilities."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.core.argument_kinds import Rate
from lamina.core.configurable import from_fields
from lamina.core.masks import set_mask
from lamina.losses.facts import loss_function
from lamina.losses.loss import LossFunctionWrapper
from lamina.losses.pairing import floating, paired
from lamina.ops.core import known_shape, shapes_agree


def smoothed(y_true: Any, amount: float, kinds: Any) -> Any:
    """Spread the part `amount` of `y_true` evenly over `kinds` classes."""
    return ops.add(ops.multiply(y_true, 1.0 - amount), amount / kinds)


@loss_function(targets="labels", predictions="probabilities")
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Compute `-(y_true * log(y_pred) + (1 - y_true) * log(1 - y_pred))`, the mean over `axis`.

    Shapes: both `(..., features)`; `axis` is gone from the result.

    Args:
        from_logits: `y_pred` are logits (before a sigmoid) rather than probabilities.
        label_smoothing: from 0 to 1; how far targets are drawn from 0 and 1 towards 1/2.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.binary_crossentropy(np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]]))
        >>> round(float(loss[0]), 4)
        0.6931
    """
    fix = "For integer classes use sparse_categorical_crossentropy; for one label per sample a last layer of 1 unit."
    y_true, y_pred = paired(y_true, y_pred, "binary_crossentropy", fix)
    if label_smoothing:
        y_true = smoothed(y_true, label_smoothing, 2)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits), axis)


@loss_function(targets="one_hot", predictions="shares")
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Compute `-sum(y_true * log(y_pred))` along `axis`, for one-hot (or soft) targets.

    Shapes: both `(..., classes)`; `axis` is gone from the result.

    Args:
        from_logits: `y_pred` are logits (before a softmax) rather than probabilities.
        label_smoothing: from 0 to 1; which part of a target is spread evenly over all classes.

    Raises:
        ValueError: the shapes differ by more than a last axis of 1.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.categorical_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))
        >>> round(float(loss[0]), 4)
        0.6931
    """
    fix = "Give one-hot targets, or for integer classes use sparse_categorical_crossentropy."
    y_true, y_pred = paired(y_true, y_pred, "categorical_crossentropy", fix)
    if label_smoothing:
        y_true = smoothed(y_true, label_smoothing, ops.shape(y_true)[axis])
    return ops.categorical_crossentropy(y_true, y_pred, from_logits, axis)


@loss_function(targets="classes", predictions="shares")
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Compute `-log(y_pred[y_true])` along `axis`, for targets that are numbers of classes.

    Shapes: y_true `(...)` or `(..., 1)`, y_pred `(..., classes)`; the result like y_true.

    Args:
        from_logits: `y_pred` are logits (before a softmax) rather than probabilities.
        ignore_class: targets of this class count as 0; the result carries a mask that says so.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.sparse_categorical_crossentropy(np.array([1]), np.array([[0.5, 0.5]]))
        >>> round(float(loss[0]), 4)
        0.6931
    """
    _, y_pred = floating(y_pred, y_pred)
    name = "sparse_categorical_crossentropy"
    y_true = classes_like(ops.convert_to_tensor(y_true), known_shape(y_pred), axis, name)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits, axis)
    counts = ops.not_equal(y_true, ignore_class)
    values = ops.sparse_categorical_crossentropy(
        ops.where(counts, y_true, 0), y_pred, from_logits, axis
    )
    values = ops.where(counts, values, 0.0)
    set_mask(values, counts)
    return values


def classes_like(y_true: Any, predicted: tuple[int | None, ...], axis: int, name: str) -> Any:
    """Return numbers of classes in the shape of the predictions without their axis of classes.

    Raises:
        ValueError: the shapes do not go together.
    """
    shape = known_shape(y_true)
    sizes = list(predicted)
    sizes.pop(axis)
    if len(shape) == len(sizes) + 1 and shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    if not shapes_agree(known_shape(y_true), sizes):
        raise ValueError(
            f"{name}: y_true has shape {shape} and y_pred {predicted}; integer targets of "
            f"shape {tuple(sizes)} are expected. For one-hot targets use categorical_crossentropy."
        )
    return y_true


@from_fields
class BinaryCrossentropy(LossFunctionWrapper):
    """Crossentropy for labels that are each yes (1) or no (0).

    Args:
        from_logits, label_smoothing, axis: see `binary_crossentropy`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.BinaryCrossentropy(from_logits=True)
        >>> round(float(loss(np.array([[1.0]]), np.array([[0.0]]))), 4)
        0.6931
    """

    fn = staticmethod(binary_crossentropy)
    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "binary_crossentropy"
    dtype: Any = None


@from_fields
class CategoricalCrossentropy(LossFunctionWrapper):
    """Crossentropy for one class of several, given one-hot.

    Args:
        from_logits, label_smoothing, axis: see `categorical_crossentropy`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.CategoricalCrossentropy(from_logits=True)
        >>> round(float(loss(np.array([[0.0, 1.0]]), np.array([[0.0, 0.0]]))), 4)
        0.6931
    """

    fn = staticmethod(categorical_crossentropy)
    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "categorical_crossentropy"
    dtype: Any = None


@from_fields
class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Crossentropy for one class of several, given by its number.

    Args:
        from_logits, ignore_class, axis: see `sparse_categorical_crossentropy`.
        reduction, name, dtype: see `Loss`.

    Example:
        >>> import lamina
        >>> loss = lamina.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> round(float(loss(np.array([1]), np.array([[0.0, 0.0]]))), 4)
        0.6931
    """

    written_if_set: ClassVar[tuple[str, ...]] = ("axis",)

    fn = staticmethod(sparse_categorical_crossentropy)
    from_logits: bool = False
    ignore_class: int | None = None
    reduction: str | None = "sum_over_batch_size"
    axis: int = -1
    name: str | None = "sparse_categorical_crossentropy"
    dtype: Any = None
