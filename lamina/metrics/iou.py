"""Intersection over union, from a confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import field
from typing import Any

import numpy as np

from lamina import ops
from lamina.core import dtypes
from lamina.core.argument_kinds import Axis, Index
from lamina.core.configurable import from_fields
from lamina.core.masks import get_mask
from lamina.core.scope import stateless
from lamina.engine.current import engine
from lamina.losses.facts import Takes
from lamina.metrics.metric import Metric
from lamina.metrics.reduction import cast, masked_weight
from lamina.ops.core import convert_to_numpy

_WORD = 2**30


@from_fields
class IoU(Metric):
    """Intersection over union, `tp / (tp + fp + fn)`, averaged over `target_class_ids`.

    Classes that occur neither in targets nor in predictions are left out of the average.

    Args:
        num_classes: how many there are. Other classes are refused; within a compiled step, where `fit` has
            looked at the targets before, they do not count.
        target_class_ids: the classes that are averaged.
        name: see `Metric`.
        dtype: of the counts, int32 unless given; weights that are not whole numbers need a float dtype.
        ignore_class: targets of this class do not count.
        sparse_y_true, sparse_y_pred: `False` where there are scores along `axis` (one-hot,
            probabilities or logits) instead of numbers of classes.
        axis: that of the scores.

    Raises:
        ValueError: a class that `num_classes` does not have, or weights that would be cut off.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.IoU(num_classes=2, target_class_ids=[0])
        >>> round(float(metric(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))), 4)
        0.3333
    """

    weight_0_is_absence = True
    better = "max"

    num_classes: int
    target_class_ids: Sequence[int]
    name: str | None = None
    dtype: Any = None
    ignore_class: Index | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: Axis = -1

    def __post_init__(self) -> None:
        """Check the classes, and make the matrix of counts: class i (row) predicted as j (column)."""
        super().__init__("int32" if self.dtype is None else self.dtype, self.name)
        n = self.num_classes
        if n < 1:
            raise ValueError(f"{type(self).__name__}: `num_classes` must be at least 1, not {n}.")
        self.target_class_ids = [int(i) for i in self.target_class_ids]
        if not self.target_class_ids:
            raise ValueError(f"{type(self).__name__}: `target_class_ids` names no class.")
        if wrong := [i for i in self.target_class_ids if not 0 <= i < n]:
            raise ValueError(
                f"{type(self).__name__}: `target_class_ids` {wrong} are not among {n} classes."
            )
        self.total_cm = self.add_variable((n, n), "zeros", name="total_confusion_matrix")
        self.carried = self.add_variable((n, n), "zeros", name="carried")

    @property
    def takes(self) -> Takes:  # type: ignore[override]
        """Numbers of classes, or scores of them."""
        return Takes(
            "classes" if self.sparse_y_true else "one_hot",
            "classes" if self.sparse_y_pred else "scores",
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true, y_pred: classes (or scores, along `axis`), of one shape.
            sample_weight: a number, or of any first axes of that shape.
        """
        self._require_probabilities(y_pred)
        e, mask = engine(), get_mask(y_pred)
        y_true, y_pred = self._classes(y_true, y_pred)
        shape = tuple(e.shape(y_pred))
        if math.prod(e.shape(y_true)) != math.prod(shape):
            raise ValueError(
                f"{type(self).__name__}: targets have shape {tuple(e.shape(y_true))} and predictions {shape}; "
                "they must hold as many classes. Scores need sparse_y_true=False or sparse_y_pred=False."
            )
        self._require_whole(sample_weight)
        weight = masked_weight(sample_weight, mask, shape, self.dtype)
        weight = e.full(shape, 1, self.dtype) if weight is None else e.broadcast_to(weight, shape)
        y_true, y_pred, weight = (e.reshape(x, (-1,)) for x in (y_true, y_pred, weight))
        self._require_within(y_true, y_pred, weight)
        n = self.num_classes
        inside = [e.logical_and(e.greater_equal(y, 0), e.less(y, n)) for y in (y_true, y_pred)]
        counts = e.logical_and(*inside)
        if self.ignore_class is not None:
            counts = e.logical_and(counts, e.not_equal(y_true, self.ignore_class))
        # One place per pair of classes, and a last one for what does not count.
        place = e.add(e.multiply(y_true, n), y_pred)
        place = e.where(counts, place, e.full((), n * n, "int32"))
        filled = e.scatter_add(
            e.full((n * n + 1,), 0, self.dtype), e.reshape(place, (-1, 1)), weight
        )
        self._add(e.reshape(filled[: n * n], (n, n)))

    def _classes(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        pairs = ((y_true, self.sparse_y_true), (y_pred, self.sparse_y_pred))
        true, pred = (
            cast(y if sparse else ops.argmax(y, self.axis), "int32") for y, sparse in pairs
        )
        return true, pred

    def _add(self, counts: Any) -> None:
        """Add to the matrix, without an end: what it cannot hold exactly is carried.

        A float32 plus 1 stays as it is from 2^24 on; `carried` is what rounding lost. An int32 turns
        negative at 2^31; `carried` counts how often 2^30 was taken out.
        """
        e, before, carried = engine(), self.total_cm.value, self.carried.value
        total = e.add(before, counts)
        if dtypes.is_float(self.dtype):
            added = e.subtract(total, before)
            lost = e.add(e.subtract(before, e.subtract(total, added)), e.subtract(counts, added))
        else:
            lost = e.cast(e.greater_equal(total, _WORD), self.dtype)
            total = e.subtract(total, e.multiply(lost, _WORD))
        self.total_cm.assign(total)
        self.carried.assign(e.add(carried, lost))

    def _require_whole(self, weight: Any) -> None:
        """Refuse fractions where integers are counted, which would cut them off."""
        if weight is None or dtypes.is_float(self.dtype):
            return
        if isinstance(weight, (int, float, list, tuple, np.ndarray)):
            whole = bool(np.all(np.asarray(weight) == np.floor(weight)))
        else:
            whole = not dtypes.is_float(engine().dtype(weight))
        if whole:
            return
        raise ValueError(
            f"{type(self).__name__} {self.name!r} counts in {self.dtype}, which would cut weights off to whole "
            "numbers. Give it dtype='float32'."
        )

    def _require_within(self, y_true: Any, y_pred: Any, weight: Any) -> None:
        """Refuse classes out of range, where there are values: they would count neither as right nor as wrong."""
        if stateless.get() is not None:
            return
        for kind, classes in (("targets", y_true), ("predictions", y_pred)):
            values = convert_to_numpy(classes)[convert_to_numpy(weight) != 0]
            values = values[(values < 0) | (values >= self.num_classes)]
            if kind == "targets" and self.ignore_class is not None:
                values = values[values != self.ignore_class]
            if values.size:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r} has {self.num_classes} classes, 0 to "
                    f"{self.num_classes - 1}, but the {kind} hold {int(values[0])}. Give the right "
                    "`num_classes`, or as `ignore_class` the class that is not to count."
                )

    def _ratios(self) -> tuple[Any, Any]:
        """Compute the intersection over union of every class, and whether it occurs at all."""
        e = engine()
        unit = 1.0 if dtypes.is_float(self.dtype) else float(_WORD)
        matrix, carried = (
            cast(v.value, self._result_dtype()) for v in (self.total_cm, self.carried)
        )
        matrix = e.add(matrix, e.multiply(carried, unit))
        both = e.sum(
            e.multiply(matrix, ops.eye(*self.total_cm.shape, dtype=self._result_dtype())), axis=0
        )
        union = e.subtract(e.add(e.sum(matrix, axis=0), e.sum(matrix, axis=1)), both)
        return ops.divide_no_nan(both, union), e.greater(union, 0.0)

    def _result_dtype(self) -> str:
        return self.dtype if dtypes.is_float(self.dtype) else "float32"

    def result(self) -> Any:
        """Return the average so far; 0 before the first batch."""
        e = engine()
        ratios, occurs = self._ratios()
        chosen = e.asarray(self.target_class_ids, "int32")
        ratios, occurs = e.take(ratios, chosen, 0), e.take(occurs, chosen, 0)
        return ops.divide_no_nan(e.sum(ratios), e.sum(e.cast(occurs, self._result_dtype())))


class BinaryIoU(IoU):
    """Intersection over union of probabilities above a threshold and labels 0 and 1.

    Args:
        target_class_ids: which of the classes 0 and 1 are averaged.
        threshold: predictions from here on mean 1.
        name, dtype: see `IoU`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
        >>> round(float(metric(np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.4, 0.7]))), 4)
        0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ):
        self.threshold = threshold
        super().__init__(2, target_class_ids, name, dtype)

    takes = Takes("labels", "probabilities")  # type: ignore[assignment]

    @property
    def needs_probabilities(self) -> bool:
        """Yes, unless the threshold is 0, which is one for logits."""
        return self.threshold != 0

    def _classes(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        return cast(y_true, "int32"), cast(ops.greater_equal(y_pred, self.threshold), "int32")


@from_fields
class MeanIoU(IoU):
    """Intersection over union, averaged over all classes that occur.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: see `IoU`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.MeanIoU(num_classes=2)
        >>> round(float(metric(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))), 4)
        0.3333
    """

    target_class_ids: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        """Average over every class."""
        self.target_class_ids = range(self.num_classes)
        super().__post_init__()


@from_fields
class OneHotIoU(IoU):
    """`IoU` of one-hot targets and scores.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis: see `IoU`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.OneHotIoU(num_classes=2, target_class_ids=[0])
        >>> y_pred = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        >>> round(float(metric(np.array([[1, 0], [1, 0], [1, 0]]), y_pred)), 4)
        0.6667
    """

    sparse_y_true: bool = field(default=False, init=False)
    sparse_y_pred: bool = False


@from_fields
class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot targets and scores.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_pred, axis: see `IoU`.

    Example:
        >>> import lamina
        >>> metric = lamina.metrics.OneHotMeanIoU(num_classes=2)
        >>> y_pred = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        >>> float(metric(np.array([[1, 0], [0, 1], [1, 0]]), y_pred))
        1.0
    """

    sparse_y_true: bool = field(default=False, init=False)
    sparse_y_pred: bool = False
