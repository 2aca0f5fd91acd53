"""Seconds that `import lamina` takes, beside `import keras`: `python -m benchmarks.importing LIBRARY ENGINE`.

lamina loads no engine yet, Keras loads its own. Run by `make bench`.
"""

from __future__ import annotations

import importlib
import os
import sys
import time


def seconds(library: str, engine: str) -> float:
    """The first import in the process."""
    os.environ["KERAS_BACKEND"] = os.environ["LAMINA_BACKEND"] = engine
    began = time.perf_counter()
    importlib.import_module(library)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(seconds(*sys.argv[1:]))
