"""`JaxLayer`: a pure function of JAX as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Unpack

import numpy as np

from lamina.core import dtypes, tree
from lamina.core.naming import described
from lamina.core.scope import name_scope
from lamina.core.seeds import SeedGenerator
from lamina.core.variable import Variable
from lamina.engine.current import engine
from lamina.layers.arguments import Options
from lamina.layers.foreign.engines import require_engine
from lamina.layers.layer import Layer

_OF_CALL = ("params", "state", "rng", "inputs", "training")
_OF_INIT = ("rng", "inputs", "training")


class JaxLayer(Layer):
    """A function written with JAX, whose parameters are weights of the layer; engine `jax`.

    Args:
        call_fn: what the layer computes. Its parameters are some of `params`, `state`, `rng` (a key of two
            `uint32`), `inputs` (always) and `training`, by these names and in any order. It returns the
            outputs; if it takes `state`, `(outputs, new_state)`.
        init_fn: makes the values when the layer is built: its parameters are some of `rng`, `inputs`
            (ones, of the shapes of the inputs) and `training`. It returns `params`, or `(params, state)`
            if `call_fn` takes `state`.
        params: a tree of arrays, in place of `init_fn`: weights that train.
        state: a tree of arrays, in place of `init_fn`: values that calls replace.
        seed: of `rng`.
        native_serialization_platforms: accepted for Keras' sake; nothing is exported.

    Raises:
        ValueError: a function has other parameters, or nothing says what the values are.
        RuntimeError: the layer is called on another engine.

    Example:
        >>> import lamina
        >>> def line(params, inputs):
        ...     return params["a"] * inputs + params["b"]
        >>> values = {"a": np.ones(2), "b": np.zeros(2)}
        >>> layer = lamina.layers.JaxLayer(line, params=values, name="line")
        >>> [weight.path for weight in layer.weights]
        ['line/a', 'line/b']
    """

    from_caller = ("call_fn", "init_fn")
    __load_schema__ = {"call_fn": "code", "init_fn": "code", "params": "None", "state": "None"}  # noqa: RUF012

    def __init__(
        self,
        call_fn: Callable,
        init_fn: Callable | None = None,
        params: Any = None,
        state: Any = None,
        seed: int | None = None,
        native_serialization_platforms: Any = None,
        **kwargs: Unpack[Options],
    ):
        super().__init__(**kwargs)
        self.call_fn, self.init_fn, self.seed = call_fn, init_fn, seed
        self.native_serialization_platforms = native_serialization_platforms
        self.takes = _parameters(self, "call_fn", call_fn, _OF_CALL)
        self.init_takes = init_fn and _parameters(self, "init_fn", init_fn, _OF_INIT)
        if "inputs" not in self.takes:
            raise ValueError(f"{described(self)}: `call_fn` must take `inputs`.")
        if init_fn is params is state is None and {"params", "state"} & {*self.takes}:
            raise ValueError(
                f"{described(self)}: `call_fn` takes {', '.join(self.takes)}; give `init_fn`, or `params` "
                "and `state`."
            )
        draws = "rng" in self.takes or "rng" in (self.init_takes or ())
        self.seed_generator = SeedGenerator(seed) if draws else None
        self.trees: dict[str, list[Variable]] = {}
        self.structures: dict[str, Any] = {}
        if params is not None or state is not None:
            with name_scope(self.name):
                self._keep(params=params, state=state)

    def build(self, input_shape: Any) -> None:
        """Make the weights, of what `init_fn` returns."""
        if self.init_takes is None or self.trees:
            return
        require_engine(self, "jax")
        ones = tree.map_shape_structure(
            lambda shape: engine().full(tuple(n or 1 for n in shape), 1, self.compute_dtype),
            input_shape,
        )
        with engine().outside_trace():
            made = self.init_fn(*self._arguments(self.init_takes, ones, True))  # type: ignore[misc]
        params, state = made if "state" in self.takes else (made, None)
        self._keep(params=params, state=state)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """`call_fn` of the inputs, and of what else it takes."""
        require_engine(self, "jax")
        outputs = self.call_fn(*self._arguments(self.takes, inputs, bool(training)))
        if "state" not in self.takes:
            return outputs
        outputs, state = outputs
        for variable, value in zip(self.trees["state"], _leaves(state)[1], strict=True):
            variable.assign(value)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """The functions; trees of arrays are not part of a configuration."""
        config = super().get_config()
        return {name: value for name, value in config.items() if name not in ("params", "state")}

    def _arguments(self, takes: tuple[str, ...], inputs: Any, training: bool) -> list[Any]:
        values: dict[str, Any] = {"inputs": inputs, "training": training}
        if "rng" in takes:
            values["rng"] = self.seed_generator.next()  # type: ignore[union-attr]
        for name, variables in self.trees.items():
            values[name] = self.structures[name].unflatten([v.value for v in variables])
        return [values[name] for name in takes]

    def _keep(self, **values: Any) -> None:
        for name, structure in values.items():
            if structure is not None:
                names, leaves, self.structures[name] = _leaves(structure)
                self.trees[name] = [
                    self._variable(part, np.asarray(leaf), name == "params")
                    for part, leaf in zip(names, leaves, strict=True)
                ]

    def _variable(self, name: str, value: np.ndarray, trains: bool) -> Variable:
        is_float = dtypes.is_float(value.dtype.name)
        return Variable(
            value,
            dtype=self.variable_dtype if is_float else value.dtype.name,
            trainable=trains and is_float,
            autocast=trains,
            name=name,
        )


def _leaves(structure: Any) -> tuple[list[str], list[Any], Any]:
    """Return the names of the leaves, the leaves, and JAX's description of the tree around them."""
    import jax

    pairs, form = jax.tree_util.tree_flatten_with_path(structure)
    names = [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in pairs]
    return [n.replace("/", "_") or "value" for n in names], [leaf for _, leaf in pairs], form


def _parameters(
    layer: Layer, name: str, function: Callable, known: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names of the parameters of a function of the user's, which must be among `known`."""
    takes = tuple(inspect.signature(function).parameters)
    unknown = [parameter for parameter in takes if parameter not in known]
    if unknown:
        raise ValueError(
            f"{described(layer)}: `{name}` has the parameters {', '.join(takes)}; only "
            f"{', '.join(known)} have a meaning, not {', '.join(unknown)}."
        )
    return takes
