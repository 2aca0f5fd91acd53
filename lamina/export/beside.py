"""Metadata in a JSON beside an exported file, for formats that have no place for them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from lamina.core import plain
from lamina.core.file_errors import FormatError


def write_with_metadata(path: Path, data: bytes, metadata: dict[str, Any]) -> None:
    """Write a file, and `metadata` with its SHA-256 beside it."""
    path.write_bytes(data)
    noted = {**metadata, "sha256": hashlib.sha256(data).hexdigest()}
    _beside(path).write_text(json.dumps(noted, indent=2), encoding="utf-8")


def read_with_metadata(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Return what `write_with_metadata` wrote.

    Raises:
        FileNotFoundError: one of the two files is not there.
        FormatError: they do not belong together.
    """
    data = path.read_bytes()
    if not _beside(path).is_file():
        raise FileNotFoundError(
            f"{str(path)!r} has no {_beside(path).name!r} beside it, which `Model.export` writes with a program of "
            "JAX or LiteRT. Copy both. Programs of other formats end with .onnx, .pt2 or .xml, or are a folder."
        )
    metadata = plain.read_json(_beside(path).read_bytes())
    if not isinstance(metadata, dict) or metadata.get("sha256") != hashlib.sha256(data).hexdigest():
        raise FormatError(
            f"{str(path)!r} and {_beside(path).name!r} do not belong together: the file has another SHA-256. Copy "
            "both of one export."
        )
    return data, metadata


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".json")
