"""The variables that an optimizer keeps for those that it trains."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from lamina.core.variable import Variable


class Group(NamedTuple):
    """Variables whose updates differ only in their arrays."""

    dtype: str
    factor: float  # of the learning rate
    decay: float  # weight decay, 0 for none
    names: tuple[str, ...]  # of the slots
    positions: list[int]


class Slots:
    """The bookkeeping of one optimizer.

    Attributes:
        trained: the variables that the optimizer was built for, in order; the values count them.
        of: variable -> its slots by name.
        averages: variable -> running mean of its values, with `use_ema`.
        accumulators: variable -> sum of its gradients, with gradient accumulation.
        mean_size: mean size of the batches that are accumulated: state, but in no file of Keras'.
        not_decayed: variables without weight decay.
        not_decayed_names: patterns of names of such variables.
        groups: groups of variables that are updated together, by weight decay and variables.
    """

    def __init__(self) -> None:
        self.trained: dict[Variable, int] = {}
        self.of: dict[Variable, dict[str, Variable]] = {}
        self.averages: dict[Variable, Variable] = {}
        self.accumulators: dict[Variable, Variable] = {}
        self.mean_size: Variable | None = None
        self.not_decayed: set[Variable] = set()
        self.not_decayed_names: list[str] = []
        self.groups: dict[Any, list[Group]] = {}

    def note(self, variables: Iterable[Variable]) -> None:
        """Count `variables` among those that the optimizer was built for."""
        for variable in variables:
            self.trained.setdefault(variable, len(self.trained))

    def add(self, optimizer: Any, variables: Iterable[Variable]) -> None:
        """Let `optimizer` make what it keeps for those of `variables` that are new."""
        new = [variable for variable in variables if variable not in self.of]
        self.note(new)
        make = optimizer.add_variable_from_reference
        for variable in new if optimizer.use_ema else ():
            self.averages[variable] = make(variable, "average")
            self.averages[variable].assign(variable.value)
        for variable in new if optimizer.gradient_accumulation_steps else ():
            self.accumulators[variable] = make(variable, "gradient_accumulator")
        self.of.update({variable: {} for variable in new})
        for group in optimizer.slots():
            for variable in new:
                made = {name: optimizer.make_slot(name, variable) for name in group}
                self.of[variable].update({n: v for n, v in made.items() if v is not None})
        if optimizer.gradient_accumulation_steps and self.mean_size is None:
            self.mean_size = Variable(np.zeros((), "float32"), trainable=False, name="mean_size")

    def is_decayed(self, variable: Variable) -> bool:
        """Tell whether weight decay applies to `variable`."""
        return variable not in self.not_decayed and not any(
            re.search(pattern, variable.name) for pattern in self.not_decayed_names
        )
