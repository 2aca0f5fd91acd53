"""How an optimizer updates variables: everything around the formula, once for all algorithms.

gradients -> unscaled -> (accumulated) -> clipped -> decay and step -> constraints -> average
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.accumulation import accumulate
from lamina.optimizers.gradients import clipped, each
from lamina.optimizers.slots import Group, Slots


def take_in(
    optimizer: Any, slots: Slots, grads: list[Any], variables: list[Variable], samples: float | None
) -> None:
    """Update `variables`, or accumulate their gradients until it is time."""
    if optimizer.loss_scale_factor is not None:
        grads = [g / optimizer.loss_scale_factor for g in grads]
    steps = optimizer.gradient_accumulation_steps
    if not steps:
        return update(optimizer, slots, grads, variables)
    assert slots.mean_size is not None  # made together with the accumulators
    return accumulate(
        grads,
        [slots.accumulators[v] for v in variables],
        slots.mean_size,
        engine().remainder(optimizer.calls.value, steps),
        steps,
        1.0 if samples is None else float(samples),
        lambda means: update(optimizer, slots, means, variables),
        [*optimizer.variables, *variables],
    )


def update(optimizer: Any, slots: Slots, grads: list[Any], variables: Sequence[Variable]) -> None:
    """Update once: clip, decay, step, constrain, average."""
    rate, count = optimizer.current_rate(), updates_of(optimizer) + 1
    replaced = [v.overwrite_with_gradient for v in variables]
    if any(replaced):  # scales of quantized layers: the "gradient" is the value
        for gradient, variable in compress(zip(grads, variables, strict=True), replaced):
            variable.assign(gradient)
        kept = [not whole for whole in replaced]
        grads, variables = list(compress(grads, kept)), list(compress(variables, kept))
    grads = clipped(grads, optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm)
    optimizer.begin_update(engine().cast(count, "float32"))
    optimizer.update(grads, variables, rate)
    for variable in variables:
        if variable.constraint is not None:
            variable.assign(variable.constraint(variable.value))
    if optimizer.use_ema:
        _average(optimizer, slots, variables, count)


def updates_of(optimizer: Any) -> Any:
    """Return the number of updates so far as a native integer."""
    count = optimizer.iterations
    return count.value if isinstance(count, Variable) else count


def by_one(
    optimizer: Any, slots: Slots, grads: list[Any], variables: Sequence[Variable], rate: Any
) -> None:
    """Decay each variable and hand it to `update_step`, as Keras does."""
    for gradient, variable in zip(grads, variables, strict=True):
        if decay := decay_of(optimizer, slots, variable):
            share = engine().cast(rate, variable.dtype) * decay
            variable.assign(variable.value - variable.value * share)
        optimizer.update_step(gradient, variable, rate)


def in_groups(
    optimizer: Any, slots: Slots, grads: list[Any], variables: Sequence[Variable], rate: Any
) -> None:
    """Hand variables of one dtype, rate, decay and kind of slots to the formula together."""
    multipliers = tuple((optimizer.learning_rate_multipliers or {}).items())
    key = (optimizer.weight_decay, multipliers, *variables)
    groups = slots.groups.get(key)
    if groups is None:
        by_kind: dict[Any, Group] = {}
        for i, variable in enumerate(variables):
            group = group_of(optimizer, slots, variable, decay_of(optimizer, slots, variable))
            by_kind.setdefault(group[:4], group).positions.append(i)
        groups = slots.groups[key] = list(by_kind.values())
    for group in groups:
        update_group(
            optimizer,
            slots,
            group,
            [grads[i] for i in group.positions],
            [variables[i] for i in group.positions],
            rate,
        )


def group_of(optimizer: Any, slots: Slots, variable: Variable, decay: float) -> Group:
    """Return the group of `variable`, without positions."""
    factor = optimizer.rate_factor(variable)
    return Group(variable.dtype, factor, decay, tuple(slots.of[variable]), [])


def update_group(
    optimizer: Any,
    slots: Slots,
    group: Group,
    grads: list[Any],
    variables: list[Variable],
    rate: Any,
) -> None:
    """Apply weight decay and the formula to the variables of one group."""
    e, dtype, names = engine(), group.dtype, group.names
    rate = e.cast(rate if group.factor == 1 else rate * group.factor, dtype)
    count = e.cast(updates_of(optimizer) + 1, dtype)
    decay = rate * group.decay if group.decay else None

    def step(gradient: Any, value: Any, *values: Any) -> tuple:
        if decay is not None:
            value = value - value * decay
        by_name = dict(zip(names, values, strict=True))
        value, after = optimizer.step(gradient, value, rate, count, **by_name)
        return (value, *(after[name] for name in names))

    held = [(v, *(slots.of[v][name] for name in names)) for v in variables]
    rows = [(g, *(v.value for v in row)) for g, row in zip(grads, held, strict=True)]
    results = each(step, rows) if optimizer.elementwise else [step(*row) for row in rows]
    for row, values in zip(held, results, strict=True):
        for variable, value in zip(row, values, strict=True):
            variable.assign(value)


def decay_of(optimizer: Any, slots: Slots, variable: Variable) -> float:
    """Return the weight decay of `variable`, 0 for none."""
    return (optimizer.decay_of(variable) or 0.0) if slots.is_decayed(variable) else 0.0


def _average(optimizer: Any, slots: Slots, variables: Sequence[Variable], count: Any) -> None:
    e = engine()
    # In the first step there is no average yet but the weights themselves.
    momentum = e.where(e.equal(count, 1), 0.0, e.full((), optimizer.ema_momentum, "float32"))
    frequency = optimizer.ema_overwrite_frequency
    now = e.equal(e.remainder(count, frequency), 0) if frequency else None
    for variable in variables:
        average, value = slots.averages[variable], variable.value
        keep = e.cast(momentum, variable.dtype)
        mean = average.value * keep + value * (1 - keep)
        average.assign(mean)
        if now is not None:
            variable.assign(e.where(now, mean, value))
