"""`Optimizer`: from gradients to new weights.

An algorithm says two things: the *slots* that it keeps for each variable, and one pure `step` on
native arrays that reads as the formula in the paper. The base does the rest once (`slots.py`,
`updating.py`): variables, names, clipping, accumulation, weight decay, averages, constraints. Engines'
arrays know Python's operators, so a formula is written in them; and where a formula treats all elements
alike, an engine may run it for many variables at once (`gradients.each`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import numpy as np

from lamina import initializers
from lamina.core import registry, scope, tracking
from lamina.core.configurable import without_defaults
from lamina.core.tracebacks import shortened
from lamina.core.variable import Variable, assign_all
from lamina.engine.current import engine, on_one_engine
from lamina.optimizers import arguments, updating
from lamina.optimizers.arguments import Common
from lamina.optimizers.common import CommonArguments
from lamina.optimizers.slots import Slots

# What a step gives: the variable's new value, and those of its slots by their names.
Update = tuple[Any, dict[str, Any]]


class Optimizer(CommonArguments):
    """Base of all optimizers.

    Subclasses write `slots()` and `step(...)`; a subclass in Keras' own style may override
    `build` and `update_step(gradient, variable, learning_rate)` instead.

    Args:
        learning_rate: a number, a schedule, or another callable of the iteration, or of nothing, that
            gives one. `lr` means the same. With Keras 2's `decay` it is `lr / (1 + decay * iterations)`.
        common, options: see `CommonArguments`; by place and by name.

    Raises:
        ValueError: an argument is out of range.
        TypeError: an argument is unknown.
    """

    __slots__ = ("__calls", "__kept", "__own", "__rate")
    __load_schema__ = {  # noqa: RUF012
        "exclude_layers": "patterns | None",
        "learning_rate_multipliers": "patterns[float] | None",
    }

    elementwise = True
    """Whether `step` treats all elements alike, apart from norms: then variables may share a call."""

    def __init__(self, learning_rate: Any, *common: Any, **options: Unpack[Common]):
        learning_rate = arguments.renamed(type(self), learning_rate, options)
        super().__init__(*common, **options)  # type: ignore[misc]  by place or by name
        self.built = False
        self.__own: list[Variable] = []
        self.__kept = Slots()
        self.__calls = self.add_variable((), dtype="int32", name="iteration")
        self.__rate: Any = learning_rate
        if not callable(learning_rate):
            arguments.check_rate(type(self), learning_rate)
            self.__rate = self.add_variable((), name="learning_rate")
            self.__rate.assign(float(learning_rate))

    # Methods that an algorithm writes.

    def slots(self) -> Sequence[Sequence[str]]:
        """Return the names of the variables that are kept for each variable, in groups.

        Groups are made one after the other, for every variable: files hold slots in that order.
        """
        return ()

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """Make the slot `name` of `variable`: zeros of its shape; `None` if it has no such slot."""
        return self.add_variable_from_reference(variable, name)

    def step(self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any) -> Update:
        """Update one variable, on native arrays.

        Args:
            gradient, value: of the variable's shape.
            rate: learning rate, a number of the variable's dtype.
            count: number of this step, from 1, in the variable's dtype.
            slots: by name, as they were after the last step.

        Returns:
            The new value, and the new slots by name.
        """
        raise NotImplementedError(f"{type(self).__name__} has neither `step` nor `update_step`.")

    def begin_update(self, count: Any) -> None:
        """Prepare an update, before the variables; `count` is its number, a native float."""

    def update(self, grads: list[Any], variables: Sequence[Variable], rate: Any) -> None:
        """Update `variables` once, by clipped gradients and a native learning rate."""
        own = type(self).update_step is not Optimizer.update_step
        (updating.by_one if own else updating.in_groups)(self, self.__kept, grads, variables, rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Update one variable and its slots; Keras' method of the same name, without weight decay."""
        group = updating.group_of(self, self.__kept, variable, decay=0.0)
        updating.update_group(self, self.__kept, group, [gradient], [variable], learning_rate)

    def decay_of(self, variable: Variable) -> float | None:
        """Return the weight decay of `variable`, if it is not excluded."""
        return self.weight_decay

    # Variables.

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a variable of the optimizer's own."""
        start = initializers.get(initializer)
        options: Any = {"trainable": False, "aggregation": aggregation, "name": name}
        options["layout"] = layout
        with scope.name_scope(self.name):
            variable = Variable(start, shape, dtype, **options)
        self.__own.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Make a variable of the shape and dtype of `reference_variable`, named after it."""
        like, base = reference_variable, reference_variable.path.replace("/", "_")
        slot = f"{base}_{name or 'slot'}"
        return self.add_variable(like.shape, initializer, like.dtype, name=slot)

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Make a slot `name` for each variable; with a tuple of names return a tuple of lists."""
        if isinstance(name, str):
            return [
                self.add_variable_from_reference(v, name, initializer) for v in trainable_variables
            ]
        starts = [initializer] * len(name) if isinstance(initializer, str) else initializer
        made = [
            [self.add_variable_from_reference(v, n, i) for n, i in zip(name, starts, strict=True)]
            for v in trainable_variables
        ]
        return tuple(list(column) for column in zip(*made, strict=True))

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots for `variables` that have none yet."""
        self.__kept.add(self, variables)
        self.built = True

    def ensure_built(self, variables: Iterable[Variable]) -> None:
        """Call `build` for those of `variables` that it was not called for: it need not guard itself.

        Raises:
            ValueError: a `build` of the user's own has run, and there are new variables.
        """
        new = [variable for variable in variables if variable not in self.__kept.trained]
        if new and self.built and not arguments.is_ours(type(self).build):
            raise ValueError(
                f"{type(self).__name__} was built for other variables, and cannot take in "
                f"{[v.path for v in new][:3]}. Make a new optimizer, and compile again."
            )
        if new or not self.built:
            self.build(new)
            self.__kept.note(new)
            self.built = True

    @property
    def trained_variables(self) -> list[Variable]:
        """The variables that the optimizer was built for, in order."""
        return list(self.__kept.trained)

    def slots_of(self, variable: Variable) -> dict[str, Variable]:
        """Return the slots of `variable` by name."""
        return self.__kept.of[variable]

    def _get_variable_index(self, variable: Variable) -> int:
        """Return the position of `variable` among those of `build`, as Keras calls it."""
        return self.__kept.trained[variable]

    @property
    def inner_optimizers(self) -> Sequence[Optimizer]:
        """Optimizers that this one hands its variables to."""
        return ()

    @property
    def variables(self) -> list[Variable]:
        """The whole state: `saved_variables` and `unsaved_variables`."""
        return [*self.saved_variables, *self.unsaved_variables]

    @property
    def saved_variables(self) -> list[Variable]:
        """Iteration, learning rate and slots, in the order in which they were made: files hold these."""
        inner = [v for optimizer in self.inner_optimizers for v in optimizer.saved_variables]
        more = [*tracking.variables_in(vars(self)), *inner]
        return tracking.unique([*self.__own, *more]) if more else [*self.__own]

    @property
    def unsaved_variables(self) -> list[Variable]:
        """State that Keras' files have no place for: the mean size of accumulated batches."""
        own = self.__kept.mean_size
        inner = [v for optimizer in self.inner_optimizers for v in optimizer.unsaved_variables]
        return [*([] if own is None else [own]), *inner]

    @property
    def calls(self) -> Variable:
        """How many times `apply` was called: with gradient accumulation, once per batch."""
        return self.__calls

    @property
    def iterations(self) -> Any:
        """The number of updates so far; a Variable, but with gradient accumulation a native number."""
        if not self.gradient_accumulation_steps:
            return self.__calls
        return engine().floor_divide(self.__calls.value, self.gradient_accumulation_steps)

    @property
    def learning_rate(self) -> Any:
        """The learning rate in force; may be set to a number or a callable."""
        rate = self.schedule
        if rate is None:
            return self.__rate
        return rate(updating.updates_of(self)) if arguments.takes_step(rate) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value) != (self.schedule is not None):
            raise TypeError(
                f"{type(self).__name__}: the learning rate is "
                f"{'a number' if callable(value) else 'computed by a schedule'} and cannot "
                "become the other kind. Make a new optimizer and compile again."
            )
        if callable(value):
            self.__rate = value
        else:
            arguments.check_rate(type(self), value)
            self.__rate.assign(value)

    @property
    def lr(self) -> Any:
        """The learning rate, as Keras 2 calls it."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    @property
    def schedule(self) -> Any:
        """The callable that computes the learning rate; `None` if it is a number."""
        return None if isinstance(self.__rate, Variable) else self.__rate

    def current_rate(self) -> Any:
        """Return the learning rate as a native float array."""
        rate = self.learning_rate
        return rate.value if isinstance(rate, Variable) else engine().asarray(rate)

    def rate_factor(self, variable: Variable) -> float:
        """Return the factor of the learning rate that `learning_rate_multipliers` has for `variable`."""
        return arguments.first_fitting(self.learning_rate_multipliers or {}, variable.path)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Keep weight decay from these variables, or from those whose names match these patterns."""
        self.__kept.not_decayed.update(var_list or ())
        self.__kept.not_decayed_names += var_names or ()
        self.__kept.groups.clear()

    # Applying gradients.

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """Update variables by pairs `(gradient, variable)`; returns the number of updates."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self.iterations

    @shortened
    @on_one_engine
    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Variable] | None = None,
        samples: float | None = None,
    ) -> None:
        """Update `trainable_variables` (by default those of `build`) by their gradients, once.

        Args:
            grads: native arrays; a variable whose gradient is `None` stays.
            samples: of how many samples' mean these are the gradients; it only counts with gradient
                accumulation, and without it all batches count alike.

        Raises:
            ValueError: their numbers differ, or there is no gradient at all.
        """
        grads, variables = self.paired(grads, trainable_variables)
        updating.take_in(self, self.__kept, grads, variables, samples)
        self.__calls.assign(self.__calls.value + 1)

    def paired(self, grads: Any, variables: Any) -> tuple[list[Any], list[Variable]]:
        """Return the gradients that exist, and their variables, for all of which there are slots."""
        variables = self.trained_variables if variables is None else list(variables)
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
        self.ensure_built(variables)
        return [g for g, _ in pairs], [v for _, v in pairs]

    @property
    def averages(self) -> dict[Variable, Variable]:
        """With `use_ema`: variable -> running mean of its values, those of inner optimizers included."""
        inner = [optimizer.averages for optimizer in self.inner_optimizers]
        return {v: mean for means in (*inner, self.__kept.averages) for v, mean in means.items()}

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Let weights become their averages, with `use_ema`; at the end of training."""
        averages = self.averages
        for variable in var_list:
            if variable in averages:
                variable.assign(averages[variable].value)

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def stateless_apply(
        self, optimizer_variables: list, grads: list, trainable_variables: list
    ) -> tuple[list, list]:
        """Run `apply` as a pure function: return new trainable values and new optimizer values."""
        bound = [
            *zip(self.variables, optimizer_variables, strict=True),
            *zip(self.trained_variables, trainable_variables, strict=True),
        ]
        with scope.StatelessScope(bound) as inside:
            self.apply(grads)
        after = inside.get_current_value
        return list(map(after, self.trained_variables)), list(map(after, self.variables))

    # Methods that Keras offers to those who write an optimizer.

    def assign(self, variable: Variable, value: Any) -> None:
        """Call `variable.assign(value)`."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Call `variable.assign_add(value)`."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Call `variable.assign_sub(value)`."""
        variable.assign_sub(value)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace the values of `saved_variables`.

        Raises:
            ValueError: their numbers or shapes differ; the message shows which.
        """
        variables = self.saved_variables
        if len(weights) != len(variables):
            raise ValueError(
                f"{self.name}.set_weights got {len(weights)} arrays for {len(variables)} variables. "
                "Is it built for the same variables?"
            )
        for variable, value in zip(variables, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ValueError(
                    f"{self.name}.set_weights: {variable.path!r} has shape {variable.shape}, "
                    f"not {np.shape(value)}."
                )
        assign_all(variables, weights)

    def save_own_variables(self, store: Any) -> None:
        """Put the values of `saved_variables` into `store`, under "0", "1", ..."""
        for i, variable in enumerate(self.saved_variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Take the values that `save_own_variables` put into `store`."""
        self.set_weights([np.asarray(store[str(i)]) for i in range(len(store.keys()))])

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """Return every argument of the constructor, as data."""
        config = super().get_config()
        if "learning_rate" in config:
            config["learning_rate"] = self.schedule or float(self.learning_rate)
        config = without_defaults(config, learning_rate_multipliers=None)  # Keras does not know it
        return registry.serialize(config)

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """Make the optimizer that `config` describes."""
        with registry.custom_object_scope(custom_objects):
            return super().from_config(config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
