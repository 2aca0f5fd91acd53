"""What TensorBoard shows of a model: its graph, pictures of its weights, tables of embeddings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.core.variable import Variable

_PICTURES = 3  # of one weight: as many as TensorBoard shows in a row


def graph_of(model: Any) -> Any:
    """Return the model's graph as a `GraphDef`; `None` where it is not known.

    A node is a call of a layer or an op, named `model/layer`; edges are tensors.
    """
    calls = model.__calls__() if hasattr(model, "__calls__") else []
    if not calls:
        return None
    graph_pb2 = optional.load("tensorboard.compat.proto.graph_pb2", "tensorboard", "TensorBoard")
    graph, names = graph_pb2.GraphDef(), {}
    counts: dict[str, int] = {}
    for call in calls:
        number = counts[call.name] = counts.get(call.name, 0) + 1
        name = f"{model.name}/{call.name}" + (f"_call_{number}" if number > 1 else "")
        names[id(call)] = name
        operation = call.operation
        kind = getattr(operation, "__name__", None) or type(operation).__name__
        inputs = [names[id(x.node)] for x in call.inputs if id(x.node) in names]
        node = graph.node.add(name=name, op=kind, input=inputs)
        if hasattr(operation, "count_params"):
            shapes = [f"{v.path} {tuple(v.shape)}" for v in operation.weights]
            node.attr["weights"].s = ", ".join(shapes).encode()
    return graph


def pictures_of(value: np.ndarray) -> np.ndarray | None:
    """Return a weight as grey pictures `(n, height, width, 1)` from 0 to 1, at most three.

    A vector is a row; a matrix lies on its longer side; of filters, which are last, each is a picture,
    the mean over its inputs. A scalar is not a picture.
    """
    value = np.squeeze(value).astype("float64")
    if value.ndim == 0 or value.size < 2:
        return None
    if value.ndim == 1:
        planes = value[None, None]
    elif value.ndim == 2:
        planes = (value.T if value.shape[0] > value.shape[1] else value)[None]
    else:
        filters = np.moveaxis(value, -1, 0)[:_PICTURES]
        planes = filters.mean(axis=tuple(range(3, filters.ndim))) if filters.ndim > 3 else filters
    low, high = planes.min(), planes.max()
    return ((planes - low) / ((high - low) or 1))[..., None]


def embeddings_of(
    model: Any, metadata: str | Mapping[str, str] | None
) -> list[tuple[str, Variable, str | None]]:
    """Return name, table and file of labels for each `Embedding` layer of the model.

    Raises:
        ValueError: `metadata` names a layer that is not such a layer of the model.
    """
    found = [layer for layer in model.layers if type(layer).__name__ == "Embedding" and layer.built]
    names = [layer.name for layer in found]
    if isinstance(metadata, Mapping) and (unknown := [n for n in metadata if n not in names]):
        raise ValueError(
            f"TensorBoard: `embeddings_metadata` names {unknown}, but the model's Embedding layers are {names}."
        )
    files = metadata if isinstance(metadata, Mapping) else dict.fromkeys(names, metadata)
    return [(layer.name, layer.embeddings, files.get(layer.name)) for layer in found]


def write_projector(
    folder: Path, epoch: int, embeddings: list[tuple[str, Variable, str | None]]
) -> None:
    """Write tables as text, and the file by which TensorBoard's projector finds the latest ones."""
    blocks = []
    for name, table, labels in embeddings:
        path = Path("embeddings") / f"{name}-{epoch}.tsv"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(folder / path, table.numpy(), delimiter="\t", fmt="%.6g")
        lines = [f'tensor_name: "{name}"', f'tensor_path: "{path.as_posix()}"']
        lines += [] if labels is None else [f'metadata_path: "{labels}"']
        blocks.append("embeddings {\n" + "".join(f"  {line}\n" for line in lines) + "}\n")
    (folder / "projector_config.pbtxt").write_text("".join(blocks), encoding="utf-8")
