"""Small conversions of NumPy data before training."""

from typing import Any

import numpy as np

from lamina.core import settings


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows for integer classes.

    Shapes: `(...)` or `(..., 1)` to `(..., num_classes)`, in `floatx`.

    Args:
        x: class indices from 0.
        num_classes: number of classes; by default the largest index and one.

    Raises:
        ValueError: an index is negative, not whole, or not below `num_classes`.

    Example:
        >>> to_categorical([0, 2]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    numbers = np.asarray(x)
    classes = numbers.astype("int64")
    if np.any(classes != numbers):
        raise ValueError(
            f"to_categorical: classes must be whole numbers, but x holds {numbers.ravel()[0]!r} "
            f"(dtype {numbers.dtype})."
        )
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    count = int(classes.max()) + 1 if num_classes is None else num_classes
    if classes.size and (classes.min() < 0 or classes.max() >= count):
        raise ValueError(
            f"to_categorical: classes from {classes.min()} to {classes.max()} do not fit num_classes={count}."
        )
    return (classes[..., None] == np.arange(count)).astype(settings.floatx())


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Divide `x` by its norm of that `order` along `axis`; rows of zeros stay.

    Example:
        >>> normalize([[3.0, 4.0]]).tolist()
        [[0.6, 0.8]]
    """
    x = np.asarray(x)
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)
