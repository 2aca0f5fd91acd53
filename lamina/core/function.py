"""`Function`: the computation from some symbolic tensors to others, run on values."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from lamina.core import graph, naming, tree
from lamina.core.abstract import infer
from lamina.core.foreign import of_keras
from lamina.core.host_stage import host_stage
from lamina.core.symbolic import KerasTensor


class Function:
    """A graph of operations as one function.

    Args:
        inputs: tree of KerasTensors where the graph begins.
        outputs: tree of KerasTensors where it ends.
        name: for messages.

    Raises:
        ValueError: a leaf is not a KerasTensor, an input comes twice, or the graph is disconnected.

    Example:
        >>> import lamina
        >>> x = lamina.Input((2,))
        >>> double = Function(x, x * 2)
        >>> double(lamina.ops.ones((1, 2))).tolist()
        [[2.0, 2.0]]
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None):
        self.name = name or naming.auto_name("function")
        self.input_structure, self.output_structure = inputs, outputs
        self.inputs: list[KerasTensor] = _tensors(inputs, "inputs")
        self.outputs: list[KerasTensor] = _tensors(outputs, "outputs")
        if len({id(x) for x in self.inputs}) < len(self.inputs):
            raise ValueError(
                f"Each input may be given once, but `inputs` holds one twice: {self.inputs}."
            )
        self.nodes = graph.ancestors(self.outputs, self.inputs)
        begin = {id(x) for x in self.inputs}
        self.steps = [
            node
            for node in self.nodes
            if not any(id(x) in begin for x in tree.flatten(node.outputs))
        ]
        self.host_stage = host_stage(self)

    @property
    def operations(self) -> list[Any]:
        """The operations that the graph calls, each once, in the order of the nodes."""
        return list({id(node.operation): node.operation for node in self.nodes}.values())

    @cached_property
    def first_operations(self) -> list[tuple[int, Any]]:
        """Pairs (number of an input, operation that takes this input and nothing else)."""
        numbers = {id(x): i for i, x in enumerate(self.inputs)}
        return [
            (numbers[id(node.inputs[0])], node.operation)
            for node in self.nodes
            if len(node.inputs) == 1 and id(node.inputs[0]) in numbers
        ]

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return KerasTensors like the outputs for `inputs`, KerasTensors in the same structure.

        Nothing is computed, and the result has no place in a graph.

        Example:
            >>> import lamina
            >>> x = lamina.Input((2,))
            >>> Function(x, lamina.ops.sum(x, axis=0)).compute_output_spec(lamina.KerasTensor((3, 2))).shape
            (2,)
        """
        variables = {id(v): v for x in self.operations for v in getattr(x, "variables", ())}
        specs = infer(self, (inputs,), {}, list(variables.values()))
        return tree.map_structure(graph.symbolic_from_spec, specs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the outputs' shapes for an input's shape, or for inputs' in their structure."""

        def symbolic(x: KerasTensor, shape: Any) -> KerasTensor:
            return KerasTensor(shape, x.dtype)

        inputs = tree.map_structure_up_to(
            self.input_structure, symbolic, self.input_structure, input_shape
        )
        return tree.map_structure(lambda x: x.shape, self.compute_output_spec(inputs))

    def call(self, inputs: Any) -> Any:
        """Return the outputs for `inputs`, as calling the function does."""
        return self(inputs)

    def __call__(self, inputs: Any) -> Any:
        """Return the outputs for `inputs`: values, or other KerasTensors, in the same structure."""
        values: dict[int, Any] = dict(zip(map(id, self.inputs), tree.flatten(inputs), strict=True))
        for node in self.steps:
            result = node.call(values)
            if isinstance(node.outputs, KerasTensor):
                values[id(node.outputs)] = result
            else:
                values.update(
                    zip(map(id, tree.flatten(node.outputs)), tree.flatten(result), strict=True)
                )
        if isinstance(self.output_structure, KerasTensor):
            return values[id(self.output_structure)]
        return tree.map_structure(lambda x: values[id(x)], self.output_structure)


def _tensors(structure: Any, what: str) -> list[KerasTensor]:
    leaves = tree.flatten(structure)
    for leaf in leaves:
        if not isinstance(leaf, KerasTensor):
            raise ValueError(
                f"`{what}` must hold KerasTensors, as Input(...) and layers called on them return, "
                f"not {leaf!r} ({type(leaf).__name__}).{of_keras(leaf)}"
            )
    if not leaves:
        raise ValueError(f"`{what}` is empty.")
    return leaves
