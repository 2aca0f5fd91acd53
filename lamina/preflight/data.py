"""Checks of inputs and weights by themselves."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.core import tree
from lamina.feeds.mapped import any_mapped, looked_at
from lamina.layers.core.embedding import Embedding
from lamina.preflight.facts import Facts
from lamina.preflight.finding import Finding, error, hint, warning

# Layers for which inputs in the hundreds are too large; one that scales would come before them.
_UNSCALED_INTO = {
    *("Dense", "EinsumDense", "LSTM", "GRU", "SimpleRNN"),
    *("Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv2D"),
}
_LARGE = 50.0  # standard deviations, or means, of an input column above this are hard to learn from


def not_finite(facts: Facts) -> Iterator[Finding]:
    """NaN or infinite floats in x or y: losses would be, too, from then on."""
    for array in (*facts.inputs, *facts.targets):
        if array.values.dtype.kind == "f":
            with np.errstate(all="ignore"):
                if _sums_up(array.values):
                    continue
            yield from _counted(array.where, array.values)


def surely_finite(data: Any) -> bool:
    """Tell in one fast pass that `not_finite` finds nothing in x and y, the first of `data`, if they lie in memory."""
    leaves = [leaf for leaf in tree.flatten(data[:2]) if leaf is not None]
    if any_mapped(leaves):
        return False
    with np.errstate(all="ignore"):
        return all(type(x) is np.ndarray and (x.dtype.kind != "f" or _sums_up(x)) for x in leaves)


def _sums_up(values: np.ndarray) -> bool:
    """Tell in one fast pass that all numbers are finite; `False` if only a closer look can tell."""
    if values.flags.c_contiguous and values.dtype.char in "fd":
        flat = values.reshape(-1)
        return math.isfinite(flat.dot(flat))  # NaN and inf survive, as large numbers may
    return math.isfinite(np.sum(values, dtype="float64"))


def _counted(where: str, values: np.ndarray) -> Iterator[Finding]:
    counts = (int(np.isnan(values).sum()), "NaN"), (int(np.isinf(values).sum()), "infinite")
    kinds = " and ".join(f"{n} {kind} value{'s' * (n > 1)}" for n, kind in counts if n)
    if kinds:
        yield warning(
            where,
            f"holds {kinds} among {values.size};",
            "the loss will become NaN.",
            "Remove or replace them, e.g. with numpy.nan_to_num.",
        )


def looked_up(facts: Facts) -> Iterator[tuple[int, Embedding]]:
    """Number inputs that go straight into an `Embedding`, and give these."""
    for number, layer in facts.graph.first_operations if facts.graph is not None else ():
        if isinstance(layer, Embedding):
            yield number, layer


def rows_of_embeddings(facts: Facts) -> Iterator[Finding]:
    """Integers that an `Embedding` has no row for; in a compiled model nothing else checks them."""
    for number, layer in looked_up(facts):
        values = tree.flatten(facts.x)[number]
        if isinstance(values, np.ndarray) and values.size:
            rows = layer.input_dim
            if not _are_below(values, rows):
                low, high = values.min(), values.max()
                yield error(
                    f"`{facts.what}x`",
                    f"holds integers from {int(low)} to {int(high)}, but layer {layer.path!r} "
                    f"({type(layer).__name__}) has rows for 0 to {rows - 1}.",
                    fix=f"Set input_dim={int(high) + 1}, or correct the data.",
                )


def _are_below(values: np.ndarray, limit: int) -> bool:
    """Tell whether all of `values` lie from 0 to below `limit`."""
    if values.dtype.kind != "i":
        return bool(values.min() >= 0 and values.max() < limit)
    # As unsigned integers negative ones are the largest, so that one pass tells.
    unsigned = values.view(f"u{values.itemsize}")
    return int(unsigned.max()) < min(limit, 2 ** (8 * values.itemsize - 1))


def unscaled(facts: Facts) -> Iterator[Finding]:
    """Large inputs that go straight into layers with weights."""
    for number, array in enumerate(facts.inputs):
        first = {type(layer).__name__ for layer in facts.first_layers(number)}
        if not first or not first <= _UNSCALED_INTO or not len(array.finite):
            continue
        rows = array.sample.reshape(len(array.sample), -1).astype("float32")
        if len(array.finite) < rows.size:
            rows = np.where(np.isfinite(rows), rows, 0)
        spread = float(rows.std(axis=0).max())
        if spread > _LARGE or float(np.abs(rows).mean()) > _LARGE:
            yield warning(
                array.where,
                f"is not scaled: it goes from {array.finite.min():g} to {array.finite.max():g} "
                f"straight into {sorted(first)}.",
                "Weights begin for inputs of about -1 to 1; with such large ones learning is slow "
                "or diverges.",
                "Divide (images: x / 255), standardize each column, or begin with "
                "BatchNormalization.",
            )


def constant_inputs(facts: Facts) -> Iterator[Finding]:
    """Columns that tell nothing."""
    for array in facts.inputs:
        if len(array.values) < 8 or array.values.ndim != 2:
            continue
        same = np.flatnonzero((array.sample == array.sample[:1]).all(axis=0))
        if same := [i for i in same if (array.values[:, i] == array.values[0, i]).all()]:
            yield hint(
                array.where,
                f"has {len(same)} column(s) with one value only, such as number {same[0]};",
                "they tell nothing about a sample.",
                "Leave them out.",
            )


def numbers_of_categories(facts: Facts) -> Iterator[Finding]:
    """Integers, perhaps of categories or words, that a layer takes for amounts."""
    for number, array in enumerate(facts.inputs):
        first = {type(layer).__name__ for layer in facts.first_layers(number)}
        if array.values.dtype.kind in "iu" and first == {"Dense"} and array.values.ndim == 2:
            yield hint(
                array.where,
                f"holds integers ({array.values.dtype}) and goes into a Dense layer, which takes them "
                "for amounts.",
                "If they number categories or words, 7 is not seven times 1.",
                "Use an Embedding or one-hot vectors for categories.",
            )


def weights_of_samples(facts: Facts) -> Iterator[Finding]:
    """Sample weights that are NaN, negative, or all 0."""
    plan = facts.plan
    if plan is None:
        return
    for leaf in tree.flatten(looked_at(plan.sample_weight)):
        if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in "fiu" or not leaf.size:
            continue
        low = leaf.min()
        if not np.isfinite(leaf.sum(dtype="float64")):
            yield error(
                "`sample_weight`",
                "holds NaN or infinite values;",
                "every weight of the model would become NaN with the first step.",
                "Replace them, e.g. by 0 to leave the samples out.",
            )
        elif low < 0:
            yield warning(
                "`sample_weight`",
                f"is negative for {int((leaf < 0).sum())} sample(s), the lowest is {low:g};",
                "for these the loss is made larger, without bound.",
                "Give 0 to leave samples out.",
            )
        elif leaf.max() == 0 and not plan.one_batch:
            yield error(
                "`sample_weight`",
                "is 0 for every sample:",
                "nothing is learned.",
                "Give some samples a weight.",
            )


def weights_of_classes(facts: Facts) -> Iterator[Finding]:
    """Class weights that are not amounts, or for classes that do not exist."""
    plan = facts.plan
    table = plan.class_weight if plan is not None else None
    if not isinstance(table, dict) or not table or len(facts.outputs) != 1:
        return
    values = [float(w) for w in table.values() if isinstance(w, (int, float, np.number))]  # type: ignore
    if len(values) < len(table):
        return
    if bad := [w for w in values if not np.isfinite(w) or w < 0]:
        yield error(
            "`class_weight`",
            f"holds {bad[0]:g};",
            "a weight is a finite amount of at least 0.",
            "Give finite weights from 0 on.",
        )
    yield from _classes_without_weight(facts.outputs[0], table)
    units, takes = facts.outputs[0].units, facts.outputs[0].takes
    if units is None or not (takes.one_of_several or takes.targets == "labels"):
        return
    classes = 2 if units == 1 else units
    if unknown := sorted(int(k) for k in table if not 0 <= int(k) < classes):
        yield warning(
            "`class_weight`",
            f"has weights for the class(es) {unknown}, which the output, for classes 0 to "
            f"{classes - 1}, does not have;",
            "they change nothing.",
            "Number the classes from 0 as in y.",
        )


def _classes_without_weight(output: Any, table: dict[Any, Any]) -> Iterator[Finding]:
    target = output.target.values if output.target is not None else None
    if output.takes.targets != "classes" or target is None:
        return
    if missing := sorted(set(np.unique(target[: 10**6]).tolist()) - {int(k) for k in table}):
        yield warning(
            "`class_weight`",
            f"has no weight for the class(es) {[int(n) for n in missing]} of y.",
            "They count 1.",
            "Give every class a weight.",
        )


def validation_overlaps(facts: Facts) -> Iterator[Finding]:
    """Validation with data that are learned from."""
    given = facts.plan.validation if facts.plan is not None else None
    if facts.plan is None or facts.plan.validation_split or not isinstance(given, (list, tuple)):
        return
    mine = [x for x in tree.flatten(facts.plan.x) if isinstance(x, np.ndarray)]
    theirs = [x for x in tree.flatten(given[0]) if isinstance(x, np.ndarray)]
    for x, other in zip(mine, theirs, strict=False):
        same = x is other
        if same or (_in_one_piece(x, other) and np.may_share_memory(x, other)):
            yield warning(
                "`validation_data`",
                "is the training data." if same else "overlaps the training data.",
                "Its loss then tells nothing about new samples: overfitting stays unseen.",
                "Keep samples apart, or use validation_split.",
            )
            return


def _in_one_piece(*arrays: np.ndarray) -> bool:
    return all(x.flags.c_contiguous and x.size for x in arrays)


def target_among_inputs(facts: Facts) -> Iterator[Finding]:
    """A column of x that is y."""
    if len(facts.inputs) != 1 or len(facts.targets) != 1 or facts.samples < 20:
        return
    x, y = facts.inputs[0], facts.targets[0]
    if len(x.values) != len(
        y.values
    ):  # one of them lies in a file, of which some rows are looked at
        return
    if x.values.ndim != 2 or x.values.shape[1] < 2 or y.values[0].size != 1 or y.is_constant():
        return
    flat = y.values.reshape(-1)
    few = slice(0, None, max(1, len(flat) // 200))
    columns = np.flatnonzero((x.values[few] == flat[few, None]).all(axis=0))
    if columns := [i for i in columns if (x.values[:, i] == flat).all()]:
        yield hint(
            x.where,
            f"has y itself as column {columns[0]}:",
            "the model will only copy it.",
            "Take the column out if it is not known when predicting.",
        )
