"""The part of a layer that holds weights: making, finding, freezing, reading and replacing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from operator import attrgetter
from typing import Any

import numpy as np

from lamina import constraints, initializers, regularizers
from lamina.core import dtypes, policy
from lamina.core.abstract import is_unknown
from lamina.core.policy_map import DTypePolicyMap
from lamina.core.tracking import Holder, Walk, remembered, unique, walk
from lamina.core.variable import Variable, assign_all, freezings, note_freezing, to_arrays


class HoldsWeights(Holder):
    """What `Layer` is to its weights: where they stand, and in which dtypes. They are found among the attributes."""

    __slots__ = (
        "__made",
        "__map",  # the `DTypePolicyMap` in which `dtype_policy` is looked up, if any
        "__path",
        "__trainable",
    )
    role = "layer"
    built: bool

    def __init__(self: Any, trainable: bool, dtype: Any, name: str):
        self.__made: list[Variable] = []
        self.__trainable = trainable if trainable is True else _truth(trainable)
        self.dtype_policy = policy.dtype_policy() if dtype is None else policy.get(dtype)
        self.__path, self.__map = name, None
        if isinstance(self.dtype_policy, DTypePolicyMap):
            self.__map = self.dtype_policy
            self.__stand_at__(name)

    def __stand_at__(self: Any, path: str) -> None:
        """Note the path, by which a map may have another policy."""
        self.__path = path
        if self.__map is not None:
            self.dtype_policy = self.__map[path]

    def __as_it_is__(self: Any) -> Callable[[], None]:
        """Return a function that takes back what becomes of the layer from now on."""
        made, attributes = len(self.__made), dict(vars(self))

        def restore() -> None:
            del self.__made[made:]
            vars(self).clear()
            vars(self).update(attributes)

        return restore

    def __dtype_argument__(self: Any) -> policy.DTypePolicy:
        """Return what the layer was given as `dtype`, or what was put in its place since."""
        return self.dtype_policy if self.__map is None else self.__map

    @property
    def path(self) -> str:
        """The name with those of the layers around it, such as `"model/dense"`."""
        return self.__path

    @property
    def compute_dtype(self: Any) -> str:
        """The dtype of the computation and its result."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self: Any) -> str:
        """The dtype of the weights."""
        return self.dtype_policy.variable_dtype

    dtype = variable_dtype
    input_dtype = compute_dtype

    def __held__(self) -> Any:
        return self.__made, vars(self)

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Any]:
        """Return the layers within, as libraries on Keras ask for them under this name."""
        within = flatten_layers(self)[1:] if recursive else list(sublayers(self))
        return [self, *within] if include_self else within

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a weight of this layer; an older name of `add_weight`."""
        options = {"regularizer": regularizer, "constraint": constraint, "name": name}
        return self.add_weight(shape, initializer, dtype, trainable, autocast, **options)

    def add_metric(self, *args: Any, **kwargs: Any) -> Any:
        """Raise an error: metrics belong to `Model.compile`, or are attributes of a layer.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            f"Layer {self.path!r}: add_metric is a function of Keras 2. Give the metric to "
            "`Model.compile(metrics=[...])`, or keep it as an attribute and update it in `call`."
        )

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Make a weight of this layer.

        Args:
            shape: sizes, all known; `()` for a number.
            initializer: name, configuration or `Initializer`; Glorot's uniform for floats, else zeros.
            dtype: by default the layer's variable dtype.
            trainable: whether `fit` may change it.
            regularizer: adds a loss computed from the weight.
            constraint: applied to the weight after every update.

        Raises:
            ValueError: a size is unknown.
        """
        if isinstance(shape, str):
            raise ValueError(
                f"Layer {self.path!r}: add_weight takes the shape first, but got {shape!r}. "
                f"Write add_weight(shape=..., name={shape!r})."
            )
        shape = (shape,) if isinstance(shape, int) else tuple(shape or ())
        if any(map(is_unknown, shape)):
            raise ValueError(
                f"Layer {self.path!r}: a weight {name or ''!r} of shape {shape} cannot be made, a size is unknown. "
                "Give the axis a size in Input(shape=...), or call the layer on data first."
            )
        dtype = dtypes.standardize(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(dtype) else "zeros"
        variable = Variable(
            initializers.get(initializer),
            shape=shape,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            aggregation=aggregation,
            name=name,
        )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self.__made.append(variable)
        return variable

    @property
    def weights(self) -> list[Variable]:
        """All weights, of this layer and of those in it; keys of random draws are not among them."""
        return [v for v in _variables(walk(self)) if not v.is_state]

    @property
    def variables(self) -> list[Variable]:
        """All weights, the keys of random draws and other states."""
        return _variables(walk(self))

    @property
    @remembered(lambda self: freezings())
    def trainable_variables(self) -> list[Variable]:
        """The weights that `fit` changes: trainable ones of layers that are not frozen."""
        within, found, seen = walk(self), {}, set()
        stack: list[Any] = [self]
        while stack:
            layer = stack.pop()
            if id(layer) in seen or not layer.trainable:
                continue
            seen.add(id(layer))
            for v in own_variables(within, layer):
                if v.trainable and not v.is_state:
                    found[id(v)] = v
            stack.extend(reversed(within.contents[id(layer)].inner))
        return [*found.values()]

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All variables that `fit` does not change by gradients."""
        trained = set(map(id, self.trainable_variables))
        return [v for v in self.variables if id(v) not in trained]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """All weights that `fit` does not change by gradients."""
        trained = set(map(id, self.trainable_variables))
        return [v for v in self.weights if id(v) not in trained]

    @property
    def trainable(self) -> bool:
        """Whether `fit` may change the weights; setting it sets it for all layers within.

        Raises:
            ValueError: it is set to something other than a bool.
        """
        return self.__trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = _truth(value)
        for layer in flatten_layers(self):
            layer.__trainable = value
        note_freezing()
        trained = set(map(id, self.trainable_variables))
        for variable in self.variables:
            variable.let_train(id(variable) in trained)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights as NumPy arrays."""
        return to_arrays(self.weights)

    def set_weights(self, weights: list[Any]) -> None:
        """Replace all weights by arrays in the order of `get_weights`.

        Raises:
            ValueError: another number of arrays, or another shape; nothing is changed then.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f"Layer {self.path!r} has {len(own)} weights, but {len(weights)} arrays were given."
            )
        for variable, value in zip(own, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ValueError(
                    f"Weight {variable.path!r} has shape {variable.shape}; "
                    f"the array given has {tuple(np.shape(value))}."
                )
        assign_all(own, weights)

    def count_params(self) -> int:
        """The number of elements of all weights.

        Raises:
            ValueError: the layer has no weights yet.
        """
        if not self.built:
            raise ValueError(
                f"Layer {self.path!r} has no weights yet: call it on data, or `build` it, first."
            )
        return sum(int(np.prod(v.shape)) for v in self.weights)

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Put what a file is to hold of this layer itself into `store`: its weights, as "0", "1", ....

        Override it, and `load_own_variables`, to keep something else: arrays and numbers, under any names
        without a slash.

        Example:
            >>> import lamina
            >>> layer, store = lamina.layers.Dense(2), {}
            >>> layer.build((None, 3))
            >>> layer.save_own_variables(store)
            >>> {key: value.shape for key, value in store.items()}
            {'0': (3, 2), '1': (2,)}
        """
        for i, variable in enumerate(own_weights(self)):
            store[str(i)] = variable

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take back what `save_own_variables` put into `store`.

        Raises:
            ValueError: another number of arrays, or another shape; nothing is changed then.
        """
        own = own_weights(self)
        if len(store.keys()) != len(own):
            hint = "" if self.built else " It is not built yet."
            raise ValueError(
                f"Layer {self.path!r} has {len(own)} weights of its own, but {len(store.keys())} arrays were "
                f"saved: {sorted(store.keys())[:10]}.{hint}"
            )
        values = [store[str(i)] for i in range(len(own))]
        for variable, value in zip(own, values, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ValueError(
                    f"Weight {variable.path!r} has shape {variable.shape}; an array of shape {np.shape(value)} "
                    "was saved."
                )
        assign_all(own, values)


def flatten_layers(layer: HoldsWeights) -> list[Any]:
    """List `layer` and all layers in it, each once, depth first in the order of their attributes."""
    return walk(layer).holders


def sublayers(layer: HoldsWeights) -> list[Any]:
    """List the layers that `layer` holds itself, also in lists and dicts."""
    return walk(layer).contents[id(layer)].inner


def own_weights(layer: HoldsWeights) -> list[Variable]:
    """List the weights that `layer` holds itself, those that train first."""
    return [v for v in own_variables(walk(layer), layer) if not v.is_state]


def own_variables(within: Walk, layer: HoldsWeights) -> list[Variable]:
    """List the variables that `layer` holds itself: weights that train, others, then states."""
    contents = within.contents[id(layer)]
    trained: list[Variable] = []
    rest: list[Variable] = []
    for v in sorted(contents.variables, key=_ORDER):
        (trained if v.trainable and not v.is_state else rest).append(v)
    trained += rest
    for holder in contents.others:
        if holder.role == "state":
            trained += walk(holder).variables()
    return trained


_ORDER = attrgetter("is_state", "number")


def _variables(within: Walk) -> list[Variable]:
    found: list[Variable] = []
    for layer in within.holders:
        found += own_variables(within, layer)
    return unique(found)


def _truth(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"`trainable` must be True or False, not {value!r}.")
    return bool(value)
