"""Checks of data against a model, before the first step rather than after an epoch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina import losses
from lamina.core import tree
from lamina.core.symbolic import KerasTensor
from lamina.training.outputs import Outputs


def finite(data: Any, what: str) -> None:
    """Warn if floats in `data` are NaN or infinite: losses would be, too, from then on."""
    leaves = tree.flatten(data)
    for i, leaf in enumerate(leaves):
        if leaf is None or leaf.dtype.kind != "f":
            continue
        if np.isfinite(
            np.sum(leaf, dtype="float64")
        ):  # one pass, no temporary: NaN and inf both survive a sum
            continue
        nan, inf = int(np.isnan(leaf).sum()), int(np.isinf(leaf).sum())
        if nan or inf:
            name = what if len(leaves) == 1 else f"{what}[{i}]"
            kinds = " and ".join(
                f"{count} {kind} value{'s' * (count > 1)}"
                for count, kind in ((nan, "NaN"), (inf, "infinite"))
                if count
            )
            warnings.warn(
                f"`{name}` holds {kinds} among {leaf.size}; the loss will become NaN. "
                "Remove or replace them, e.g. with numpy.nan_to_num.",
                stacklevel=4,
            )


def indices(model: Any, x: Any, what: str = "x") -> None:
    """Check integers that go straight into an `Embedding` of the model's graph.

    Inside a compiled model nothing checks them: an integer out of range gives an arbitrary row.

    Raises:
        ValueError: an integer that the embedding has no row for.
    """
    lookups = getattr(model, "lookups", ())
    if lookups:
        values = tree.flatten(x)
        for number, layer in lookups:
            if isinstance(values[number], np.ndarray) and values[number].size:
                _rows(layer, values[number], what)


def _rows(layer: Any, values: np.ndarray, what: str) -> None:
    low, high, rows = values.min(), values.max(), layer.input_dim
    if low < 0 or high >= rows:
        raise ValueError(
            f"`{what}` holds integers from {int(low)} to {int(high)}, but layer {layer.path!r} "
            f"({type(layer).__name__}) has rows for 0 to {rows - 1}. Set input_dim={int(high) + 1}, or mend the data."
        )


def targets(
    outputs: Outputs, compiled_losses: list[Any], y: Any, predictions: list[Any], what: str = "y"
) -> None:
    """Check the values of targets against their losses: classes in range, probabilities in [0, 1].

    Raises:
        ValueError: a label that the output has no unit for, or no integer, or not a probability.
    """
    for name, loss, target, prediction in zip(
        outputs.names, compiled_losses, outputs.flatten(y), predictions, strict=True
    ):
        if target is None or loss is None or not isinstance(target, np.ndarray):
            continue
        where = f"`{what}`" if len(outputs) == 1 else f"`{what}` of output {name!r}"
        fn = getattr(loss, "fn", None)
        if fn is losses.sparse_categorical_crossentropy:
            _classes(
                where,
                target,
                prediction.shape[getattr(loss, "_fn_kwargs", {}).get("axis", -1)],
                loss,
            )
        elif fn is losses.binary_crossentropy:
            _probabilities(where, target)


def _classes(where: str, target: np.ndarray, units: int | None, loss: Any) -> None:
    ignored = getattr(loss, "_fn_kwargs", {}).get("ignore_class")
    known = target[target != ignored] if ignored is not None else target
    if known.size == 0 or units is None:
        return
    odd = known[~np.isfinite(known) | (known != np.floor(known))] if known.dtype.kind == "f" else ()
    if len(odd):
        raise ValueError(
            f"{where} holds values that are no whole numbers, such as "
            f"{'NaN' if np.isnan(odd[0]) else odd[0]}; sparse_categorical_crossentropy needs class indices."
        )
    low, high = known.min(), known.max()
    if low < 0 or high >= units:
        mend = (
            "Count the classes from 0"
            if low == 1 and high == units
            else "Give the last layer one unit per class, or mend the labels"
        )
        raise ValueError(
            f"{where} holds labels from {int(low)} to {int(high)}, but the output has {units} units, "
            f"for labels 0 to {units - 1}. {mend}."
        )


def _probabilities(where: str, target: np.ndarray) -> None:
    if target.dtype.kind == "b" or target.size == 0:
        return
    low, high = target.min(), target.max()
    if low < 0 or high > 1:
        raise ValueError(
            f"{where} holds values from {low:g} to {high:g}, but binary_crossentropy needs values in [0, 1]."
        )


def as_symbolic(data: Any) -> Any:
    """KerasTensors for arrays, the batch axis unknown."""

    def stand_in(leaf: Any) -> Any:
        if leaf is None:
            return None
        return KerasTensor((None, *leaf.shape[1:]), leaf.dtype.name)

    return tree.map_structure(stand_in, data)
