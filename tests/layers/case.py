"""A case: a layer, its arguments, and an input for it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.engine.current import engine


@dataclass(frozen=True)
class Case:
    """A layer, its arguments, and an input for it.

    Attributes:
        name: of the class.
        kwargs: arguments of the constructor, data only.
        shapes: of the input, or a list of shapes for a list of inputs.
        integers: inputs are integers from 0 up to this.
        masked: whether the layer takes or passes a mask `(batch, time)`.
        draws: whether its result in training is random, or changes from step to step.
        free: axes of the (first) input that may be unknown in a symbolic call, besides the batch.
        tolerance: to which values agree with Keras', relative to the largest; wide for logarithms of small sums.
        cells: classes and arguments of the cells of an RNN, or of the layer within a wrapper.
    """

    name: str
    kwargs: dict[str, Any]
    shapes: Any
    integers: int = 0
    masked: bool = False
    draws: bool = False
    free: tuple[int, ...] = ()
    cells: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tolerance: float = 1e-5

    @property
    def several(self) -> bool:
        return isinstance(self.shapes, list)

    def layer(self, library: Any, **more: Any) -> Any:
        """The layer, made by `library` (`lamina.layers` or `keras.layers`)."""
        args = ()
        if self.cells:
            # A wrapper's dtype is its layer's in these cases; what else is given is the wrapper's.
            within = more if self.name != "RNN" else {k: more[k] for k in more if k == "dtype"}
            cells = [getattr(library, name)(**kwargs, **within) for name, kwargs in self.cells]
            args = (cells if len(cells) > 1 else cells[0],)
        return getattr(library, self.name)(*args, **{**self.kwargs, **more})

    def shapes_of(self, batch: Any = None) -> list[tuple]:
        shapes = self.shapes if self.several else [self.shapes]
        return [tuple(shape) if batch is None else (batch, *shape[1:]) for shape in shapes]

    def inputs(self, seed: int = 0, batch: int | None = None) -> Any:
        """Arrays of the case's shapes, always the same."""
        rng = np.random.default_rng(seed)
        xs = [self._array(rng, shape) for shape in self.shapes_of(batch)]
        return xs if self.several else xs[0]

    def _array(self, rng: np.random.Generator, shape: tuple) -> np.ndarray:
        if self.integers:
            return rng.integers(0, self.integers, shape).astype("int32")
        return rng.normal(size=shape).astype("float32")

    def mask(self, batch: int | None = None) -> np.ndarray:
        """A mask `(batch, time)` with gaps at the start, in the middle and at the end."""
        shape = self.shapes_of(batch)[0][:2]
        mask = np.random.default_rng(1).random(shape) > 0.4
        mask[:, 0] = False
        mask[:, 1] = True
        return mask

    def __repr__(self) -> str:
        given = ",".join(f"{k}={v}" for k, v in self.kwargs.items())
        cells = "+".join(name for name, _ in self.cells)
        return f"{self.name}({cells}{given})-{self.shapes}".replace(" ", "")


def each(names: str, kwargs: dict, shapes: Any, **options: Any) -> list[Case]:
    return [Case(name, kwargs, shapes, **options) for name in names.split()]


SEQUENCE, IMAGE, VOLUME = (2, 5, 3), (2, 6, 7, 4), (2, 4, 5, 6, 2)


def apply(layer: Any, inputs: Any, **options: Any) -> Any:
    """`layer` called on `inputs`; attention takes its tensors one by one."""
    return spread(layer, layer, inputs, **options)


def spread(layer: Any, method: Any, given: Any, **options: Any) -> Any:
    """`method(given)`, or `method(*given)` if `layer` takes several tensors."""
    first = next(iter(inspect.signature(layer.call).parameters))
    return method(*given, **options) if first == "query" else method(given, **options)


def compiled_call(layer: Any, compiled: Callable | None = None, **options: Any) -> Callable:
    """`apply(layer, inputs, **options)` as one program, which leaves the layer's state as that does.

    JAX compiles one program far sooner than each of its operations. Other engines run them at once,
    unless `compiled` (such as an engine's `compile`) is given.
    """
    if compiled is None and engine().name != "jax":
        return functools.partial(apply, layer, **options)

    def call(trained: list, state: list, inputs: Any) -> Any:
        stateless = functools.partial(layer.stateless_call, trained, state)
        return spread(layer, stateless, inputs, **options)

    program = (compiled or engine().compile)(call)

    def run(inputs: Any) -> Any:
        variables = layer.trainable_variables, layer.non_trainable_variables
        outputs, state = program(*([v.value for v in group] for group in variables), inputs)
        for variable, value in zip(layer.non_trainable_variables, state, strict=True):
            variable.assign(value)
        return outputs

    return run
