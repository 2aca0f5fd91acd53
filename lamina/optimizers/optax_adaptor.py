"""`from_optax`: gradient transformations of optax as optimizers, on JAX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import numpy as np

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer


def from_optax(tx: Any, **common: Unpack[Common]) -> Optimizer:
    """An optimizer that updates by optax's gradient transformation `tx`, on the engine "jax".

    Its state is variables like any optimizer's: compiled, saved and restored with the model. The
    `learning_rate` is a factor of what `tx` says, 1 at first, so callbacks that change it work.

    Args:
        tx: an `optax.GradientTransformation`.
        common: see `Optimizer`; weight decay belongs into `tx`.

    Raises:
        ImportError: optax is not installed.
        TypeError: `tx` is no gradient transformation.
        ValueError: `weight_decay` is given; when updating, another engine is in force.

    Example:
        >>> import optax
        >>> with lamina.config.using_backend("jax"):
        ...     v = lamina.Variable([1.0])
        ...     lamina.optimizers.from_optax(optax.sgd(0.5)).apply([np.array([1.0], "float32")], [v])
        ...     v.numpy()
        array([0.5], dtype=float32)
    """
    try:
        import optax  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "from_optax needs the package optax; install it with `pip install optax`."
        ) from error
    if not (callable(getattr(tx, "init", None)) and callable(getattr(tx, "update", None))):
        raise TypeError(f"from_optax takes an optax.GradientTransformation, not {tx!r}.")
    refuse_weight_decay("from_optax", common)
    return OptaxOptimizer(1.0, tx=tx, **common)


def refuse_weight_decay(who: str, common: Any) -> None:
    """Raises ValueError if the common arguments have a weight decay."""
    if common.get("weight_decay"):
        raise ValueError(f"{who}: give the weight decay to what is adapted, not to the adaptor.")


def require_engine(name: str, who: str) -> None:
    """Raises ValueError unless the engine `name` is in force."""
    if engine().name != name:
        raise ValueError(
            f"An optimizer made by {who} works on the engine {name!r} only, but {engine().name!r} is in "
            f"force. Switch with lamina.config.set_backend({name!r}), or take one of lamina.optimizers."
        )


class OptaxOptimizer(Optimizer):
    """See `from_optax`."""

    def __init__(self, learning_rate: Any, tx: Any = None, **common: Unpack[Common]):
        super().__init__(learning_rate, **common)
        self._tx, self._state, self._structure = tx, [], None

    def build(self, variables: Iterable[Variable]) -> None:
        """Make optax's state for `variables`, all of them at once."""
        import jax

        require_engine("jax", "from_optax")
        before = len(self._trained)
        super().build(variables)
        if self._structure is None:
            with engine().outside_trace():
                state = self._tx.init([engine().asarray(v.numpy()) for v in self._trained])
            leaves, self._structure = jax.tree.flatten(state)
            for i, leaf in enumerate(np.asarray(leaf) for leaf in leaves):
                name = f"state_{i}"
                self._state.append(
                    self.add_variable(leaf.shape, _Start(leaf), leaf.dtype.name, name=name)
                )
        elif len(self._trained) > before:
            raise ValueError(
                "from_optax: optax's state is for the variables that the optimizer was built for, and "
                "cannot take in others. Make a new optimizer, and compile again."
            )

    def _update_together(self, grads: list[Any], variables: Sequence[Variable], rate: Any) -> None:
        import jax

        e, given = engine(), {id(v): g for g, v in zip(grads, variables, strict=True)}
        every = [
            given[id(v)] if id(v) in given else e.full(v.shape, 0.0, v.dtype) for v in self._trained
        ]
        state = jax.tree.unflatten(self._structure, [v.value for v in self._state])
        values = [v.value for v in self._trained]
        updates, state = self._tx.update(every, state, values)
        for variable, value, update in zip(self._trained, values, updates, strict=True):
            if id(variable) in given:
                factor = e.cast(rate * self._factor(variable), variable.dtype)
                variable.assign(value + e.cast(update, variable.dtype) * factor)
        for variable, leaf in zip(self._state, jax.tree.leaves(state), strict=True):
            variable.assign(e.asarray(leaf, variable.dtype))

    def get_config(self) -> dict[str, Any]:
        """Functions are no data: TypeError."""
        raise TypeError("An optimizer made by from_optax cannot be written into a configuration.")


class _Start:
    """An initial value that is known."""

    def __init__(self, value: np.ndarray):
        self.value = value

    def draw(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        return self.value

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return self.value
