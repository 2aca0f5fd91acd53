"""The part of a layer that works without values: symbolic calls, shapes, its place in a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lamina.core import graph, scope, tree
from lamina.core.symbolic import KerasTensor
from lamina.engine.contract import Spec
from lamina.layers import input_spec as specs
from lamina.layers.call_context import CallContext, calling

if TYPE_CHECKING:
    from lamina.core.variable import Variable


class CallsSymbolically:
    """What `Layer` is to KerasTensors. One evaluation of the whole layer gives shapes and dtypes."""

    name: str
    path: str
    built: bool
    input_spec: Any
    compute_dtype: str
    variables: list[Variable]
    _inbound: list[graph.Node]

    @property
    def input(self) -> Any:
        """The symbolic input of the first call on symbolic tensors."""
        args, kwargs = self._first_node().arguments
        return args[0] if args else next(iter(kwargs.values()))

    @property
    def output(self) -> Any:
        """The symbolic output of the first call on symbolic tensors."""
        return self._first_node().outputs

    def _first_node(self) -> graph.Node:
        if not self._inbound:
            raise AttributeError(
                f"{self._described()} was never called on a symbolic tensor, so it has no input and output."
            )
        return self._inbound[0]

    def _call_symbolically(self, context: CallContext, args: tuple, kwargs: dict) -> Any:
        def inferred(_: Any, args: tuple, kwargs: dict) -> Any:
            specs.check(
                self.input_spec,
                args[0] if args else next(iter(kwargs.values()), None),
                self._described(),
            )
            if type(self).compute_output_spec is not CallsSymbolically.compute_output_spec:
                return tree.map_structure(_as_spec, self.compute_output_spec(*args, **kwargs))
            return self._inferred(context, args, kwargs)

        return graph.record(self, args, kwargs, inferred)

    def _inferred(self, context: CallContext, args: tuple, kwargs: dict) -> Any:
        try:
            return graph.infer(
                lambda *a, **k: self._compute(context, a, k), args, kwargs, self.variables
            )
        except Exception as error:
            given = [
                tuple(x.shape) for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)
            ]
            raise ValueError(
                f"{self._described()} cannot be applied to input of shape "
                f"{given[0] if len(given) == 1 else given}: {_first_line(error)}"
            ) from error

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """KerasTensors like the outputs for KerasTensors (or arrays) given; weights are built if need be."""
        with calling(None) as context:
            if not self.built:
                with scope.name_scope(self.name):
                    self._build_from(args, kwargs)
            return tree.map_structure(
                graph.symbolic_from_spec, self._inferred(context, args, kwargs)
            )

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
