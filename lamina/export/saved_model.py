"""The format `tf_saved_model`: a SavedModel of TensorFlow with the endpoint `serve`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lamina.core import optional
from lamina.export.archive import ExportArchive
from lamina.export.loaded import Loaded
from lamina.export.program import Program

SUFFIX = ""
# TensorFlow leaves this folder of a SavedModel to its users.
_METADATA = Path("assets.extra", "lamina.json")


def write(
    program: Program,
    path: Path,
    metadata: dict[str, Any],
    is_static: bool | None = None,
    jax2tf_kwargs: dict[str, Any] | None = None,
    options: Any = None,
) -> None:
    """Write the program as `serve`, which is `serving_default` among the signatures, too.

    Args:
        is_static, jax2tf_kwargs: accepted for Keras' sake; the model runs on TensorFlow here.
        options: a `tf.saved_model.SaveOptions`.
    """
    tf = optional.load("tensorflow", "tensorflow", "Model.export")
    archive = ExportArchive()
    archive.track(program.model)
    args, kwargs = program.signature.arguments

    def serve(*tensors: Any) -> Any:
        by_name = dict(zip(kwargs, tensors[len(args) :], strict=True))
        return program.model(*tensors[: len(args)], **by_name, training=False)

    archive.add_endpoint("serve", serve, [*args, *kwargs.values()])
    archive.write_out(path, options, verbose=False)
    noted = path / _METADATA
    noted.parent.mkdir()
    metadata = {**metadata, "tensorflow_version": tf.__version__}
    noted.write_text(json.dumps(metadata, indent=2), encoding="utf-8")


def read(path: Path) -> Loaded:
    """Return the program of the signature `serving_default`."""
    tf = optional.load("tensorflow", "tensorflow", "Model.export")
    metadata = json.loads((path / _METADATA).read_text("utf-8"))
    loaded = tf.saved_model.load(str(path))
    serving = loaded.signatures["serving_default"]
    inputs, outputs = ([x["name"] for x in metadata[key]] for key in ("inputs", "outputs"))

    def run(arrays: Sequence[Any]) -> list[Any]:
        results = serving(**{n: tf.constant(x) for n, x in zip(inputs, arrays, strict=True)})
        return [results[name].numpy() for name in outputs]

    run.loaded = loaded  # type: ignore[attr-defined]  a SavedModel's variables live as long as it does
    return Loaded(run, metadata)
