"""`Optimizer`: from gradients to new weights.

An algorithm says two things: the *slots* that it keeps beside each variable, and one pure `step` on
native arrays that reads as the formula in the paper. The base does the rest once: variables, names,
clipping, accumulation, weight decay, averages, constraints. Engines' arrays know Python's operators,
so a formula is written in them; and where a formula treats all elements alike, an engine may run it for
many variables at once (`gradients.each`).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from lamina import initializers
from lamina.core import naming, registry, scope, tracking
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers import arguments
from lamina.optimizers.updating import Alike, Updates


class Optimizer(Updates):
    """Base of all optimizers.

    Subclasses write `slots()` and `step(...)`; a subclass in Keras' own style may override
    `build` and `update_step(gradient, variable, learning_rate)` instead.

    Args:
        learning_rate: a number, a schedule, or another callable of the iteration, or of nothing, that
            gives one. `lr` means the same. With Keras 2's `decay` it is `lr / (1 + decay * iterations)`.
        weight_decay: share of each weight that is taken off per unit of learning rate.
        clipnorm: bound of each gradient's Euclidean norm.
        clipvalue: bound of each gradient's elements.
        global_clipnorm: bound of the norm of all gradients together.
        use_ema: keep a running mean of the weights, with `ema_momentum`; it replaces the weights
            every `ema_overwrite_frequency` steps, and at the end of training.
        loss_scale_factor: the loss is multiplied, and gradients are divided, by it.
        gradient_accumulation_steps: so many batches make one update, by the mean of their gradients
            weighted by the batches' sizes: the update of the one large batch, if losses are means over
            samples and layers treat samples apart. Schedules and bias corrections count updates.
        name: of the optimizer, for paths.
        learning_rate_multipliers: pattern -> factor of the learning rate (and with it of the weight
            decay) for variables in whose path the regular expression is found; the first that fits
            counts. `{"encoder/": 0.1, "bias$": 2.0}`. Keras has nothing of the kind.

    Raises:
        ValueError: an argument is out of range, or more than one kind of clipping is asked for.
        TypeError: an argument is unknown.
    """

    elementwise = True
    """Whether `step` treats all elements alike, apart from norms: then variables may share a call."""

    own_ranges: ClassVar[dict[str, arguments.Range]] = {}
    """What arguments may be that mean something else than in other optimizers."""

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        learning_rate_multipliers: dict[str, float] | None = None,
        **kwargs: Any,
    ):
        learning_rate = arguments.renamed(type(self), learning_rate, kwargs)
        self.name = name or naming.auto_name(naming.to_snake_case(type(self).__name__))
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        arguments.check(self)
        self.built = False
        self._own: list[Variable] = []
        self._trained: list[Variable] = []
        self._slots: dict[int, dict[str, Variable]] = {}
        self._averages: dict[int, Variable] = {}
        self._accumulators: dict[int, Variable] = {}
        self._mean_size: list[Variable] = []  # of the batches that were accumulated; in no file
        self._not_decayed: tuple[set[int], list[str]] = (set(), [])
        self._groups: dict[Any, list[Alike]] = {}
        self.learning_rate_multipliers = learning_rate_multipliers
        self._iterations = self.add_variable((), dtype="int32", name="iteration")
        self._learning_rate = learning_rate
        if not callable(learning_rate):
            arguments.check_rate(type(self), learning_rate)
            self._learning_rate = self.add_variable((), name="learning_rate")
            self._learning_rate.assign(float(learning_rate))

    def __init_subclass__(cls) -> None:
        """Let the constructor take the common arguments behind its own, in place as by name."""
        cls.__init__ = arguments.with_common(cls.__init__, Optimizer.__init__)

    # What an algorithm writes.

    def slots(self) -> Sequence[Sequence[str]]:
        """Names of what is kept beside each variable, in groups.

        Groups are made one after the other, for every variable: files hold slots in that order.
        """
        return ()

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """The slot `name` of `variable`: zeros of its shape; `None` if it has no such slot."""
        return self.add_variable_from_reference(variable, name)

    def step(
        self, gradient: Any, value: Any, rate: Any, count: Any, **slots: Any
    ) -> tuple[Any, dict[str, Any]]:
        """One update of one variable, on native arrays.

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
        """What is done once per update, before the variables; `count` is its number, a native float."""

    # Variables.

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        name: str | None = None,
    ) -> Variable:
        """A variable of the optimizer's own."""
        with scope.name_scope(self.name):
            variable = Variable(
                initializers.get(initializer),
                shape,
                dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._own.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A variable of the shape and dtype of `reference_variable`, named after it."""
        base = reference_variable.path.replace("/", "_")
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            name=f"{base}_{name or 'slot'}",
        )

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """A slot `name` for each variable; with a tuple of names a tuple of lists."""
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
        new = [variable for variable in variables if id(variable) not in self._slots]
        self._trained += new
        for variable in new if self.use_ema else ():
            average = self._averages[id(variable)] = self.add_variable_from_reference(
                variable, "average"
            )
            average.assign(variable.value)
        for variable in new if self.gradient_accumulation_steps else ():
            self._accumulators[id(variable)] = self.add_variable_from_reference(
                variable, "gradient_accumulator"
            )
        for variable in new:
            self._slots[id(variable)] = {}
        for group in self.slots():
            for variable in new:
                made = {name: self.make_slot(name, variable) for name in group}
                self._slots[id(variable)].update({n: v for n, v in made.items() if v is not None})
        if self.gradient_accumulation_steps and not self._mean_size:
            self._mean_size = [Variable(np.zeros((), "float32"), trainable=False, name="mean_size")]
        self.built = True

    @property
    def variables(self) -> list[Variable]:
        """Iteration, learning rate and slots, in the order in which they were made: the whole state."""
        users = {n: x for n, x in vars(self).items() if n not in _BOOKKEEPING}
        return tracking.unique([*self._own, *tracking.variables_in(users)])

    @property
    def saved_variables(self) -> list[Variable]:
        """Those of `variables` that files hold: Keras'."""
        without = {id(v) for v in self._mean_size}
        return [v for v in self.variables if id(v) not in without]

    @property
    def iterations(self) -> Any:
        """The number of updates so far; a Variable, but with gradient accumulation a native number."""
        if not self.gradient_accumulation_steps:
            return self._iterations
        return engine().floor_divide(self._iterations.value, self.gradient_accumulation_steps)

    def _updates(self) -> Any:
        count = self.iterations
        return count.value if isinstance(count, Variable) else count

    @property
    def learning_rate(self) -> Any:
        """The learning rate in force; may be set to a number or a callable."""
        rate = self._learning_rate
        if isinstance(rate, Variable):
            return rate
        return rate(self._updates()) if arguments.takes_step(rate) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(self._learning_rate, Variable) and not callable(value):
            arguments.check_rate(type(self), value)
            self._learning_rate.assign(value)
        elif callable(value) == callable(self._learning_rate):
            self._learning_rate = value
        else:
            raise TypeError(
                f"{type(self).__name__}: the learning rate is "
                f"{'a number' if callable(value) else 'computed by a schedule'} and cannot "
                "become the other kind. Make a new optimizer and compile again."
            )

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """At the end of training: with `use_ema`, weights become their averages."""
        if self.use_ema:
            for variable in var_list:
                if id(variable) in self._averages:
                    variable.assign(self._averages[id(variable)].value)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def stateless_apply(
        self, optimizer_variables: list, grads: list, trainable_variables: list
    ) -> tuple[list, list]:
        """`apply` as a pure function: new trainable values, new optimizer values."""
        bound = [
            *zip(self.variables, optimizer_variables, strict=True),
            *zip(self._trained, trainable_variables, strict=True),
        ]
        with scope.StatelessScope(bound) as inside:
            self.apply(grads, self._trained)
        return [inside.get_current_value(v) for v in self._trained], [
            inside.get_current_value(v) for v in self.variables
        ]

    # What Keras' own optimizers offer to those who write one.

    def assign(self, variable: Variable, value: Any) -> None:
        """`variable.assign(value)`."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """`variable.assign_add(value)`."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """`variable.assign_sub(value)`."""
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
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def save_own_variables(self, store: Any) -> None:
        """Put the values of `saved_variables` into `store`, under "0", "1", ..."""
        for i, variable in enumerate(self.saved_variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Take the values that `save_own_variables` put into `store`."""
        self.set_weights([np.asarray(store[str(i)]) for i in range(len(store.keys()))])

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """Every argument of the constructor, as data."""
        names = [
            p.name
            for p in inspect.signature(type(self)).parameters.values()
            if p.kind is not p.VAR_KEYWORD
        ]
        config = {
            name: registry.serialize(getattr(self, name))
            for name in names
            if name != "learning_rate"
        }
        rate = self._learning_rate
        if config["learning_rate_multipliers"] is None:  # Keras does not know it
            del config["learning_rate_multipliers"]
        config["learning_rate"] = (
            float(rate) if isinstance(rate, Variable) else registry.serialize(rate)
        )
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The optimizer that `config` describes."""
        with registry.custom_object_scope(custom_objects or {}):
            return cls(**{name: registry.deserialize(value) for name, value in config.items()})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


_BOOKKEEPING = ("_own", "_trained", "_slots", "_averages", "_accumulators", "_groups", "_chosen")
