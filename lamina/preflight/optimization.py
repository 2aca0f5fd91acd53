"""Checks of the optimizer, and of how much it has to do."""

import re
from collections.abc import Iterator
from typing import Any

from lamina.optimizers import MultiOptimizer, OptimizerMap
from lamina.preflight.facts import Facts
from lamina.preflight.finding import Finding, warning

# Whose steps are about as long as the rate, whatever the gradients are.
_OF_ADAMS_KIND = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion", "Lamb"}


def fixed_rate(optimizer: Any) -> float | None:
    """The learning rate if it is one number, not a schedule; `None` else."""
    if isinstance(optimizer, MultiOptimizer) or optimizer.schedule is not None:
        return None
    return float(optimizer.learning_rate)


def rate(facts: Facts) -> Iterator[Finding]:
    """A learning rate of 0, or an absurd one."""
    for optimizer in _optimizers(facts):
        found, kind = fixed_rate(optimizer), type(optimizer).__name__
        if found == 0:
            yield warning(
                "`optimizer`",
                f"({kind}) has learning rate 0:",
                "nothing is learned.",
                "Give 0.001, say.",
            )
        elif found is not None and (found > 10 or (found > 1 and kind in _OF_ADAMS_KIND)):
            yield warning(
                "`optimizer`",
                f"({kind}) has learning rate {found:g}.",
                "Weights of about 0.1 would jump by more than they are in every step.",
                "Give 0.001 (Adam) or 0.01 (SGD), say.",
            )


def _unscaled(facts: Facts) -> Any:
    """The optimizer, without one around it that scales the loss."""
    return getattr(facts.model.optimizer, "inner_optimizer", facts.model.optimizer)


def _optimizers(facts: Facts) -> list[Any]:
    """The optimizer, or those that it is made of."""
    optimizer = _unscaled(facts)
    return getattr(optimizer, "optimizers", [optimizer])


def unused_patterns(facts: Facts) -> Iterator[Finding]:
    """Patterns for paths of variables that fit none."""
    optimizer = _unscaled(facts)
    multipliers = optimizer.learning_rate_multipliers
    given: list[Any] = [("`learning_rate_multipliers`", multipliers, re.search, "anywhere in")]
    by_path = getattr(optimizer, "optimizer_map", None)
    if isinstance(by_path, OptimizerMap):
        given.append(("`OptimizerMap`", by_path, re.match, "at the beginning of"))
    paths = [v.path for v in facts.model.trainable_variables]
    for where, patterns, fits, place in given:
        if unused := [p for p in patterns or () if not any(fits(p, path) for path in paths)]:
            yield warning(
                where,
                f"has the pattern(s) {unused}, which fit no variable; there are {paths[:4]}...",
                "They change nothing.",
                f"Patterns are looked for {place} a path: name the layers, and use their names.",
            )


def too_few_batches(facts: Facts) -> Iterator[Finding]:
    """So few batches that gradients are accumulated, but never applied."""
    plan, needed = facts.plan, facts.model.optimizer.gradient_accumulation_steps
    if plan is None or not needed:
        return
    batches = -(-facts.samples // plan.batch_size) * (plan.epochs - plan.initial_epoch)
    if 0 < batches < needed:
        yield warning(
            "`gradient_accumulation_steps`",
            f"is {needed}, but there are {batches} batch(es) in all:",
            "no update is made.",
            "Give smaller batches, more epochs, or fewer steps.",
        )


def no_epochs(facts: Facts) -> Iterator[Finding]:
    """An `initial_epoch` after the last epoch."""
    plan = facts.plan
    if plan is not None and plan.initial_epoch and plan.initial_epoch >= plan.epochs:
        yield warning(
            "`epochs`",
            f"is {plan.epochs}, the number of the last epoch, and initial_epoch {plan.initial_epoch}:",
            "nothing is learned.",
            f"Give epochs={plan.initial_epoch + plan.epochs} for {plan.epochs} more.",
        )


def never_validated(facts: Facts) -> Iterator[Finding]:
    """Arguments of a validation that does not take place."""
    plan = facts.plan
    if plan is None or plan.epochs == 0:
        return
    if plan.validation is None:
        if plan.validation_steps is not None:
            yield warning(
                "`validation_steps`",
                "is given without data to validate with:",
                "it changes nothing.",
                "Give validation_data or validation_split.",
            )
        return
    frequency = plan.validation_freq
    never = min(frequency, default=0) if isinstance(frequency, list) else frequency
    if never > plan.epochs:
        yield warning(
            "`validation_freq`",
            f"is {frequency}, but there are {plan.epochs} epoch(s):",
            "nothing is ever validated.",
            "Give a smaller number.",
        )


def nothing_to_train(facts: Facts) -> Iterator[Finding]:
    """No weight that learning could change."""
    if not facts.model.trainable_variables and facts.model.__steps_as_usual__():
        yield warning(
            "The model",
            "has no weights to train:",
            "every layer is frozen (`trainable=False`), or none has weights.",
            "Set `layer.trainable = True` before `compile` if it is to learn.",
        )
