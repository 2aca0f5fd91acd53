"""Where lamina keeps settings, data sets and compiled programs: `LAMINA_HOME`, or `~/.lamina`."""

import json
import os
from pathlib import Path
from typing import Any


def folder() -> Path:
    """Return the folder, which need not be there."""
    return Path(os.environ.get("LAMINA_HOME") or Path.home() / ".lamina")


def settings() -> dict[str, Any]:
    """Return the content of `lamina.json` in the folder; empty if it is not there.

    Raises:
        ValueError: it is not a JSON object.
    """
    path = folder() / "lamina.json"
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON ({error}). Fix or remove it.") from error
    if not isinstance(content, dict):
        raise ValueError(
            f'{path} must hold a JSON object such as {{"backend": "jax"}}, not {type(content).__name__}.'
        )
    return content
