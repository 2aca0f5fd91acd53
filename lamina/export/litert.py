"""The format `litert`: a `.tflite` file, which TensorFlow's converter makes of a SavedModel; a JSON lies beside it."""

from __future__ import annotations

import importlib.util
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from lamina.core.naming import described
from lamina.export import saved_model
from lamina.export.beside import read_with_metadata, write_with_metadata
from lamina.export.loaded import Loaded
from lamina.export.program import Program

SUFFIX = ".tflite"


def write(program: Program, path: Path, metadata: dict[str, Any]) -> None:
    """Write the program of LiteRT's own operations.

    Raises:
        ValueError: the converter has no operation of LiteRT for something.
    """
    with tempfile.TemporaryDirectory() as folder:
        saved_model.write(program, Path(folder, "saved"), metadata)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder, "saved")))
        try:
            data = converter.convert()
        except Exception as error:
            raise ValueError(
                f"{described(program.model)}.export: TensorFlow's converter cannot make a program of LiteRT of this "
                "model; LSTM, GRU and other loops over time are not among its operations for any size of the batch. "
                "Use format='onnx' or 'tf_saved_model'."
            ) from error
    write_with_metadata(path, data, {**metadata, "tensorflow_version": tf.__version__})


def read(path: Path) -> Loaded:
    """Return the program that the file holds."""
    data, metadata = read_with_metadata(path)
    run_signature = _interpreter(data).get_signature_runner("serving_default")
    inputs, outputs = ([x["name"] for x in metadata[key]] for key in ("inputs", "outputs"))

    def run(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        results = run_signature(**dict(zip(inputs, arrays, strict=True)))
        return [results[name] for name in outputs]

    return Loaded(run, metadata)


def _interpreter(data: bytes) -> Any:
    """Return LiteRT's interpreter; TensorFlow's own one where the package `ai-edge-litert` is not installed."""
    if importlib.util.find_spec("ai_edge_litert") is not None:
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-not-found]

        return Interpreter(model_content=data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is to move into that package
        return tf.lite.Interpreter(model_content=data)
