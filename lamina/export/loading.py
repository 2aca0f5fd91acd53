"""`load`: a program that `Model.export` wrote, whatever its format."""

from __future__ import annotations

import os
from pathlib import Path

from lamina.core.file_errors import FormatError
from lamina.export.exporting import form_of
from lamina.export.loaded import Loaded


def load(path: str | os.PathLike[str]) -> Loaded:
    """Read a program that `Model.export` wrote; the format's own library runs it.

    A program is code: read those of people whom you trust. The SHA-256 in the metadata beside some formats tells a
    damaged file, not a forged one.

    Args:
        path: of the file or folder. A folder is a SavedModel, and suffixes tell the format; all else is a program of
            JAX's export.

    Raises:
        FileNotFoundError: it is not there, or the metadata that belong beside it are not.
        FormatError: it is not a program of that format, or `Model.export` did not write it.
        ImportError: the format's library is not installed; the message says how to install it.

    Example:
        >>> import lamina, tempfile
        >>> model = lamina.Sequential([lamina.Input((3,), name="x"), lamina.layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.export(f"{folder}/dense.stablehlo", format="stablehlo", verbose=False)
        ...     program = load(f"{folder}/dense.stablehlo")
        >>> program(np.ones((4, 3), "float32")).shape
        (4, 2)
    """
    path = Path(path)
    format = _format_of(path)
    form = form_of(format)
    if not path.exists():
        raise FileNotFoundError(f"{str(path)!r} is not there.")
    try:
        return form.read(path)
    except (FormatError, FileNotFoundError, ImportError):
        raise
    except Exception as error:
        reason = f"{error}".strip().partition("\n")[0]
        raise FormatError(
            f"{str(path)!r} is not a program that Model.export(..., format={format!r}) wrote: "
            f"{type(error).__name__}: {reason}. Read it with the format's own library."
        ) from error


def _format_of(path: Path) -> str:
    """Return the format of what lies at `path`, by its name; this reads nothing."""
    if path.is_dir():
        return "tf_saved_model"
    return _BY_SUFFIX.get(path.suffix, "stablehlo")


_BY_SUFFIX = {".onnx": "onnx", ".pt2": "torch", ".tflite": "litert", ".xml": "openvino"}
