"""Checks of the values of targets against their losses."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina import losses
from lamina.core import tree
from lamina.preflight.facts import Array, Facts, Output
from lamina.preflight.finding import Finding, error, hint, warning

OF_LABELS, OF_PROBABILITIES = (
    ("classes", "sequences"),
    ("labels",),
)  # what a loss says that it takes
_FEW = 8  # samples; of fewer nothing is concluded


def labels(facts: Facts) -> Iterator[Finding]:
    """Numbers of classes that are none: not whole, or without a unit."""
    for output, target in facts.with_targets():
        if output.takes.targets in OF_LABELS:
            units = output.shape[output.axis]
            ignored = getattr(output.loss, "ignore_class", None)
            yield from _labels(target.where, target.values, units, ignored, output.loss_name())


def _labels(
    where: str, known: np.ndarray, units: int | None, ignored: Any, kind: str
) -> Iterator[Finding]:
    if ignored is not None:
        known = known[known != ignored]
    if known.size == 0 or units is None:
        return
    fractions = known.dtype.kind == "f"
    odd = known[~np.isfinite(known) | (known != np.floor(known))] if fractions else known[:0]
    if len(odd):
        yield error(
            where,
            "holds values that are not whole numbers, such as "
            f"{'NaN' if np.isnan(odd[0]) else odd[0]};",
            f"{kind} needs class indices.",
        )
        return
    low, high = known.min(), known.max()
    if low < 0 or high >= units:
        from_one = low == 1 and high == units
        yield error(
            where,
            f"holds labels from {int(low)} to {int(high)}, but the output has {units} units, for labels "
            f"0 to {units - 1}.",
            fix="Count the classes from 0."
            if from_one
            else "Give the last layer one unit per class, or correct the labels.",
        )


def probabilities(facts: Facts) -> Iterator[Finding]:
    """Targets of a binary crossentropy that are not within [0, 1]."""
    for output, target in facts.with_targets():
        values = target.values
        is_boolean = values.dtype.kind == "b"
        if output.takes.targets not in OF_PROBABILITIES or is_boolean or not values.size:
            continue
        low, high = values.min(), values.max()
        if low < 0 or high > 1:
            yield error(
                target.where,
                f"holds values from {low:g} to {high:g},",
                f"but {output.loss_name()} needs values in [0, 1].",
                "Write the classes as 0 and 1." if (low, high) == (-1, 1) else "",
            )


def shares(facts: Facts) -> Iterator[Finding]:
    """Several classes at once, or negative shares, for a loss of one class among several."""
    for output, target in facts.with_targets():
        takes = output.takes
        if takes.predictions != "shares" or takes.targets == "classes" or output.axis != -1:
            continue
        sums = target.sample.sum(axis=-1)
        if target.finite.size and target.finite.min() < 0:
            yield warning(
                target.where,
                f"holds {target.finite.min():g}, but {output.loss_name()} takes shares of classes.",
                "A negative share has no meaning, and its loss no lower bound.",
                "Give one-hot rows or probabilities.",
            )
        elif sums.size and sums.max() > 1.01:
            yield warning(
                target.where,
                f"has rows that sum to {sums.max():g}, but {output.loss_name()} takes rows that sum to 1.",
                "Several classes at once are not learned that way.",
                "Use a sigmoid and binary_crossentropy for several classes at once.",
            )


def one_class(facts: Facts) -> Iterator[Finding]:
    """Nothing to tell apart."""
    for output, target in facts.with_targets():
        values = target.values
        several, binary = output.takes.one_of_several, output.takes.targets == "labels"
        if not (several or binary) or len(values) < _FEW or values[0].size == 0:
            continue
        alone = values.ndim == 1 or values.shape[1:] == (1,) or several
        if alone and values.ndim <= 2 and target.is_constant():
            yield warning(
                target.where,
                "holds one class only: " + _shown(values[0]) + ".",
                "There is nothing to tell apart; the model learns to say it always.",
                "Look at how the data were selected.",
            )


def _shown(value: np.ndarray) -> str:
    return str(np.asarray(value).reshape(-1)[:10].tolist())[1:-1]


def one_number(facts: Facts) -> Iterator[Finding]:
    """Numbers that are all the same, or so large that squares of them explode."""
    for output, target in facts.with_targets():
        if not output.takes.regression or len(target.values) < _FEW or not target.finite.size:
            continue
        if target.is_constant():
            yield hint(
                target.where,
                f"is the same for every sample ({_shown(target.values[0])}).",
                "The model learns to say it always.",
                "Look at how the targets were computed.",
            )
        elif output.fn is losses.mean_squared_error and np.abs(target.finite).max() > 1e4:
            yield hint(
                target.where,
                f"goes from {target.finite.min():g} to {target.finite.max():g};",
                "squares of such errors, and their gradients, are huge.",
                "Standardize the targets, or learn their logarithm.",
            )


def undefined(facts: Facts) -> Iterator[Finding]:
    """Targets for which the loss has no sensible value."""
    for output, target in facts.with_targets():
        if not target.finite.size:
            continue
        low = target.finite.min()
        if output.takes.targets == "ratios" and np.any(target.finite == 0):
            yield warning(
                target.where,
                f"holds {int((target.finite == 0).sum())} zero(s), of which no percentage can be taken;",
                "they are divided by 1e-7 and drown all others.",
                "Use mean_absolute_error, or leave zeros out.",
            )
        elif output.takes.targets == "amounts" and low < 0:
            yield warning(
                target.where,
                f"goes down to {low:g}, but {output.loss_name()} is for numbers from 0.",
                "Below 0 it is cut off, or leads away from the target.",
                "Use mean_squared_error.",
            )


def unused_first_class(facts: Facts) -> Iterator[Finding]:
    """Labels counted from 1, with one unit too many for them."""
    for output, target in facts.with_targets():
        if output.takes.targets == "classes" and len(target.values) >= 5 * _FEW and output.units:
            values = target.values
            if values.min() == 1 and values.max() == output.units - 1:
                yield hint(
                    target.where,
                    f"holds labels from 1 to {output.units - 1}: class 0 never occurs.",
                    "One unit is never right.",
                    "Count the classes from 0, and leave a unit out.",
                )


def _classes_seen(y: np.ndarray, output: Output) -> np.ndarray | None:
    """Which classes occur in y, by their numbers; `None` where that cannot be told."""
    if output.takes.targets == "classes" and y.size == len(y) and output.units:
        flat = y.reshape(-1)
        if flat.min() < 0 or flat.max() >= output.units or flat.dtype.kind not in "iuf":
            return None
        return np.bincount(flat.astype("int64"), minlength=output.units) > 0
    if output.takes.one_of_several and y.ndim == 2:
        return y.max(axis=0) > 0.5
    if output.takes.targets == "labels" and y.size == len(y):
        return np.array([np.any(y < 0.5), np.any(y > 0.5)])
    return None


def sorted_before_split(facts: Facts) -> Iterator[Finding]:
    """Classes that only the part split off for validation has."""
    plan = facts.plan
    if plan is None or not plan.validation_split or len(facts.outputs) != 1:
        return
    kept = tree.flatten(plan.validation[1])
    for output, target in facts.with_targets():
        if len(kept) != 1 or not isinstance(kept[0], np.ndarray) or len(kept[0]) < 2:
            return
        here, there = (_classes_seen(y, output) for y in (target.values, kept[0]))
        if here is None or there is None:
            return
        only = np.flatnonzero(there & ~here)
        if len(only) and (there & ~here).sum() >= max(1, there.sum() / 2):
            yield warning(
                "`validation_split`",
                f"takes the last samples, which hold classes {only.tolist()} that the training part "
                "does not have.",
                "The data seem to be sorted by class; nothing is learned of these.",
                "Shuffle x and y alike before: order = numpy.random.permutation(len(x)).",
            )


def sorted_batches(facts: Facts) -> Iterator[Finding]:
    """Classes one after the other, and no shuffling."""
    plan = facts.plan
    if plan is None or plan.shuffle is not False:
        return
    for output, target in facts.with_targets():
        order = _class_of(target, output)
        if order is None or len(order) < 4 * plan.batch_size or len(facts.targets) != 1:
            continue
        if order[0] != order[-1] and np.all(order[1:] >= order[:-1]):
            yield warning(
                target.where,
                "is sorted by class, and shuffle=False.",
                "Every batch then holds one class, and the model forgets the others.",
                "Leave shuffle=True, or shuffle the data before.",
            )


def _class_of(target: Array, output: Output) -> np.ndarray | None:
    values = target.values
    if output.takes.one_of_several and output.takes.targets == "one_hot" and values.ndim == 2:
        return values.argmax(axis=-1)
    if output.takes.targets in ("labels", "classes") and values.size == len(values):
        return values.reshape(-1)
    return None
