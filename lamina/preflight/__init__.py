"""Preflight: common mistakes, found before the first step.

A check is a function of `Facts` that yields findings. To add one: write it in the file of its
subject, name it in `CHECKS`, and add a row to `tests/training/mistakes.py`.
"""

from collections.abc import Callable, Iterable, Iterator

from lamina.preflight import callbacks, data, layers, losses, metrics, optimization, targets
from lamina.preflight.facts import Facts
from lamina.preflight.finding import Finding

Check = Callable[[Facts], Iterator[Finding]]

# Checks of every method that takes targets: `fit`, `evaluate`, one batch, validation data.
EVERYWHERE: tuple[Check, ...] = (
    targets.labels,
    targets.probabilities,
    data.rows_of_embeddings,
    data.not_finite,
)

# Checks where there are inputs only.
OF_INPUTS: tuple[Check, ...] = (data.rows_of_embeddings,)

CHECKS: tuple[Check, ...] = (
    *EVERYWHERE,
    *(data.unscaled, data.constant_inputs, data.numbers_of_categories),
    *(data.weights_of_samples, data.weights_of_classes),
    *(data.validation_overlaps, data.target_among_inputs),
    *(losses.probabilities_as_logits, losses.logits_as_probabilities),
    *(losses.one_unit, losses.other_activation, losses.squares_of_classes),
    *(losses.out_of_reach, losses.weight_of_loss),
    *(targets.shares, targets.one_class, targets.one_number, targets.undefined),
    *(targets.unused_first_class, targets.sorted_before_split, targets.sorted_batches),
    *(metrics.of_logits, metrics.accuracy_of_numbers, metrics.exact_equality),
    *(metrics.yes_and_no, metrics.whole_predictions, metrics.classes_of_metrics),
    *(metrics.all_of_them, metrics.nothing_measured),
    *(layers.equal_seeds, layers.equal_starts, layers.same_for_all_units),
    *(layers.no_activation_between, layers.hidden_softmax, layers.dropped_output),
    *(layers.squashed_twice, layers.nothing_passes, layers.batches_of_one),
    *(layers.kept_states, layers.misspelt_attributes),
    *(optimization.nothing_to_train, optimization.rate, optimization.unused_patterns),
    *(optimization.too_few_batches, optimization.no_epochs, optimization.never_validated),
    *(callbacks.monitors, callbacks.set_rates, callbacks.never_stops),
    *(callbacks.twice, callbacks.files, callbacks.names_in_files),
)

# Checks that one batch does not allow: it may hold one class only, and another batch the others.
_OF_ALL_DATA = {
    *(data.constant_inputs, data.validation_overlaps, data.target_among_inputs),
    *(targets.one_class, targets.one_number, targets.unused_first_class),
    *(targets.sorted_before_split, targets.sorted_batches, optimization.too_few_batches),
}
# Checks of the first batch where data come in batches.
OF_ONE_BATCH = tuple(check for check in CHECKS if check not in _OF_ALL_DATA)


_OF_KINDS: dict[Check, tuple[str, ...]] = {
    targets.labels: targets.OF_LABELS,
    targets.probabilities: targets.OF_PROBABILITIES,
}


def may_find(check: Check, facts: Facts) -> bool:
    """Tell whether one of `EVERYWHERE` can find anything in data of these shapes and dtypes, whatever their values."""
    if check is data.rows_of_embeddings:
        return any(data.looked_up(facts))
    kinds = _OF_KINDS.get(check)
    return kinds is None or any(output.takes.targets in kinds for output in facts.outputs)


def examine(facts: Facts, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """All that the checks find, errors or not."""
    return [found for check in checks for found in check(facts)]
