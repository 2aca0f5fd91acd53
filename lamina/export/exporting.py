"""`Model.export`: formats by name, and the way that all of them go.

signature -> program -> written beside -> read back by the format's library -> compared -> put in place
"""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np

from lamina import __version__
from lamina.core import dtypes
from lamina.core.choices import one_of
from lamina.core.naming import described
from lamina.engine.current import load, on_one_engine, using
from lamina.export.loaded import Loaded
from lamina.export.placing import placing
from lamina.export.program import Program, refuse_host_layers
from lamina.export.signature import TensorSpec, of_model

# Format -> the engine under which the model runs, and the module of `lamina.export` with
#     SUFFIX: of the file's name, if it must have one,
#     write(program, path, metadata, **options), and
#     read(path) -> `Loaded`, which the format's own library runs.
FORMATS = {
    "tf_saved_model": ("tensorflow", "saved_model"),
    "stablehlo": ("jax", "stablehlo"),
    "onnx": ("onnx", "onnx"),
    "torch": ("torch", "torch_program"),
    "litert": ("tensorflow", "litert"),
    "openvino": ("tensorflow", "openvino"),
}

# How far results may lie apart, relative to the largest (at least 1): libraries sum in different orders.
_TOLERANCES = {"float64": 1e-4, "float32": 1e-4, "float16": 2e-2, "bfloat16": 1e-1}


@on_one_engine
def export_model(
    model: Any,
    filepath: Any,
    format: str = "tf_saved_model",
    verbose: bool | None = None,
    input_signature: Any = None,
    labels: Any = None,
    preprocessing: Any = None,
    sample: Any = None,
    **options: Any,
) -> None:
    """Write `model` as a program for inference: see `Model.export`."""
    one_of("Model.export", "format", format, FORMATS)
    engine_of_format, form, path = FORMATS[format][0], form_of(format), Path(filepath)
    _check(format, form, path, options)
    refuse_host_layers(model)
    program = Program(model, of_model(model, input_signature), sample)
    metadata = _metadata(program, format, labels, preprocessing)
    with placing(path) as part, using(engine_of_format):
        _write(form, program, part, metadata, options)
        _verify(program, form.read(part), metadata)
    if verbose or verbose is None:
        print(_told(path, format, metadata))


def form_of(format: str) -> Any:
    """Return the module of a format.

    Raises:
        ImportError: its library is not installed; the message says how to install it.
    """
    engine_name, module = FORMATS[format]
    load(engine_name)
    return importlib.import_module(f"lamina.export.{module}")


def _write(
    form: Any, program: Program, part: Path, metadata: dict[str, Any], options: dict[str, Any]
) -> None:
    try:
        form.write(program, part, metadata, **options)
    except Exception as error:
        inputs = program.signature.inputs
        free = {inputs[i].name: inputs[i].shape for i, _ in program.signature.free_axes()}
        if not free or isinstance(error, ImportError):
            raise
        raise ValueError(
            f"{described(program.model)}.export: the format {metadata['format']!r} does not take the model with axes "
            f"of any size but the batch: {free}. Give `input_signature` with a fixed size in place of each None "
            f"after the first. ({type(error).__name__}: {str(error).strip().partition(chr(10))[0]})"
        ) from error


def _check(format: str, form: Any, path: Path, options: dict[str, Any]) -> None:
    offered = {*inspect.signature(form.write).parameters} - {"program", "path", "metadata"}
    if unknown := sorted(options.keys() - offered):
        raise TypeError(
            f"Model.export: the format {format!r} does not take {unknown}. It takes {sorted(offered)}, and every "
            "format takes ['input_signature', 'labels', 'preprocessing', 'sample', 'verbose']."
        )
    if form.SUFFIX and path.suffix != form.SUFFIX:
        raise ValueError(
            f"Model.export: a file of the format {format!r} ends with {form.SUFFIX!r}, unlike {str(path)!r}."
        )


def _metadata(program: Program, format: str, labels: Any, preprocessing: Any) -> dict[str, Any]:
    """Return what is noted in an export, as JSON has it."""
    metadata = {
        "format": format,
        "lamina_version": __version__,
        "model": program.model.name,
        "inputs": [_as_data(spec) for spec in program.signature.inputs],
        "outputs": [_as_data(spec) for spec in program.outputs],
        "labels": _checked_labels(program, labels),
        "preprocessing": preprocessing,
        "verified_with_batches_of": [len(x[0]) for x in program.samples],
    }
    try:
        return json.loads(json.dumps(metadata))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Model.export: `labels` and `preprocessing` must be texts, numbers, lists and dicts: {error}."
        ) from error


def _as_data(spec: TensorSpec) -> dict[str, Any]:
    return {"name": spec.name, "shape": [*spec.shape], "dtype": spec.dtype}


def _checked_labels(program: Program, labels: Any) -> Any:
    """Return names of classes, one for each number along the last axis of an output.

    Raises:
        ValueError: their number differs, or they are not given by the names of outputs where there are several.
    """
    if labels is None:
        return None
    sizes = {spec.name: spec.shape[-1] for spec in program.outputs}
    by_output: dict[str, Any] = (
        labels if isinstance(labels, dict) else dict.fromkeys([*sizes][:1], labels)
    )
    if not isinstance(labels, dict) and len(sizes) > 1:
        raise ValueError(
            f"Model.export: the model has the outputs {[*sizes]}; give `labels` as a dict with some of these keys."
        )
    for name, texts in by_output.items():
        if name not in sizes or len(texts) != sizes[name]:
            raise ValueError(
                f"Model.export: `labels` has {len(texts)} for output {name!r}; the last axes of the outputs have the "
                f"sizes {sizes}."
            )
    return labels if isinstance(labels, dict) else [*labels]


def _verify(program: Program, written: Loaded, metadata: dict[str, Any]) -> None:
    """Compare what was written with the model.

    Raises:
        ValueError: they differ.
    """
    where = f"{described(program.model)}.export, format {metadata['format']!r}: what was written"
    if {key: written.metadata.get(key) for key in metadata} != metadata:
        raise ValueError(f"{where} has other metadata than the model. Nothing is kept.")
    for inputs, expected in zip(program.samples, program.expected, strict=True):
        results = written.run(inputs)
        for spec, x, y in zip(program.outputs, expected, results, strict=True):
            if problem := _difference(x, np.asarray(y)):
                raise ValueError(
                    f"{where} differs from the model on a batch of {len(inputs[0])}: output {spec.name!r} "
                    f"{problem}. Nothing is kept. If results of the model jump between near inputs, give a "
                    "`sample` of real data."
                )


def _difference(expected: np.ndarray, result: np.ndarray) -> str:
    if expected.shape != result.shape:
        return f"has the shape {result.shape}, not {expected.shape}"
    names = expected.dtype.name, result.dtype.name
    if not all(map(dtypes.is_float, names)):
        return "" if np.array_equal(expected, result) else "has other values"
    x, y = expected.astype("float64"), result.astype("float64")
    finite = np.abs(x[np.isfinite(x)])
    bound = max(map(_TOLERANCES.__getitem__, names)) * max(1.0, finite.max(initial=0.0))
    if np.allclose(x, y, rtol=0, atol=bound, equal_nan=True):
        return ""
    return f"differs by up to {np.nanmax(np.abs(x - y)):.3g} (allowed: {bound:.3g})"


def _told(path: Path, format: str, metadata: dict[str, Any]) -> str:
    lines = [f"Saved {str(path)!r} ({format})."]
    for kind in ("inputs", "outputs"):
        lines += [f"  {kind[:-1]} {x['name']}: {x['dtype']} {x['shape']}" for x in metadata[kind]]
    return "\n".join(lines)
