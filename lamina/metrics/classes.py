"""Numbers of classes made of targets and scores, and of what a model says about data."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina import ops


def as_array(x: Any) -> np.ndarray:
    """A NumPy copy; half precision becomes float32, in which sums do not overflow."""
    x = np.array(ops.convert_to_numpy(x))
    return x.astype("float32") if x.dtype.name in ("float16", "bfloat16") else x


def scores_each(y_pred: np.ndarray) -> bool:
    """Tell whether the last axis of `y_pred` has a score for each of several classes."""
    return y_pred.ndim > 1 and y_pred.shape[-1] > 1


def as_classes(
    y_true: np.ndarray, y_pred: np.ndarray, threshold: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and predictions as numbers of classes, int64.

    Args:
        y_true: numbers of classes `(...)` or `(..., 1)`; for several scores also one-hot `(..., classes)`.
        y_pred: scores: one, `(...)` or `(..., 1)`, or one per class, `(..., classes)`.
        threshold: one score above it means class 1; 0.5 unless given. Where it is given, each of several
            scores is a yes or no of its own, and both results are 0 or 1, `(..., classes)`.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    several = scores_each(y_pred)
    if y_pred.ndim > 1 and not several:
        y_pred = y_pred[..., 0]
    if several and threshold is None:
        pred = y_pred.argmax(-1)
        true = y_true.argmax(-1) if y_true.shape == y_pred.shape else y_true
    else:
        pred = (y_pred > (0.5 if threshold is None else threshold)).astype("int64")
        true = y_true
    if true.size != pred.size:
        raise ValueError(
            f"Targets of shape {y_true.shape} do not fit predictions of shape {y_pred.shape}: there must be one "
            "class for each prediction, or one number for each score."
        )
    return true.reshape(pred.shape).astype("int64"), pred


def classes_of(
    model: Any, x: Any, y: Any, sample_weight: Any, threshold: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Let `model` predict; return true and predicted classes, and the weights of the samples.

    Args:
        x, y, sample_weight: as for `evaluate`: arrays, or batches `(x, y)` in `x` alone.
        threshold: see `as_classes`.

    Raises:
        ValueError: there are no targets, several outputs, or scores that are not probabilities.
    """
    if y is None:
        parts = [_of_batch(model, batch) for batch in _batches(x)]
    else:
        parts = [(y, model.predict(x, verbose=0), sample_weight)]
    targets, predictions, weights = zip(*parts, strict=True)
    if any(isinstance(part, (list, tuple, dict)) for part in predictions):
        raise ValueError(
            "A report is about one output, but the model has several. Give a model with the one that is meant: "
            "Model(model.inputs, model.outputs[0])."
        )
    y_true, y_pred = (np.concatenate([*map(as_array, part)]) for part in (targets, predictions))
    _check_scores(y_true, y_pred, threshold)
    true, pred = as_classes(y_true, y_pred, threshold)
    if weights[0] is None:
        return true, pred, None
    return true, pred, np.concatenate([*map(as_array, weights)]).astype("float64")


def _batches(x: Any) -> Iterator[Any]:
    if hasattr(x, "__array__") or isinstance(x, (list, tuple, dict)):
        raise ValueError("A report compares predictions with targets, but no `y` is given.")
    return iter(x) if hasattr(x, "__iter__") else (x[i] for i in range(len(x)))


def _of_batch(model: Any, batch: Any) -> tuple[Any, Any, Any]:
    if not isinstance(batch, (list, tuple)) or len(batch) not in (2, 3):
        raise ValueError(
            "A report compares predictions with targets, but `x` gives batches without them; each must be "
            "(x, y) or (x, y, sample_weight)."
        )
    x, y, weight = (*batch, None)[:3]
    return y, model.predict_on_batch(x), weight


def _check_scores(y_true: np.ndarray, y_pred: np.ndarray, threshold: float | None) -> None:
    if threshold is not None:
        return
    several = scores_each(y_pred)
    if not several and y_pred.size and not 0 <= y_pred.min() <= y_pred.max() <= 1:
        raise ValueError(
            f"The predictions go from {y_pred.min():g} to {y_pred.max():g}: they are not probabilities. Say above "
            "which value one means class 1, e.g. threshold=0 for logits."
        )
    if several and y_true.shape == y_pred.shape and np.any(y_true.sum(-1) > 1.01):
        raise ValueError(
            "`y` has samples with several classes at once. Say above which value a score means yes, e.g. "
            "threshold=0.5: each class is then a yes or no of its own."
        )


def flat(
    true: np.ndarray, pred: np.ndarray, weight: np.ndarray | None, keep: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return one prediction per entry of axis 0 (of positions in an image, say), with its weight.

    Args:
        keep: so many axes at the end stay.
    """
    shape = true.shape[: true.ndim - keep]
    if weight is not None:
        weight = weight.reshape(weight.shape + (1,) * (len(shape) - weight.ndim))
        weight = np.broadcast_to(weight, shape).reshape(-1)
    rows = (-1, *true.shape[true.ndim - keep :])
    return true.reshape(rows), pred.reshape(rows), weight
