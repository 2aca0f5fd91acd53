"""The part of a layer that holds weights: making, finding, freezing, reading and replacing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina import constraints, initializers, regularizers
from lamina.core import dtypes, tracking
from lamina.core.seeds import SeedGenerator
from lamina.core.variable import Variable


@dataclass(frozen=True)
class Still:
    """What a walk through a model found, kept while its steps run: nothing changes in between."""

    trainable: list[Variable]
    metrics: list[Any]


class HoldsWeights:
    """What `Layer` is to its weights. Layers and variables are found among the attributes."""

    path: str
    built: bool
    variable_dtype: str
    _trainable: bool
    _weights: list[Variable]
    _still: Still | None = None

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
        if any(size is None for size in shape):
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
        self._weights.append(variable)
        return variable

    def flatten_layers(self) -> list[Any]:
        """This layer and all layers in it, each once, in the order of their attributes."""
        found: dict[int, HoldsWeights] = {}

        def visit(layer: HoldsWeights) -> None:
            if id(layer) not in found:
                found[id(layer)] = layer
                for inner in layer.sublayers():
                    visit(inner)

        visit(self)
        return list(found.values())

    def sublayers(self) -> Iterator[Any]:
        """Layers that this one holds directly, also in lists and dicts."""
        return tracking.held(self, HoldsWeights)

    def own_weights(self) -> list[Variable]:
        """Weights of this layer itself, those that train first."""
        own = tracking.unique([*self._weights, *tracking.held(self, Variable)])
        own.sort(key=lambda v: v.number)
        return [v for v in own if v.trainable] + [v for v in own if not v.trainable]

    def _seed_states(self) -> list[Variable]:
        return [generator.state for generator in tracking.held(self, SeedGenerator)]

    @property
    def weights(self) -> list[Variable]:
        """All weights, of this layer and of those in it; keys of random draws are not among them."""
        return tracking.unique(v for layer in self.flatten_layers() for v in layer.own_weights())

    @property
    def variables(self) -> list[Variable]:
        """All weights, and the keys of random draws."""
        return tracking.unique(
            v
            for layer in self.flatten_layers()
            for v in (*layer.own_weights(), *layer._seed_states())
        )

    def _trained(self) -> list[Variable]:
        if not self.trainable:
            return []
        found = [v for v in self.own_weights() if v.trainable]
        for inner in self.sublayers():
            found += inner._trained()
        return tracking.unique(found)

    @property
    def trainable_variables(self) -> list[Variable]:
        """What `fit` changes: trainable weights of layers that are not frozen."""
        return list(self._still.trainable) if self._still is not None else self._trained()

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All variables that `fit` does not change by gradients."""
        trained = {id(v) for v in self._trained()}
        return [v for v in self.variables if id(v) not in trained]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """All weights that `fit` does not change by gradients."""
        trained = {id(v) for v in self._trained()}
        return [v for v in self.weights if id(v) not in trained]

    @property
    def trainable(self) -> bool:
        """Whether `fit` may change the weights; setting it sets it for all layers within."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.flatten_layers():
            layer._trainable = bool(value)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights as NumPy arrays."""
        return [v.numpy() for v in self.weights]

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
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)

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
