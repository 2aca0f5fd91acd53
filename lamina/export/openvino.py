"""The format `openvino`: an `.xml` file and a `.bin` file, which OpenVINO's converter makes of a SavedModel."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.core import optional
from lamina.export import saved_model
from lamina.export.loaded import Loaded
from lamina.export.program import Program

SUFFIX = ".xml"
_METADATA = ["lamina"]  # the path in what OpenVINO calls information of the runtime


def _library() -> Any:
    return optional.load("openvino", "openvino", "Model.export")


def write(program: Program, path: Path, metadata: dict[str, Any]) -> None:
    """Write the program with weights of the dtypes that the model has."""
    library = _library()
    with tempfile.TemporaryDirectory() as folder:
        saved_model.write(program, Path(folder, "saved"), metadata)
        model = library.convert_model(str(Path(folder, "saved")))
        noted = {**metadata, "openvino_version": library.__version__}
        model.set_rt_info(json.dumps(noted), _METADATA)
        library.save_model(model, str(path), compress_to_fp16=False)


def read(path: Path) -> Loaded:
    """Return the program that the files hold."""
    library = _library()
    model = library.Core().read_model(str(path))
    metadata = json.loads(model.get_rt_info(_METADATA).value)
    # Processors that have bfloat16 would compute in it.
    exactly = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = library.compile_model(model, "CPU", exactly)
    inputs, outputs = ([x["name"] for x in metadata[key]] for key in ("inputs", "outputs"))

    def run(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        results = compiled(dict(zip(inputs, arrays, strict=True)))
        return [results[name] for name in outputs]

    return Loaded(run, metadata)
