"""The shape of a model's output by the formulas of its layers, if each has one (`layers/formulas.py`)."""

from __future__ import annotations

from typing import Any

from lamina.core import tree
from lamina.core.symbolic import KerasTensor
from lamina.layers.formulas import Shape, formulas, known_spec
from lamina.layers.layer import Layer
from lamina.models.model import Model
from lamina.models.sequential import Sequential


def _by_formulas(model: Model, shape: Shape) -> Shape | None:
    """Return the shape of the output, if formulas give those of all layers of the graph as they are now."""
    graph = model.__graph__
    if graph is None or not isinstance(graph.output_structure, KerasTensor):
        return None
    if not isinstance(graph.input_structure, KerasTensor) or graph.input_structure.shape != shape:
        return None
    dtype = model.compute_dtype
    values: dict[int, Any] = {id(graph.input_structure): KerasTensor(shape, dtype)}
    for node in graph.steps:
        if not isinstance(node.operation, Layer):
            return None
        args, kwargs = tree.map_structure(lambda x: values.get(id(x), x), node.arguments)
        spec = known_spec(node.operation, args, kwargs, ())
        if spec is None:
            return None
        values[id(node.outputs)] = KerasTensor(spec.shape, spec.dtype)
    output = values[id(graph.output_structure)]
    return output.shape if output.dtype == dtype else None


formulas[Model] = formulas[Sequential] = _by_formulas
