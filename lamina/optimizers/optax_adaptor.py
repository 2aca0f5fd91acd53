"""`from_optax`: gradient transformations of optax as optimizers, on JAX."""

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import numpy as np

from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.optimizers.arguments import Common
from lamina.optimizers.optimizer import Optimizer


def from_optax(tx: Any, **common: Unpack[Common]) -> Optimizer:
    """Make an optimizer that updates by optax's gradient transformation `tx`, on the engine "jax".

    Its state is variables like any optimizer's: compiled, saved and restored with the model. The
    `learning_rate` is a factor of what `tx` says, 1 at first, so callbacks that change it work.

    Args:
        tx: an `optax.GradientTransformation`.
        common: see `Optimizer`; weight decay belongs in `tx`.

    Raises:
        ImportError: optax is not installed.
        TypeError: `tx` is not a gradient transformation.
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
    """Raise ValueError if the common arguments have a weight decay."""
    if common.get("weight_decay"):
        raise ValueError(f"{who}: give the weight decay to what is adapted, not to the adaptor.")


def require_engine(name: str, who: str) -> None:
    """Raise ValueError unless the engine `name` is in force."""
    if engine().name != name:
        raise ValueError(
            f"An optimizer made by {who} works on the engine {name!r} only, but {engine().name!r} is in "
            f"force. Switch with lamina.config.set_backend({name!r}), or take one of lamina.optimizers."
        )


class OptaxOptimizer(Optimizer):
    """See `from_optax`."""

    __slots__ = ("__state", "__structure", "__tx")

    def __init__(self, learning_rate: Any, tx: Any = None, **common: Unpack[Common]):
        super().__init__(learning_rate, **common)
        self.__tx, self.__structure = tx, None
        self.__state: list[Variable] = []

    def build(self, variables: Iterable[Variable]) -> None:
        """Make optax's state for `variables`, all of them at once."""
        import jax

        require_engine("jax", "from_optax")
        before = len(self.trained_variables)
        super().build(variables)
        trained = self.trained_variables
        if self.__structure is None:
            with engine().outside_trace():
                state = self.__tx.init([engine().asarray(v.numpy()) for v in trained])
            leaves, self.__structure = jax.tree.flatten(state)
            for i, leaf in enumerate(np.asarray(leaf) for leaf in leaves):
                name = f"state_{i}"
                self.__state.append(
                    self.add_variable(
                        leaf.shape, lambda shape, dtype, leaf=leaf: leaf, leaf.dtype.name, name=name
                    )
                )
        elif len(trained) > before:
            raise ValueError(
                "from_optax: optax's state is for the variables that the optimizer was built for, and "
                "cannot take in others. Make a new optimizer, and compile again."
            )

    def update(self, grads: list[Any], variables: Sequence[Variable], rate: Any) -> None:
        """Let optax transform the gradients of all variables together."""
        import jax

        e, by_variable = engine(), dict(zip(variables, grads, strict=True))
        trained = self.trained_variables
        every = [
            by_variable[v] if v in by_variable else e.full(v.shape, 0.0, v.dtype) for v in trained
        ]
        state = jax.tree.unflatten(self.__structure, [v.value for v in self.__state])
        values = [v.value for v in trained]
        updates, state = self.__tx.update(every, state, values)
        for variable, value, update in zip(trained, values, updates, strict=True):
            if variable in by_variable:
                factor = e.cast(rate * self.rate_factor(variable), variable.dtype)
                variable.assign(value + e.cast(update, variable.dtype) * factor)
        for variable, leaf in zip(self.__state, jax.tree.leaves(state), strict=True):
            variable.assign(e.asarray(leaf, variable.dtype))

    def get_config(self) -> dict[str, Any]:
        """Raise TypeError: functions are not data."""
        raise TypeError("An optimizer made by from_optax cannot be written into a configuration.")
