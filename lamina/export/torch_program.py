"""The format `torch`: a program of `torch.export`, a `.pt2` file.

Layers decide by sizes, which `torch.export` would take for decisions about all sizes. So the model is traced once
with numbers in place of unknown sizes, and once more for each of them with another number: an argument of an operation
that differs between the graphs follows that size (`joining.py`).
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils import _pytree as pytree

from lamina.core import tree
from lamina.engine.current import engine
from lamina.engine.torch.convert import from_numpy, to_numpy
from lamina.export.joining import joined
from lamina.export.loaded import Loaded
from lamina.export.program import Program

SUFFIX = ".pt2"
_METADATA = "lamina.json"


def write(program: Program, path: Path, metadata: dict[str, Any]) -> None:
    """Write the program; the batch, and axes of unknown size, may have any size."""
    with torch.no_grad():
        exported = _exported(program)
    noted = {**metadata, "torch_version": torch.__version__}
    with warnings.catch_warnings():
        # Weights that are views into others' memory are written, too, whatever it fears; what is read back is compared.
        warnings.filterwarnings("ignore", "No complete tensor found", UserWarning)
        files = {_METADATA: json.dumps(noted, indent=2)}
        torch.export.save(exported, str(path), extra_files=files)


def _exported(program: Program) -> torch.export.ExportedProgram:
    flat = _Flat(program)
    base = {name: 5 if name == "batch" else program.free for name in program.symbols.values()}
    graph = joined(
        _traced(flat, _tensors(program, base)),
        {name: _traced(flat, _tensors(program, {**base, name: n + 2})) for name, n in base.items()},
        base,
        {name: at for at, name in reversed(program.symbols.items())},
    )
    args = _positional(program, _tensors(program, base))
    shapes: Any = torch.export.ShapesCollection()
    for number, x in enumerate(tree.flatten(args)):
        free = [axis for at, axis in program.symbols if at == number]
        if free:
            shapes[x] = dict.fromkeys(free, torch.export.Dim.DYNAMIC)
    whole = _Structured(graph, program)
    return torch.export.export(whole, args, dynamic_shapes=shapes, strict=False)


def _positional(program: Program, flat: Sequence[Any]) -> tuple:
    """Return the arguments of the exported program: those by name stand behind the others, in their order."""
    args, kwargs = program.signature.bind(flat)
    return (*args, *kwargs.values())


def _tensors(program: Program, sizes: dict[str, int]) -> list[torch.Tensor]:
    return [engine().asarray(x, x.dtype.name) for x in program.sized(**sizes)]


def _traced(module: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> torch.fx.GraphModule:
    """Return the graph of a module for inputs of these sizes, without checks of them."""
    graph: Any = torch.export.export(module, tuple(inputs), strict=False).module()
    for node in graph.graph.nodes:
        if node.op == "call_module":  # asks whether inputs have the sizes of the trace
            graph.graph.erase_node(node)
    graph.graph.eliminate_dead_code()
    return graph


class _Flat(torch.nn.Module):
    """A program of flat inputs and results; weights are its buffers."""

    def __init__(self, program: Program):
        super().__init__()
        self.program, self.names = program, []
        for value, v in zip(program.native_values(), program.variables, strict=True):
            name = re.sub(r"\W", "_", v.path)
            while hasattr(self, name):
                name += "_1"
            self.register_buffer(name, value.detach().clone())
            self.names.append(name)

    def forward(self, *inputs: Any) -> tuple:
        return tuple(self.program([getattr(self, name) for name in self.names], inputs))


class _Structured(torch.nn.Module):
    """A graph of flat inputs and results that takes and gives what the model does."""

    def __init__(self, graph: torch.nn.Module, program: Program):
        super().__init__()
        self.joined, self.pack = graph, program.pack

    def forward(self, *args: Any) -> Any:
        return self.pack(self.joined(*tree.flatten(args)))


def read(path: Path) -> Loaded:
    """Return the program that the file holds."""
    files = {_METADATA: ""}
    exported = torch.export.load(str(path), extra_files=files)
    module, structure = exported.module(), exported.call_spec.in_spec
    assert structure is not None  # what `torch.export` itself made has one

    def run(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        tensors = [from_numpy(np.array(x)) for x in arrays]
        args, kwargs = pytree.tree_unflatten(tensors, structure)
        with torch.no_grad():
            results = module(*args, **kwargs)
        return [to_numpy(x) for x in tree.flatten(results)]

    return Loaded(run, json.loads(files[_METADATA]))
