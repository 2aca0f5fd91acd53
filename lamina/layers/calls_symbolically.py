"""The part of a layer that works without values: symbolic calls, shapes, its place in a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.core import abstract, graph, masks, tree
from lamina.core.symbolic import KerasTensor
from lamina.layers import input_spec as specs
from lamina.layers.formulas import known_spec
from lamina.layers.operation import Operation, as_spec
from lamina.layers.refused_inputs import explain, refused


class CallsSymbolically(Operation):
    """The part of `Layer` that deals with KerasTensors. One evaluation of the layer gives all shapes."""

    name: str
    path: str
    built: bool
    compute_dtype: str
    __nodes__: list[graph.Node]

    compute_output_spec: Callable[..., Any]
    __call__: Callable[..., Any]

    def compute_output_shape(self: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the shape of the output for an input shape (or a tree of them)."""

        def symbolic(shape: Any) -> Any:
            if isinstance(shape, dict):
                return {name: symbolic(x) for name, x in shape.items()}
            if isinstance(shape, (list, tuple)) and shape and isinstance(shape[0], (list, tuple)):
                return [symbolic(x) for x in shape]
            return KerasTensor(shape, self.compute_dtype)

        outputs = self.compute_output_spec(
            *[symbolic(x) for x in args],
            **{k.removesuffix("_shape"): symbolic(x) for k, x in kwargs.items()},
        )
        return tree.map_structure(lambda x: x.shape, outputs)

    def symbolic_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the layer on KerasTensors."""
        return self(*args, **kwargs)


def call_symbolically(
    layer: Any, compute: Callable, args: tuple, kwargs: dict, declared: bool
) -> Any:
    """Record a call of `layer` in the graph.

    Args:
        compute: gives the outputs for values.
        declared: whether the layer's own `compute_output_spec` says what its outputs are.
    """
    output_masks: list[Any] = []

    def inferred(_: Any, args: tuple, kwargs: dict) -> Any:
        first = args[0] if args else next(iter(kwargs.values()), None)
        specs.check_input(layer, first)
        if declared:
            mask = masks.masks_of(first)
            output_masks[:] = [] if mask is None else tree.flatten(layer.compute_mask(first, mask))
            try:
                return tree.map_structure(as_spec, layer.compute_output_spec(*args, **kwargs))
            except Exception as error:
                explain(error, layer, first)
                raise
        outputs, output_masks[:] = infer(layer, compute, args, kwargs)
        return outputs

    outputs = graph.record(layer, args, kwargs, inferred)
    for x, mask in zip(tree.flatten(outputs), output_masks, strict=False):
        if mask is not None:
            masks.set_mask(x, KerasTensor(mask.shape, mask.dtype))
    return outputs


def infer(layer: Any, compute: Callable, args: tuple, kwargs: dict) -> tuple[Any, list[Any]]:
    """Return what `compute` returns, and the masks of its leaves, with `Spec`s in place of arrays."""
    input_masks = [masks.get_mask(x) for x in tree.flatten([args, kwargs])]
    known = known_spec(layer, args, kwargs, input_masks)
    if known is not None:
        return known, [None]

    def run(args: tuple, kwargs: dict, input_masks: list) -> tuple[Any, list[Any]]:
        for x, mask in zip(tree.flatten([args, kwargs]), input_masks, strict=True):
            if mask is not None:
                masks.set_mask(x, mask)
        outputs = compute(*args, **kwargs)
        return outputs, [masks.get_mask(x) for x in tree.flatten(outputs)]

    call = (args, kwargs, input_masks)
    try:
        return abstract.kept(
            (layer, *call), lambda: abstract.evaluate(run, call, {}, layer.variables)
        )
    except Exception as error:
        raise refused(layer, _inputs(args, kwargs), error) from error


def _inputs(args: tuple, kwargs: dict) -> Any:
    """Return the first argument, or all where further tensors are among them."""
    tensors = [x for x in tree.flatten([args, kwargs]) if isinstance(x, KerasTensor)]
    first = args[0] if args else next(iter(kwargs.values()), None)
    return first if len(tree.flatten(first)) == len(tensors) else tensors
