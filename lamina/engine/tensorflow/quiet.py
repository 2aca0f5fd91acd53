"""TensorFlow imported without its start-up messages, unless the user asked for them.

Its native part writes some lines before it heeds `TF_CPP_MIN_LOG_LEVEL`, straight to the process's
second file; so that file is another one while TensorFlow is first imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # 2: errors only


@contextmanager
def _standard_error_away() -> Iterator[None]:
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


if "tensorflow" not in sys.modules and _LEVEL not in os.environ:
    os.environ[_LEVEL] = "2"
    with _standard_error_away():
        import tensorflow  # noqa: F401
