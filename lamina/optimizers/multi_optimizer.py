"""MultiOptimizer and OptimizerMap: different variables, different optimizers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from lamina.core import registry, tracking
from lamina.core.variable import Variable
from lamina.optimizers import arguments
from lamina.optimizers.optimizer import Optimizer


class OptimizerMap(MutableMapping):
    """Optimizers by the paths of variables.

    A path that is not a key itself is looked up in the keys as regular expressions that match at its
    beginning; where none does, it is the default's.

    Args:
        default_optimizer: for all that fits no key.
        optimizer_map: regular expression -> optimizer.

    Raises:
        ValueError: a value is not an optimizer, a key is there already, or a path fits
            several keys.

    Example:
        >>> import lamina
        >>> by_path = OptimizerMap(lamina.optimizers.SGD(), {"encoder/.*": lamina.optimizers.Adam()})
        >>> type(by_path["encoder/dense/kernel"]).__name__, type(by_path["head/kernel"]).__name__
        ('Adam', 'SGD')
    """

    __load_schema__ = {"optimizer_map": "patterns[optimizers] | None"}  # noqa: RUF012

    def __init__(self, default_optimizer: Any, optimizer_map: dict[str, Any] | None = None):
        self.__default = _checked(default_optimizer)
        if optimizer_map is not None and not isinstance(optimizer_map, Mapping):
            raise TypeError(f"OptimizerMap: `optimizer_map` must be a dict, not {optimizer_map!r}.")
        self.__by_pattern: dict[str, Optimizer] = {}
        for key, optimizer in (optimizer_map or {}).items():
            self[key] = optimizer

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer for all paths that fit no key."""
        return self.__default

    def __getitem__(self, key: str) -> Optimizer:
        if key in self.__by_pattern:
            return self.__by_pattern[key]
        fitting = [pattern for pattern in self.__by_pattern if re.match(pattern, key)]
        if len(fitting) > 1:
            raise ValueError(
                f"OptimizerMap: {key!r} fits several patterns: {fitting}. Make them exclude each other."
            )
        return self.__by_pattern[fitting[0]] if fitting else self.__default

    def __setitem__(self, key: str, optimizer: Any) -> None:
        if key in self.__by_pattern:
            raise ValueError(f"OptimizerMap: the key {key!r} is there already.")
        arguments.check_pattern("OptimizerMap", key)
        self.__by_pattern[key] = _checked(optimizer)

    def __delitem__(self, key: str) -> None:
        del self.__by_pattern[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__by_pattern)

    def __len__(self) -> int:
        return len(self.__by_pattern)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as data."""
        return {
            "default_optimizer": registry.serialize(self.__default),
            "optimizer_map": registry.serialize(self.__by_pattern),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> OptimizerMap:
        """Make the map that `config` describes."""
        with registry.custom_object_scope(custom_objects):
            return cls(**registry.arguments(cls, config))


def _checked(optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"OptimizerMap: an Optimizer is needed, not {optimizer!r}.")
    return optimizer


class MultiOptimizer(Optimizer):
    """Hands each variable to an optimizer of its own.

    Args:
        optimizer_map: an `OptimizerMap`, or a function of a variable that returns an optimizer.
        loss_scale_factor: the loss is multiplied, and gradients are divided, by it.
        name: of the optimizer, for paths.

    Raises:
        ValueError: `optimizer_map` is neither, or an optimizer in it scales losses, too.
        AttributeError: on reading or setting `learning_rate`; there are several.

    Example:
        >>> import lamina
        >>> optimizers = lamina.optimizers
        >>> v, w = lamina.Variable([1.0], name="slow"), lamina.Variable([1.0], name="fast")
        >>> by_path = OptimizerMap(optimizers.SGD(0.5), {"slow": optimizers.SGD(0.1)})
        >>> MultiOptimizer(by_path).apply([np.array([1.0], "float32")] * 2, [v, w])
        >>> v.numpy(), w.numpy()
        (array([0.9], dtype=float32), array([0.5], dtype=float32))
    """

    __slots__ = ("__chosen", "__optimizers")
    __load_schema__ = {"optimizer_map": "optimizers"}  # noqa: RUF012

    hands_nothing_on = True

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Variable], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if misplaced := sorted(key for key, value in kwargs.items() if value not in (None, False)):
            raise ValueError(f"MultiOptimizer: give {misplaced} to the optimizers in its map.")
        if not isinstance(optimizer_map, OptimizerMap) and not callable(optimizer_map):
            raise ValueError(
                f"MultiOptimizer: `optimizer_map` must be an OptimizerMap or a function of a "
                f"variable, not {optimizer_map!r}."
            )
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map
        self.__chosen: dict[Variable, Optimizer] = {}
        self.__optimizers: list[Optimizer] = []
        if isinstance(optimizer_map, OptimizerMap):
            self._add(*optimizer_map.values(), optimizer_map.default_optimizer)

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers of the map, or those that the function has chosen so far."""
        return self.__optimizers

    @property
    def inner_optimizers(self) -> Sequence[Optimizer]:
        """The same."""
        return self.__optimizers

    def _add(self, *optimizers: Optimizer) -> None:
        self.__optimizers = tracking.unique([*self.__optimizers, *optimizers])
        for optimizer in optimizers:
            if optimizer.loss_scale_factor not in (None, self.loss_scale_factor):
                raise ValueError(
                    "MultiOptimizer: only one factor can scale the loss. Give `loss_scale_factor` to the "
                    f"MultiOptimizer, not to {optimizer!r}."
                )
            optimizer.loss_scale_factor = self.loss_scale_factor  # it divides its gradients

    def build(self, variables: Iterable[Variable]) -> None:
        """Choose an optimizer for each variable that is new, and make its slots."""
        new = [variable for variable in variables if variable not in self.__chosen]
        for variable in new:
            optimizer = (
                self.optimizer_map[variable.path]
                if isinstance(self.optimizer_map, OptimizerMap)
                else self.optimizer_map(variable)
            )
            self.__chosen[variable] = _checked(optimizer)
            self._add(optimizer)
        for optimizer in self.optimizers:
            if own := [v for v in new if self.__chosen[v] is optimizer]:
                optimizer.build(own)
        self.built = True

    @property
    def trained_variables(self) -> list[Variable]:
        """The variables that were handed out, in order."""
        return list(self.__chosen)

    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Variable] | None = None,
        samples: float | None = None,
    ) -> None:
        """Let each optimizer update its variables."""
        grads, variables = self.paired(grads, trainable_variables)
        pairs = list(zip(grads, variables, strict=True))
        for optimizer in self.optimizers:
            if own := [(g, v) for g, v in pairs if self.__chosen[v] is optimizer]:
                optimizer.apply([g for g, _ in own], [v for _, v in own], samples)
        self.calls.assign(self.calls.value + 1)

    @property
    def gradient_accumulation_steps(self) -> int | None:
        """Those of its optimizers, if any accumulates."""
        each = (o.gradient_accumulation_steps for o in self.optimizers)
        return next((steps for steps in each if steps), None)

    @gradient_accumulation_steps.setter
    def gradient_accumulation_steps(self, value: int | None) -> None:
        if value is not None:  # the base's constructor sets `None`
            raise AttributeError(
                "A MultiOptimizer: set `gradient_accumulation_steps` of each of its `optimizers`."
            )

    @property
    def iterations(self) -> Any:
        """How many times gradients were applied."""
        return self.calls

    @property
    def learning_rate(self) -> Any:
        """Raise AttributeError: there are several."""
        raise AttributeError(
            "A MultiOptimizer does not have a learning rate of its own: ask its `optimizers`."
        )

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(
            "A MultiOptimizer does not have a learning rate of its own: set those of its `optimizers`."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as data."""
        return {
            "optimizer_map": registry.serialize(self.optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }
