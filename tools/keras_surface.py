"""Write the table of Keras' public names and signatures that `tests/test_surface.py` holds lamina against.

    python -m tools.keras_surface ../shared/api/keras-3.15.json

The table given is that of `api_surface.py`: every public object of Keras with its other names, parameters,
defaults and methods. What is written has one line for each name: a signature, the name of which this is
another, or `null` for what has no signature.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "tests" / "data" / "keras_signatures.json"


def main() -> None:
    """Write the table."""
    symbols = json.loads(Path(sys.argv[1]).read_text("utf-8"))["symbols"]
    names: dict[str, Any] = {}
    methods: dict[str, Any] = {}
    for name, entry in symbols.items():
        short = name.removeprefix("keras.")
        names[short] = _compact(entry["params"])
        names |= {alias.removeprefix("keras."): short for alias in entry["aliases"]}
        for method, signature in entry.get("methods", {}).items():
            is_property = signature == "property"
            methods[f"{short}.{method}"] = signature if is_property else _compact(signature)
    parts = {"names": names, "methods": methods}
    text = ",\n".join(f'"{part}": {{\n{_lines(rows)}\n}}' for part, rows in parts.items())
    TARGET.write_text(f"{{\n{text}\n}}\n", "utf-8")


def _compact(signature: list[Any] | None) -> list[Any] | None:
    """Return `[[name, kind, default as text or None], ...]`, `*args` and `**kwargs` by their stars only."""
    if signature is None:
        return None
    return [kind if kind in ("*", "**") else [name, kind, d] for name, kind, d in signature]


def _lines(rows: dict[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(rows[name])}" for name in sorted(rows))


if __name__ == "__main__":
    main()
