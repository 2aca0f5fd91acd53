"""How an optimizer updates variables: everything around the formula, once for all algorithms.

gradients -> unscaled -> (accumulated) -> clipped -> decay and step -> constraints -> average
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers import arguments
from lamina.optimizers.accumulation import accumulate
from lamina.optimizers.gradients import clipped, each


class Alike(NamedTuple):
    """Variables whose updates differ only in their arrays."""

    dtype: str
    factor: float  # of the learning rate
    decay: float  # weight decay, 0 for none
    names: tuple[str, ...]  # of the slots
    positions: list[int]


class Updates:
    """The part of `Optimizer` that applies gradients."""

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    iterations: Any
    learning_rate: Any
    variables: list[Variable]
    elementwise: bool
    _iterations: Variable
    _trained: list[Variable]
    _slots: dict[int, dict[str, Variable]]
    _averages: dict[int, Variable]
    _accumulators: dict[int, Variable]
    _mean_size: list[Variable]
    _multipliers: dict[str, float] | None
    _not_decayed: tuple[set[int], list[str]]
    _groups: dict[Any, list[Alike]]

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """Update variables by pairs `(gradient, variable)`; returns the number of updates."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self.iterations

    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Variable] | None = None,
        samples: float | None = None,
    ) -> None:
        """Update `trainable_variables` (those of `build`, without) by their gradients, once.

        Args:
            grads: native arrays; a variable whose gradient is `None` stays.
            samples: of how many samples' mean these are the gradients; it only counts with gradient
                accumulation, and without it all batches count alike.

        Raises:
            ValueError: their numbers differ, or there is no gradient at all.
        """
        grads, variables = self.paired(grads, trainable_variables)
        if self.loss_scale_factor is not None:
            grads = [g / self.loss_scale_factor for g in grads]
        steps = self.gradient_accumulation_steps
        if not steps:
            self._update(grads, variables)
        else:
            accumulate(
                grads,
                [self._accumulators[id(v)] for v in variables],
                self._mean_size[0],
                engine().remainder(self._iterations.value, steps),
                steps,
                1.0 if samples is None else float(samples),
                lambda means: self._update(means, variables),
                [*self.variables, *variables],
            )
        self._iterations.assign(self._iterations.value + 1)

    def paired(self, grads: Any, variables: Any) -> tuple[list[Any], list[Variable]]:
        """Gradients that exist, and their variables, for all of which there are slots."""
        variables = self._trained if variables is None else list(variables)
        grads = list(grads)
        if len(grads) != len(variables):
            raise ValueError(
                f"{type(self).__name__} got {len(grads)} gradients for {len(variables)} variables."
            )
        pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
        if not pairs:
            raise ValueError(
                f"{type(self).__name__}: no variable has a gradient. "
                "Is every layer frozen, or the loss independent of them?"
            )
        self.build(variables)
        return [g for g, _ in pairs], [v for _, v in pairs]

    def _update(self, grads: list[Any], variables: Sequence[Variable]) -> None:
        """One update: clip, decay, step, constrain, average."""
        rate, count = self.current_rate(), self._updates() + 1
        replaced = [v.overwrite_with_gradient for v in variables]
        if any(replaced):  # scales of quantized layers: the "gradient" is the value
            pairs = list(zip(grads, variables, replaced, strict=True))
            for gradient, variable, _ in (pair for pair in pairs if pair[2]):
                variable.assign(gradient)
            grads = [g for g, _, whole in pairs if not whole]
            variables = [v for _, v, whole in pairs if not whole]
        grads = clipped(grads, self.clipnorm, self.clipvalue, self.global_clipnorm)
        self.begin_update(engine().cast(count, "float32"))
        if type(self).update_step is Updates.update_step:
            self._update_together(grads, variables, rate)
        else:
            for gradient, variable in zip(grads, variables, strict=True):
                if decay := self._decay(variable):
                    taken = engine().cast(rate, variable.dtype) * decay
                    variable.assign(variable.value - variable.value * taken)
                self.update_step(gradient, variable, rate)
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        if self.use_ema:
            self._average(variables, count)

    def _update_together(self, grads: list[Any], variables: Sequence[Variable], rate: Any) -> None:
        key = (self.weight_decay, *map(id, variables))
        groups = self._groups.get(key)
        if groups is None:
            found: dict[Any, Alike] = {}
            for i, variable in enumerate(variables):
                alike = self._alike(variable, self._decay(variable))
                found.setdefault(alike[:4], alike).positions.append(i)
            groups = self._groups[key] = list(found.values())
        for alike in groups:
            self._update_alike(
                alike,
                [grads[i] for i in alike.positions],
                [variables[i] for i in alike.positions],
                rate,
            )

    def _alike(self, variable: Variable, decay: float) -> Alike:
        names = tuple(self._slots[id(variable)])
        return Alike(variable.dtype, self._factor(variable), decay, names, [])

    def _update_alike(
        self, alike: Alike, grads: list[Any], variables: list[Variable], rate: Any
    ) -> None:
        e, dtype, names = engine(), alike.dtype, alike.names
        rate = e.cast(rate if alike.factor == 1 else rate * alike.factor, dtype)
        count = e.cast(self._updates() + 1, dtype)
        decay = rate * alike.decay if alike.decay else None

        def update(gradient: Any, value: Any, *slots: Any) -> tuple:
            if decay is not None:
                value = value - value * decay
            value, after = self.step(
                gradient, value, rate, count, **dict(zip(names, slots, strict=True))
            )
            return (value, *(after[name] for name in names))

        held = [(v, *(self._slots[id(v)][name] for name in names)) for v in variables]
        rows = [(g, *(v.value for v in row)) for g, row in zip(grads, held, strict=True)]
        results = each(update, rows) if self.elementwise else [update(*row) for row in rows]
        for row, values in zip(held, results, strict=True):
            for variable, value in zip(row, values, strict=True):
                variable.assign(value)

    def current_rate(self) -> Any:
        """The learning rate as a native float array."""
        rate = self.learning_rate
        return rate.value if isinstance(rate, Variable) else engine().asarray(rate)

    @property
    def learning_rate_multipliers(self) -> dict[str, float] | None:
        """Pattern of a variable's path -> factor of its learning rate; may be set before training."""
        return self._multipliers

    @learning_rate_multipliers.setter
    def learning_rate_multipliers(self, given: dict[str, float] | None) -> None:
        self._multipliers = arguments.check_multipliers(type(self), given)
        self._groups.clear()

    def _factor(self, variable: Variable) -> float:
        given = self._multipliers or {}
        return next((f for pattern, f in given.items() if re.search(pattern, variable.path)), 1.0)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Keep weight decay from these variables, or from those whose names match these patterns."""
        ids, names = self._not_decayed
        self._not_decayed = (ids | {id(v) for v in var_list or ()}, [*names, *(var_names or ())])
        self._groups.clear()

    def decay_of(self, variable: Variable) -> float | None:
        """The weight decay of `variable`, if it is not excluded."""
        return self.weight_decay

    def _decay(self, variable: Variable) -> float:
        ids, names = self._not_decayed
        if id(variable) in ids or any(re.search(name, variable.name) for name in names):
            return 0.0
        return self.decay_of(variable) or 0.0

    def _average(self, variables: Sequence[Variable], count: Any) -> None:
        e = engine()
        # In the first step there is no average yet but the weights themselves.
        momentum = e.where(e.equal(count, 1), 0.0, e.full((), self.ema_momentum, "float32"))
        frequency = self.ema_overwrite_frequency
        now = e.equal(e.remainder(count, frequency), 0) if frequency else None
        for variable in variables:
            average, value = self._averages[id(variable)], variable.value
            keep = e.cast(momentum, variable.dtype)
            mean = average.value * keep + value * (1 - keep)
            average.assign(mean)
            if now is not None:
                variable.assign(e.where(now, mean, value))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Update one variable and its slots; Keras' method of the same name, without weight decay."""
        self._update_alike(self._alike(variable, decay=0.0), [gradient], [variable], learning_rate)
