"""Writes tests/applications/applications.json: what Keras' applications are made of, as a digest for each.

    python -m tools.applications_table                # from the root of the checkout
    python -m tools.applications_table "MobileNetV2, wide"          # this row anew
    python -m tools.applications_table --diff "MobileNetV2, wide"   # the layers that lamina has otherwise

Keras is called as a black box: the configurations of the models that it builds are facts. It builds them
fastest on PyTorch, where it has no NASNetMobile; rows of this one are made on NumPy.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.applications.described import CALLS, described, summary

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tests" / "applications" / "applications.json"


def main() -> None:
    """Write the table, or show what differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help="by default all that can be made")
    parser.add_argument("--diff", action="store_true")
    asked = parser.parse_args()
    mobile = bool(asked.rows) and all("NASNetMobile" in row for row in asked.rows)
    os.environ["KERAS_BACKEND"] = "numpy" if mobile else "torch"
    import keras

    if asked.diff:
        for row in asked.rows:
            print("\n".join(_difference(keras, row)))
        return
    titles = [name for name in dir(keras.applications) if name[0].isupper()]
    table = json.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}
    for row in asked.rows or [row for row in (*titles, *CALLS) if "NASNetMobile" not in row]:
        table[row] = summary(built(keras, row))
        print(row, table[row]["parameters"], flush=True)
    lines = [f"{json.dumps(row)}: {json.dumps(said)}" for row, said in sorted(table.items())]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _difference(keras: Any, row: str) -> Iterable[str]:
    import lamina

    pair = [described(built(library, row)) for library in (keras, lamina)]
    return difflib.unified_diff(*pair, "keras", "lamina", n=0, lineterm="")


def built(library: Any, row: str) -> Any:
    """Build the model of a row of the table, as the first one of the process."""
    library.utils.clear_session()
    title, arguments = CALLS.get(row, (row, {}))
    return getattr(library.applications, title)(weights=None, **arguments)


if __name__ == "__main__":
    main()
