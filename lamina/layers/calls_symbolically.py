"""The part of a layer that works without values: symbolic calls, shapes, its place in a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import graph, tree
from lamina.core.naming import described
from lamina.core.symbolic import KerasTensor
from lamina.engine.contract import Spec
from lamina.layers import input_spec as specs


class CallsSymbolically:
    """What `Layer` is to KerasTensors. One evaluation of the whole layer gives shapes and dtypes."""

    name: str
    path: str
    built: bool
    compute_dtype: str
    __nodes__: list[graph.Node]

    @property
    def input(self) -> Any:
        """The symbolic input of the first call on symbolic tensors."""
        args, kwargs = _first_node(self).arguments
        return args[0] if args else next(iter(kwargs.values()))

    @property
    def output(self) -> Any:
        """The symbolic output of the first call on symbolic tensors."""
        return _first_node(self).outputs

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shape of the output for an input shape (or a tree of them)."""

        def stand_in(shape: Any) -> Any:
            if isinstance(shape, dict):
                return {name: stand_in(x) for name, x in shape.items()}
            if isinstance(shape, (list, tuple)) and shape and isinstance(shape[0], (list, tuple)):
                return [stand_in(x) for x in shape]
            return KerasTensor(shape, self.compute_dtype)

        outputs = self.compute_output_spec(
            *[stand_in(x) for x in args],
            **{k.removesuffix("_shape"): stand_in(x) for k, x in kwargs.items()},
        )
        return tree.map_structure(lambda x: x.shape, outputs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The same as calling the layer on KerasTensors."""
        return self(*args, **kwargs)


def _first_node(layer: Any) -> graph.Node:
    if not layer.__nodes__:
        raise AttributeError(
            f"{described(layer)} was never called on a symbolic tensor, so it has no input and output."
        )
    return layer.__nodes__[0]


def call_symbolically(layer: Any, compute: Callable, args: tuple, kwargs: dict) -> Any:
    """Record a call of `layer` in the graph; `compute` gives the outputs for values."""

    def inferred(_: Any, args: tuple, kwargs: dict) -> Any:
        first = args[0] if args else next(iter(kwargs.values()), None)
        specs.check(layer.input_spec, first, described(layer))
        own = type(layer).compute_output_spec
        if own.__module__ != "lamina.layers.layer":
            return tree.map_structure(_as_spec, layer.compute_output_spec(*args, **kwargs))
        return infer(layer, compute, args, kwargs)

    return graph.record(layer, args, kwargs, inferred)


def infer(layer: Any, compute: Callable, args: tuple, kwargs: dict) -> Any:
    """Return what `compute` returns, a `Spec` for each array, without computing any."""
    try:
        return graph.infer(compute, args, kwargs, layer.variables)
    except Exception as error:
        given = [tuple(x.shape) for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]
        raise ValueError(
            f"{described(layer)} cannot be applied to input of shape "
            f"{given[0] if len(given) == 1 else given}: {_first_line(error)}"
        ) from error


_MAY_HOLD_SYMBOLIC = (KerasTensor, list, tuple, dict)


def has_symbolic(args: tuple, kwargs: dict) -> bool:
    """Whether a KerasTensor is among the arguments of a call, at any depth."""
    if len(args) == 1 and not kwargs and not isinstance(args[0], _MAY_HOLD_SYMBOLIC):
        return False
    return any(isinstance(x, KerasTensor) for x in tree.flatten([args, kwargs]))


def _as_spec(x: Any) -> Any:
    return Spec(tuple(x.shape), x.dtype) if isinstance(x, KerasTensor) else x


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
