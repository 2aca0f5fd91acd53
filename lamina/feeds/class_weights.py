"""Class weights: turned into sample weights, for one output or for several."""

from typing import Any

import numpy as np

from lamina.core import settings, tree

BALANCED = "balanced"


def with_class_weights(y: Any, class_weight: Any, sample_weight: Any, names: list[str]) -> Any:
    """Multiply sample weights by the weights of the samples' classes; a class without one has weight 1.

    Args:
        y: targets: an array, or a list or dict of arrays, one per output.
        class_weight: `{class: weight}`, or `"balanced"` (see `balanced`), for one output; for several
            a list with one such per output (or `None`), a dict of them by output name, or `"balanced"`.
        sample_weight: of the same structure, or `None`.
        names: of the outputs, if they are known.

    Raises:
        ValueError: weights that are not a dict of numbers, several outputs and not one dict for
            each, or targets of which no balance can be taken.
    """
    if not tree.is_nested(y):
        return _times(sample_weight, class_weights(y, class_weight))
    leaves = tree.flatten(y)
    per_output = _per_output(y, class_weight, names, len(leaves))
    weights = (
        [sample_weight] * len(leaves)
        if not tree.is_nested(sample_weight)
        else [*map(sample_weight.get, sorted(y))]
        if isinstance(sample_weight, dict) and isinstance(y, dict)
        else tree.flatten(sample_weight)
    )
    found = [
        weight if table is None or leaf is None else _times(weight, class_weights(leaf, table))
        for leaf, table, weight in zip(leaves, per_output, weights, strict=True)
    ]
    return tree.pack_like(y, found)


def _per_output(y: Any, class_weight: Any, names: list[str], count: int) -> list[Any]:
    if isinstance(class_weight, (list, tuple)) and len(class_weight) == count:
        return list(class_weight)
    if isinstance(class_weight, str) and class_weight == BALANCED:
        return [class_weight] * count
    keys = sorted(y) if isinstance(y, dict) else names
    if isinstance(class_weight, dict) and len(keys) == count and set(class_weight) <= set(keys):
        return [class_weight.get(key) for key in keys]
    if count == 1 and isinstance(class_weight, dict):
        return [class_weight]
    raise ValueError(
        f"`class_weight` with {count} outputs must be a list with a dict (or None) per output, or a dict of dicts "
        f"by output name ({keys}), or {BALANCED!r}, not {class_weight!r}."
    )


def _times(weight: Any, by_class: np.ndarray) -> np.ndarray:
    if weight is None:
        return by_class
    weight = np.asarray(weight)
    return weight * by_class.reshape(by_class.shape + (1,) * (weight.ndim - by_class.ndim))


def class_weights(y: Any, class_weight: Any) -> np.ndarray:
    """Return the weight of each sample by its class (integer targets, or one-hot); 1 if it has none.

    Raises:
        ValueError: weights that are not a dict of numbers, or targets of which no balance can be taken.
    """
    target = np.asarray(y)
    asked = isinstance(class_weight, str) and class_weight == BALANCED
    given: Any = balanced(target) if asked else class_weight
    try:
        table = {int(k): float(w) for k, w in given.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"`class_weight` must be a dict from classes (integers) to numbers, or {BALANCED!r}, not {class_weight!r}."
        ) from error
    present, number = np.unique(_classes(target), return_inverse=True)
    return np.array([table.get(int(c), 1.0) for c in present], settings.floatx())[number]


def balanced(target: np.ndarray) -> dict[int, float]:
    """Return weights with which each class counts equally: `samples / (classes * samples of the class)`.

    Args:
        target: numbers of classes `(samples,)` or `(samples, 1)`, or one-hot `(samples, classes)`.

    Raises:
        ValueError: these are not classes, one for each sample.

    Source: King and Zeng 2001, "Logistic regression in rare events data".

    Example:
        >>> balanced(np.array([0, 0, 0, 1]))
        {0: 0.6666666666666666, 1: 2.0}
    """
    one_hot = target.ndim == 2 and target.shape[1] > 1
    whole = bool(np.all(target == np.floor(target))) if target.dtype.kind == "f" else True
    if target.ndim > 2 or not whole or (one_hot and not _is_one_hot(target)):
        raise ValueError(
            f"class_weight={BALANCED!r} needs one class for each sample, as a whole number or one-hot; these targets "
            f"have shape {target.shape}, such as {target[0].tolist()}. Give a dict of weights, or `sample_weight`."
        )
    classes, counts = np.unique(_classes(target), return_counts=True)
    weights = len(target) / (len(classes) * counts)
    return dict(zip(classes.tolist(), weights.tolist(), strict=True))


def refuse_balance_of_batches(class_weight: Any) -> None:
    """Refuse to make weights of targets that come in batches: it takes all of them to count.

    Raises:
        ValueError: some weights are to be balanced.
    """
    if isinstance(class_weight, dict):
        class_weight = list(class_weight.values())
    if BALANCED in (class_weight if isinstance(class_weight, (list, tuple)) else [class_weight]):
        raise ValueError(
            f"class_weight={BALANCED!r} counts the classes of all targets, but `x` gives batches, one after the "
            "other. Count them yourself, and give a dict: weight = samples / (classes * samples of the class)."
        )


def _is_one_hot(target: np.ndarray) -> bool:
    return bool(np.all((target == 0) | (target == 1)) and np.all(target.sum(axis=1) == 1))


def _classes(target: np.ndarray) -> np.ndarray:
    if target.ndim > 1 and target.shape[-1] > 1:
        return target.argmax(-1)
    return target.reshape(len(target)).astype("int64")
