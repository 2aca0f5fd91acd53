"""The format `onnx`: the graph that the engine of that name runs, with its weights, in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.core.naming import described
from lamina.export.loaded import Loaded
from lamina.export.program import Program

SUFFIX = ".onnx"
_METADATA = "lamina"  # its key among the file's own
_MOST_BYTES = 2**31 - 1  # of one message of protocol buffers


def write(program: Program, path: Path, metadata: dict[str, Any], opset: int = 20) -> None:
    """Write the graph, which is checked by ONNX's own checker.

    Args:
        opset: version of ONNX's operators, 18 to 20.

    Raises:
        ValueError: another opset, the size of an axis but the batch is not known, the graph depends on the size
            of the batch in a way that ONNX cannot be told, or the file were larger than ONNX's format allows.
    """
    onnx = optional.load("onnx", "onnx", "Model.export")
    if opset not in (18, 19, 20):
        raise ValueError(f"Model.export: `opset` must be 18, 19 or 20, not {opset!r}.")
    model = as_model(program)
    model.opset_import[0].version = opset
    noted = {**metadata, "onnx_opset": opset}
    onnx.helper.set_model_props(model, {_METADATA: json.dumps(noted)})
    if model.ByteSize() > _MOST_BYTES:
        raise ValueError(
            f"{described(program.model)}.export: the graph has {model.ByteSize()} bytes, with its weights, and a file "
            f"of ONNX at most {_MOST_BYTES}. Use format='tf_saved_model'."
        )
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def as_model(program: Program) -> Any:
    """Return the graph with its weights, an `onnx.ModelProto`; inputs and outputs have the signature's names."""
    from lamina.engine.onnx.tracing import outside, trace_function

    signature = program.signature
    if axes := signature.free_axes():
        number, axis = axes[0]
        raise ValueError(
            f"{described(program.model)}.export: axis {axis} of input {signature.inputs[number].name!r} has no known "
            "size, and of a graph of ONNX only the batch is left open. Give `input_signature` with its size."
        )
    values = [np.asarray(x) for x in program.native_values()]
    trees = _flat(len(values), len(signature.inputs))
    names = [spec.name for spec in signature.inputs]
    traced = trace_function(program, values, program.samples[-1], trees, names)
    if signature.batch is None and not traced.is_open:
        raise ValueError(
            f"{described(program.model)}.export: the model computes with the size of the batch in a way that a graph "
            "of ONNX cannot be told. Give `input_signature` with a fixed size of the batch."
        )
    weights = {f"w{i}": x.astype(outside(x.dtype), copy=False) for i, x in enumerate(values)}
    weights = {name: x for name, x in weights.items() if name in traced.read}
    return traced.model(weights, [spec.name for spec in program.outputs])


def _flat(*counts: int) -> tuple[Any, ...]:
    """Return the structures of lists with so many leaves."""
    import optree

    return tuple(optree.tree_structure([0] * count) for count in counts)  # type: ignore[arg-type]


def read(path: Path) -> Loaded:
    """Return the program that the file holds."""
    runtime = optional.load("onnxruntime", "onnx", "Model.export")
    session = runtime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    metadata = json.loads(session.get_modelmeta().custom_metadata_map[_METADATA])
    taken = {x.name for x in session.get_inputs()}
    names, outputs = ([x["name"] for x in metadata[key]] for key in ("inputs", "outputs"))

    def run(arrays: Sequence[Any]) -> list[Any]:
        feeds = {name: np.asarray(x) for name, x in zip(names, arrays, strict=True)}
        return session.run(outputs, {name: x for name, x in feeds.items() if name in taken})

    return Loaded(run, metadata)
