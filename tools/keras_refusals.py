"""Write the table of what Keras refuses, for `tests/oracle/test_refusals.py`.

    KERAS_BACKEND=torch python -m tools.keras_refusals

makes an object of each of Keras' classes with each of some wrong values of each argument, uses it once, and
notes which error came where. It takes some minutes; only that table of the outcomes is checked in.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

from tests.oracle.refusals import all_classes, input_for, refusals

TARGET = Path(__file__).parents[1] / "tests" / "data" / "keras_refusals.json"


def main() -> None:
    """Ask Keras, and write the table."""
    table = {}
    for name in all_classes():
        print(name, flush=True)
        kind = input_for(name)
        table[name] = {"input": kind, "arguments": refusals(keras, name, kind)}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
    TARGET.write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    main()
