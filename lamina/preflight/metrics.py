"""Checks of metrics against outputs and targets."""

from collections.abc import Iterator
from typing import Any

from lamina import metrics
from lamina.preflight.facts import Array, Facts, Output
from lamina.preflight.finding import Finding, hint, warning


def _entries(facts: Facts) -> Iterator[tuple[Any, Output, Array]]:
    compiled = facts.compiled.metrics
    by_index = {output.index: (output, target) for output, target in facts.with_targets()}
    for entry in compiled.entries if compiled is not None else ():
        if entry.index in by_index:
            yield (entry, *by_index[entry.index])


def _takes(metric: Any, *targets: str) -> bool:
    return metric.takes is not None and metric.takes.targets in targets


def _of_classes(metric: Any) -> bool:
    return metric.better == "max" and _takes(metric, "labels", "one_hot", "classes")


def of_logits(facts: Facts) -> Iterator[Finding]:
    """Metrics of probabilities where the output gives numbers without bound."""
    for entry, output, _target in _entries(facts):
        if not entry.metric.needs_probabilities or entry.probabilities is not None:
            continue
        # 0 and 1 learned as numbers are near 0 and 1, and a threshold between them is right.
        if output.activation != "linear" or output.takes.regression:
            continue
        yield warning(
            f"Metric {entry.label!r}",
            f"compares with thresholds between 0 and 1, but output {output.name!r} has no activation "
            "and may be any number.",
            "A logit of 0.3 would count as a no.",
            "Give the last layer a sigmoid, or the metric thresholds=0 (threshold=0).",
        )


def accuracy_of_numbers(facts: Facts) -> Iterator[Finding]:
    """Accuracy where the targets are not classes."""
    for entry, output, target in _entries(facts):
        if _of_classes(entry.metric) and output.takes.regression and not target.whole:
            if output.activation == "softmax" or output.units != 1:
                continue
            yield warning(
                f"Metric {entry.label!r}",
                f"counts right classes, but output {output.name!r} learns numbers ({output.loss_name()}).",
                "It says nothing about how near they come.",
                'Use metrics=["mae"] or metrics.R2Score().',
            )


def exact_equality(facts: Facts) -> Iterator[Finding]:
    """`Accuracy()` compares numbers for equality: probabilities never equal a label."""
    for entry, output, _ in _entries(facts):
        if type(entry.metric) is metrics.Accuracy and output.activation in ("softmax", "sigmoid"):
            yield warning(
                f"Metric {entry.label!r}",
                f"(metrics.Accuracy) asks whether y equals the output, but output {output.name!r} "
                "gives probabilities.",
                "It stays near 0.",
                'Use metrics=["accuracy"], which takes the class with the highest probability.',
            )


def yes_and_no(facts: Facts) -> Iterator[Finding]:
    """Metrics of two classes, with targets of more."""
    for entry, output, target in _entries(facts):
        if not _takes(entry.metric, "labels") or not target.finite.size:
            continue
        if target.finite.max() > 1 and not output.takes.regression:
            yield warning(
                f"Metric {entry.label!r}",
                f"is for labels 0 and 1, but {target.where} goes up to {target.finite.max():g}.",
                "Every class but 0 counts as a yes.",
                "Give one-hot targets, or metrics=['accuracy'].",
            )


def whole_predictions(facts: Facts) -> Iterator[Finding]:
    """Intersections over unions of predictions that are not classes yet."""
    for entry, output, _ in _entries(facts):
        metric = entry.metric
        takes_classes = isinstance(metric, metrics.IoU) and getattr(metric, "sparse_y_pred", False)
        if takes_classes and output.activation in ("softmax", "sigmoid"):
            yield warning(
                f"Metric {entry.label!r}",
                f"takes predicted classes, but output {output.name!r} gives probabilities, which all "
                "count as class 0.",
                "It stays low whatever is learned.",
                "Give it sparse_y_pred=False, or use metrics.BinaryIoU for a sigmoid.",
            )


def classes_of_metrics(facts: Facts) -> Iterator[Finding]:
    """Numbers of classes that an intersection over union does not have."""
    for entry, _, target in _entries(facts):
        metric = entry.metric
        if not isinstance(metric, metrics.IoU) or not _takes(metric, "classes"):
            continue
        values, n = target.values, metric.num_classes
        odd = values[((values < 0) | (values >= n)) & (values != metric.ignore_class)]
        if len(odd):
            yield warning(
                f"Metric {entry.label!r}",
                f"has {n} classes, 0 to {n - 1}, but {target.where} holds {int(odd[0])}.",
                "Samples of that class count neither as right nor as wrong.",
                f"Give the right num_classes, or ignore_class={int(odd[0])}.",
            )


def all_of_them(facts: Facts) -> Iterator[Finding]:
    """The right class among the k best of k classes or fewer."""
    kinds = (metrics.TopKCategoricalAccuracy, metrics.SparseTopKCategoricalAccuracy)
    for entry, output, _ in _entries(facts):
        k = getattr(entry.metric, "k", None)
        if isinstance(entry.metric, kinds) and k and output.units and k >= output.units:
            yield warning(
                f"Metric {entry.label!r}",
                f"looks for the right class among the best {k}, but there are {output.units} classes.",
                "It is always 1.",
                f"Give a k below {output.units}.",
            )


def nothing_measured(facts: Facts) -> Iterator[Finding]:
    """Weighted data and metrics that do not look at the weights."""
    compiled = facts.compiled.metrics
    if facts.plan is None or compiled is None or not compiled.entries:
        return
    weighted = facts.plan.class_weight is not None or facts.plan.sample_weight is not None
    if weighted and not any(entry.weighted for entry in compiled.entries):
        yield hint(
            "`metrics`",
            "do not look at class or sample weights.",
            "They show the unweighted data.",
            "Give them as weighted_metrics if that is not meant.",
        )
