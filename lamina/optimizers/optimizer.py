"""`Optimizer`: from gradients to new weights.

An algorithm says two things: the *slots* that it keeps beside each variable, and one pure `step` on
native arrays that reads as the formula in the paper. The base does the rest once: variables, names,
clipping, weight decay, averages, constraints. Engines' arrays know Python's operators, so a formula
is written in them.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import numpy as np

from lamina.core import naming, registry, scope, tracking
from lamina.core.variable import Variable
from lamina.engine.current import engine


class Common(TypedDict, total=False):
    """Arguments that every optimizer takes beside its own; see `Optimizer`."""

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None
    lr: float


class Optimizer:
    """Base of all optimizers.

    Subclasses write `slots()` and `step(...)`; a subclass in Keras' own style may override
    `build` and `update_step(gradient, variable, learning_rate)` instead.

    Args:
        learning_rate: a number, or a callable of the iteration that gives one. `lr` means the same.
        weight_decay: share of each weight that is taken off per unit of learning rate.
        clipnorm: bound of each gradient's Euclidean norm.
        clipvalue: bound of each gradient's elements.
        global_clipnorm: bound of the norm of all gradients together.
        use_ema: keep a running mean of the weights, with `ema_momentum`; it replaces the weights
            every `ema_overwrite_frequency` steps, or at the end of training.
        loss_scale_factor: the loss is multiplied, and gradients are divided, by it.
        name: of the optimizer, for paths.

    Raises:
        ValueError: an argument is unknown or out of range, or more than one kind of clipping is asked for.
    """

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
        **kwargs: Any,
    ):
        learning_rate = _renamed(type(self), learning_rate, kwargs)
        if [clipnorm, clipvalue, global_clipnorm].count(None) < 2:
            raise ValueError(
                f"{type(self).__name__}: only one of clipnorm={clipnorm}, clipvalue={clipvalue} and "
                f"global_clipnorm={global_clipnorm} can be used."
            )
        if gradient_accumulation_steps is not None:
            raise NotImplementedError(
                f"{type(self).__name__}: gradient_accumulation_steps is not part of this version of lamina."
            )
        if not 0 <= ema_momentum <= 1:
            raise ValueError(
                f"{type(self).__name__}: `ema_momentum` must lie in [0, 1], not {ema_momentum!r}."
            )
        self.name = name or naming.auto_name(naming.to_snake_case(type(self).__name__))
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._own: list[Variable] = []
        self._trained: list[Variable] = []
        self._slots: dict[int, dict[str, Variable]] = {}
        self._averages: dict[int, Variable] = {}
        self._not_decayed: tuple[set[int], list[str]] = (set(), [])
        self.iterations = self.add_variable((), dtype="int32", name="iteration")
        self._learning_rate = learning_rate
        if not callable(learning_rate):
            _check_rate(type(self), learning_rate)
            self._learning_rate = self.add_variable((), name="learning_rate")
            self._learning_rate.assign(float(learning_rate))

    def __init_subclass__(cls) -> None:
        """Let the constructor take the common arguments behind its own, in place as by name."""
        own = [
            p
            for p in list(inspect.signature(cls.__init__).parameters.values())[1:]
            if p.kind is not p.VAR_KEYWORD
        ]
        names = [p.name for p in own]
        common = [
            p
            for p in inspect.signature(Optimizer.__init__).parameters.values()
            if p.name not in (*names, "self", "kwargs")
        ]
        names += [p.name for p in common]
        constructor = cls.__init__

        @functools.wraps(constructor)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            constructor(self, **dict(zip(names, args, strict=False)), **kwargs)

        this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
        init.__signature__ = inspect.Signature(
            [this, *(p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in (*own, *common)), rest]
        )  # type: ignore[attr-defined]
        cls.__init__ = init

    # What an algorithm writes.

    def slots(self) -> Sequence[Sequence[str]]:
        """Names of what is kept beside each variable, in groups; all start as zeros of its shape.

        Groups are made one after the other, for every variable: files hold slots in that order.
        """
        return ()

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

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Update one variable, and its slots, in place of Keras' method of the same name."""
        e, dtype = engine(), variable.dtype
        slots = self._slots[id(variable)]
        value, after = self.step(
            gradient,
            variable.value,
            e.cast(learning_rate, dtype),
            e.cast(self.iterations.value + 1, dtype),
            **{name: slot.value for name, slot in slots.items()},
        )
        variable.assign(value)
        for name, slot in slots.items():
            slot.assign(after[name])

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
                _initializer(initializer),
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

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots for `variables` that have none yet."""
        new = [variable for variable in variables if id(variable) not in self._slots]
        self._trained += new
        for variable in new if self.use_ema else ():
            average = self._averages[id(variable)] = self.add_variable_from_reference(
                variable, "average"
            )
            average.assign(variable.value)
        for variable in new:
            self._slots[id(variable)] = {}
        for group in self.slots():
            for variable in new:
                made = {name: self.add_variable_from_reference(variable, name) for name in group}
                self._slots[id(variable)].update(made)
        self.built = True

    @property
    def variables(self) -> list[Variable]:
        """Iteration, learning rate and slots, in the order in which they were made."""
        return tracking.unique([*self._own, *tracking.held(self, Variable)])

    @property
    def learning_rate(self) -> Any:
        """The learning rate in force; may be set to a number or a callable."""
        rate = self._learning_rate
        return rate if isinstance(rate, Variable) else rate(self.iterations.value)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(self._learning_rate, Variable) and not callable(value):
            _check_rate(type(self), value)
            self._learning_rate.assign(value)
        elif callable(value) == callable(self._learning_rate):
            self._learning_rate = value
        else:
            raise TypeError(
                f"{type(self).__name__}: the learning rate is "
                f"{'a number' if callable(value) else 'computed by a schedule'} and cannot "
                "become the other kind. Make a new optimizer and compile again."
            )

    # Updating.

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Update variables by pairs `(gradient, variable)`; returns the iteration counter."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self.iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Update `trainable_variables` (those of `build`, without) by their gradients, once.

        Raises:
            ValueError: their numbers differ, or there is no gradient at all.
        """
        variables = self._trained if trainable_variables is None else list(trainable_variables)
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
        grads, variables = [g for g, _ in pairs], [v for _, v in pairs]
        if self.loss_scale_factor is not None:
            grads = [g / self.loss_scale_factor for g in grads]
        rate = self.current_rate()
        for gradient, variable in zip(self._clipped(grads), variables, strict=True):
            self._decay(variable, rate)
            self.update_step(gradient, variable, rate)
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self.iterations.assign(self.iterations.value + 1)
        if self.use_ema:
            self._average(variables)

    def current_rate(self) -> Any:
        """The learning rate as a native float array."""
        rate = self.learning_rate
        return rate.value if isinstance(rate, Variable) else engine().asarray(rate)

    def _clipped(self, grads: list[Any]) -> list[Any]:
        e = engine()
        if self.clipvalue is not None:
            return [e.minimum(e.maximum(g, -self.clipvalue), self.clipvalue) for g in grads]
        if self.clipnorm is not None:
            return [_within_norm(g, e.sum(e.square(g)), self.clipnorm) for g in grads]
        if self.global_clipnorm is not None:
            total = sum(
                (e.cast(e.sum(e.square(g)), "float32") for g in grads[1:]),
                e.cast(e.sum(e.square(grads[0])), "float32"),
            )
            return [_within_norm(g, total, self.global_clipnorm) for g in grads]
        return grads

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Keep weight decay from these variables, or from those whose names match these patterns."""
        ids, names = self._not_decayed
        self._not_decayed = (ids | {id(v) for v in var_list or ()}, [*names, *(var_names or ())])

    def _decay(self, variable: Variable, rate: Any) -> None:
        ids, names = self._not_decayed
        if (
            not self.weight_decay
            or id(variable) in ids
            or any(re.search(name, variable.name) for name in names)
        ):
            return
        value = variable.value
        variable.assign(value - value * (engine().cast(rate, variable.dtype) * self.weight_decay))

    def _average(self, variables: Sequence[Variable]) -> None:
        e, count = engine(), self.iterations.value
        for variable in variables:
            average, value = self._averages[id(variable)], variable.value
            # In the first step there is no average yet but the weights themselves.
            momentum = e.cast(
                e.where(e.equal(count, 1), 0.0, e.full((), self.ema_momentum, "float32")),
                variable.dtype,
            )
            mean = average.value * momentum + value * (1 - momentum)
            average.assign(mean)
            if self.ema_overwrite_frequency:
                now = e.equal(e.remainder(count, self.ema_overwrite_frequency), 0)
                variable.assign(e.where(now, mean, value))

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """At the end of training: with `use_ema`, weights become their averages."""
        if self.use_ema and not self.ema_overwrite_frequency:
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


def _renamed(cls: type, learning_rate: Any, kwargs: dict[str, Any]) -> Any:
    if kwargs.get("lr") is not None:
        learning_rate = kwargs["lr"]
    unknown = sorted(set(kwargs) - {"lr"})
    if unknown:
        known = [p for p in inspect.signature(cls).parameters if p != "kwargs"]
        raise TypeError(
            f"{cls.__name__} does not take the argument(s) {unknown}. It takes: {', '.join(known)} (and `lr`)."
        )
    return learning_rate


def _check_rate(cls: type, rate: Any) -> None:
    if isinstance(rate, (bool, str)) or (not np.isscalar(rate) and np.ndim(rate) != 0):
        raise ValueError(
            f"{cls.__name__}: `learning_rate` must be a number or a callable, not {rate!r}."
        )
    if not float(rate) >= 0:
        raise ValueError(
            f"{cls.__name__}: `learning_rate` must not be negative or NaN, but is {rate!r}."
        )


def _initializer(initializer: Any) -> Any:
    return (
        (lambda shape, dtype: np.zeros(shape, "float32").astype(dtype))
        if initializer == "zeros"
        else initializer
    )


def _within_norm(gradient: Any, squares: Any, bound: float) -> Any:
    e = engine()
    squares = e.cast(squares, e.dtype(gradient))
    norm = e.sqrt(squares)
    return e.divide(e.multiply(gradient, bound), e.maximum(norm, bound))
