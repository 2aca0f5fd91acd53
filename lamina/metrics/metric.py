"""`Metric`: a number gathered over many batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lamina import initializers
from lamina.core import naming, policy, registry, settings
from lamina.core.configurable import Configurable
from lamina.core.constructors import parameters
from lamina.core.op import to_native
from lamina.core.scope import StatelessScope, name_scope, stateless
from lamina.core.tracebacks import shortened
from lamina.core.tracking import Holder, walk
from lamina.core.variable import Variable, reset, values as values_of
from lamina.engine.current import engine, on_one_engine
from lamina.losses.facts import Takes
from lamina.ops.core import convert_to_numpy

_ROUNDING = 1e-4  # probabilities of half precision may lie beyond 1 by so much


class Metric(Holder, Configurable):
    """The base of metrics; a subclass writes `update_state` and `result`.

    Its numbers lie in variables made with `add_variable`. Metrics held as attributes, also in
    lists and dicts, belong to this one.

    Args:
        dtype: of the variables; `floatx` unless given.
        name: for the logs.

    Example:
        >>> import lamina
        >>> class Largest(lamina.Metric):
        ...     def __init__(self, **kwargs):
        ...         super().__init__(**kwargs)
        ...         self.largest = self.add_variable((), "zeros", name="largest")
        ...     def update_state(self, values):
        ...         self.largest.assign(lamina.ops.maximum(self.largest, lamina.ops.max(values)))
        ...     def result(self):
        ...         return self.largest.value
        >>> metric = Largest()
        >>> metric.update_state(np.array([1.0, 4.0]))
        >>> metric.update_state(np.array([2.0]))
        >>> float(metric.result())
        4.0
    """

    takes: Takes | None = None
    """The kinds of targets and predictions, for checks before training; see `losses.facts`."""

    weight_0_is_absence = False
    """Whether a sample of weight 0 changes nothing: then batches may be filled up with such samples.

    A class that writes an `update_state` says it anew.
    """

    __slots__ = ("__made",)
    role = "metric"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "update_state" in vars(cls):
            cls.weight_0_is_absence = vars(cls).get("weight_0_is_absence", False)

    def __init__(self, dtype: Any = None, name: str | None = None):
        self.name = name or naming.auto_name(naming.to_snake_case(type(self).__name__))
        self.dtype = settings.floatx() if dtype is None else policy.get(dtype).variable_dtype
        self.__made: list[Variable] = []

    def __better(self) -> str | None:
        """Read what Keras' own metrics have, for a subclass that was written for it."""
        return {"up": "max", "down": "min"}.get(getattr(self, "_direction", None) or "")

    better: Any = property(__better)
    """`"max"` or `"min"`: which way is better; `None` if nothing says it. A subclass states it here."""

    @property
    def needs_probabilities(self) -> bool:
        """Tell whether logits would mislead it: it compares with thresholds, or takes logarithms."""
        bounded = self.takes is not None and self.takes.bounded
        return bounded and not getattr(self, "from_logits", False)

    def _require_probabilities(self, y_pred: Any) -> None:
        """Refuse predictions outside of [0, 1], where the metric is used by itself, outside of a step.

        Raises:
            ValueError: such predictions, of a metric that needs probabilities.
        """
        if stateless.get() is not None or not self.needs_probabilities:
            return
        values = convert_to_numpy(y_pred).astype("float64")
        low, high = np.nanmin(values, initial=0.0), np.nanmax(values, initial=1.0)
        if low < -_ROUNDING or high > 1 + _ROUNDING:
            raise ValueError(
                f"{self!r} needs probabilities, but predictions range from {low:g} to {high:g}. Give the sigmoid (or "
                "softmax) of logits, `from_logits=True` where the metric has it, or a threshold of 0 for logits."
            )

    @property
    def variables(self) -> list[Variable]:
        """This metric's variables, then those of the metrics that it holds."""
        return walk(self).variables()

    def __held__(self) -> Any:
        return self.__made, vars(self)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Make a variable of this metric.

        Args:
            shape: of the value.
            initializer: of the value; `reset_state` sets it to 0 all the same.
            dtype: the metric's unless given.
            aggregation: how replicas combine.
            name: last part of its path.
        """
        with name_scope(self.name):
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape),
                dtype=self.dtype if dtype is None else dtype,
                trainable=False,
                autocast=False,
                aggregation=aggregation,
                name=name or "variable",
            )
        self.__made.append(variable)
        return variable

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a variable as `add_variable` does, 0 unless an initializer is given."""
        return self.add_variable(shape, initializer or "zeros", dtype=dtype, name=name)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in one batch."""
        raise NotImplementedError(f"{type(self).__name__} must write `update_state`.")

    def result(self) -> Any:
        """Return the number so far: a native scalar, or a dict of them."""
        raise NotImplementedError(f"{type(self).__name__} must write `result`.")

    def reset_state(self) -> None:
        """Forget all batches: every variable becomes 0."""
        reset(self.variables)

    def merge_state(self, metrics: Iterable[Metric]) -> None:
        """Take over what other metrics of this kind have gathered, as if they were one.

        Raises:
            ValueError: another kind, other shapes, or variables that do not combine by adding.

        Example:
            >>> import lamina
            >>> one, other = lamina.metrics.Mean(), lamina.metrics.Mean()
            >>> one.update_state(np.array([1.0, 3.0]))
            >>> other.update_state(np.array([8.0]))
            >>> one.merge_state([other])
            >>> float(one.result())
            4.0
        """
        for metric in metrics:
            pairs = list(zip(self.variables, metric.variables, strict=False))
            same = len(self.variables) == len(metric.variables) and type(self) is type(metric)
            if not same or any(a.shape != b.shape for a, b in pairs):
                raise ValueError(
                    f"{self!r} cannot take over the state of {metric!r}: they are of different kinds or shapes. "
                    "Metrics that make their variables with the first batch need one each."
                )
            if odd := [a.name for a, _ in pairs if a.aggregation != "sum"]:
                raise ValueError(
                    f"{self!r}: the variables {odd} do not combine by adding; write `merge_state` for it."
                )
            for variable, other in pairs:
                variable.assign(engine().add(variable.value, other.value))

    @shortened
    @on_one_engine
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in one batch, and return the number so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(
        self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> list[Any]:
        """Return the values of the variables after one batch, from `metric_variables`; the metric stays as it is.

        Raises:
            ValueError: not one value per variable.

        Example:
            >>> import lamina
            >>> metric = lamina.metrics.Mean()
            >>> state = metric.stateless_update_state([0.0, 0.0], np.array([1.0, 3.0]))
            >>> float(metric.stateless_result(state)), float(metric.result())
            (2.0, 0.0)
        """
        with self._bound(metric_variables) as scope:
            self.update_state(*args, **kwargs)
        return [scope.get_current_value(variable) for variable in self.variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """Return the result for `metric_variables`.

        Raises:
            ValueError: not one value per variable.
        """
        with self._bound(metric_variables):
            return values_of(self.result())

    def stateless_reset_state(self) -> list[Any]:
        """Return the values of the variables before the first batch."""
        with StatelessScope() as scope:
            self.reset_state()
        return [scope.get_current_value(variable) for variable in self.variables]

    def _bound(self, values: Sequence[Any]) -> StatelessScope:
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                f"The metric {self.name!r} has {len(variables)} variables ({[v.name for v in variables]}), but "
                f"{len(values)} values were given. Give one per variable, in the order of `variables`."
            )
        return StatelessScope(zip(variables, map(to_native, values), strict=True))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, name and dtype included."""
        return {"name": self.name, "dtype": self.dtype, **super().get_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the metric that `get_config` describes, without what was gathered."""
        # A constructor of the user's own may not take the arguments that every metric's configuration has.
        names = parameters(cls)
        given = registry.arguments(cls, config)
        return cls(**{n: v for n, v in given.items() if n in names or n not in ("name", "dtype")})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
