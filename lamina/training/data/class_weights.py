"""Class weights: turned into sample weights, for one output or for several."""

from typing import Any

import numpy as np

from lamina.core import settings, tree


def with_class_weights(y: Any, class_weight: Any, sample_weight: Any, names: list[str]) -> Any:
    """Multiply sample weights by the weights of the samples' classes; a class without one has weight 1.

    Args:
        y: targets: an array, or a list or dict of arrays, one per output.
        class_weight: `{class: weight}` for one output; for several a list with one such dict (or
            `None`) per output, or a dict of them by output name.
        sample_weight: of the same structure, or `None`.
        names: of the outputs, if they are known.

    Raises:
        ValueError: weights that are not a dict of numbers, or several
            outputs and not one dict for each.
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
    keys = sorted(y) if isinstance(y, dict) else names
    if isinstance(class_weight, dict) and len(keys) == count and set(class_weight) <= set(keys):
        return [class_weight.get(key) for key in keys]
    if count == 1 and isinstance(class_weight, dict):
        return [class_weight]
    raise ValueError(
        f"`class_weight` with {count} outputs must be a list with a dict (or None) per output, or a dict of dicts "
        f"by output name ({keys}), not {class_weight!r}."
    )


def _times(weight: Any, by_class: np.ndarray) -> np.ndarray:
    if weight is None:
        return by_class
    weight = np.asarray(weight)
    return weight * by_class.reshape(by_class.shape + (1,) * (weight.ndim - by_class.ndim))


def class_weights(y: Any, class_weight: dict[int, float]) -> np.ndarray:
    """Return the weight of each sample by its class (integer targets, or one-hot); 1 if it has none.

    Raises:
        ValueError: weights that are not a dict of numbers.
    """
    try:
        table = {int(k): float(w) for k, w in class_weight.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"`class_weight` must be a dict from classes (integers) to numbers, not {class_weight!r}."
        ) from error
    target = np.asarray(y)
    classes = (
        target.argmax(-1)
        if target.ndim > 1 and target.shape[-1] > 1
        else target.reshape(len(target)).astype("int64")
    )
    present, number = np.unique(classes, return_inverse=True)
    return np.array([table.get(int(c), 1.0) for c in present], settings.floatx())[number]
